import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FeeBook, type FeeRow, type SettlementOrder } from './fee-book.ts'

type Action =
  | { type: 'answer'; user: number; feeWei: number }
  | {
      type: 'settle'
      user: number
      status: 'SUCCESS' | 'PARTIAL' | 'NO_TEE_SIGNER' | 'INVALID_NONCE'
      shortWei: number
    }
  | { type: 'begin'; user: number }
  | { type: 'crash' }

const user = fc.nat({ max: 2 })
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ type: fc.constant('answer' as const), user, feeWei: fc.nat({ max: 50 }) }),
  fc.record({
    type: fc.constant('settle' as const),
    user,
    shortWei: fc.nat({ max: 20 }),
    status: fc.constantFrom('SUCCESS' as const, 'PARTIAL' as const, 'NO_TEE_SIGNER' as const, 'INVALID_NONCE' as const),
  }),
  fc.record({ type: fc.constant('begin' as const), user }),
  fc.record({ type: fc.constant('crash' as const) }),
)
const address = (index: number) => `0x${`${index}`.repeat(40)}` as const

/** Whatever happens, in whatever order, with a crash anywhere: answered = paid + still owed, for every user. */
test('no fee is lost and none is charged twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 40 }), async (actions) => {
      const directory = await mkdtemp(join(tmpdir(), 'og-fees-'))
      const path = join(directory, 'fees.ndjson')
      let book = await FeeBook.open(path)
      const answered = [0n, 0n, 0n]
      const paid = [0n, 0n, 0n]
      let nonce = 1n

      const begin = async (index: number): Promise<SettlementOrder | undefined> => {
        const pending = book.unfinishedSettlements().find((order) => order.user === address(index))
        if (pending) return pending
        const rows = book.openRows().get(address(index))
        if (!rows) return undefined
        const totalFeeWei = rows.reduce((sum, row) => sum + BigInt(row.feeWei), 0n)
        const order: SettlementOrder = {
          user: address(index),
          nonce: `${nonce++}`,
          requestsHash: `0x${'00'.repeat(32)}`,
          totalFeeWei: `${totalFeeWei}`,
          signature: '0x',
          chatIds: rows.map((row) => row.chatId),
        }
        await book.beginSettlement(order)
        return order
      }

      for (const [at, step] of actions.entries()) {
        if (step.type === 'answer') {
          await book.add(row(`chat-${at}`, address(step.user), step.feeWei))
          answered[step.user] = (answered[step.user] ?? 0n) + BigInt(step.feeWei)
        } else if (step.type === 'begin') {
          await begin(step.user)
        } else if (step.type === 'settle') {
          const order = await begin(step.user)
          if (!order) continue
          const total = BigInt(order.totalFeeWei)
          const short =
            step.status === 'SUCCESS' ? 0n : step.status === 'PARTIAL' ? min(BigInt(step.shortWei), total) : total
          await book.endSettlement({
            user: order.user,
            nonce: order.nonce,
            status: step.status,
            unsettledWei: `${short}`,
            txHash: null,
          })
          paid[step.user] = (paid[step.user] ?? 0n) + total - short
        } else {
          await book.close()
          book = await FeeBook.open(path)
        }
        for (const index of [0, 1, 2])
          expect(book.unsettledWei(address(index))).toBe((answered[index] ?? 0n) - (paid[index] ?? 0n))
      }
      await book.close()
      await rm(directory, { recursive: true })
    }),
    { numRuns: 25 },
  )
})

test('reservations add up and are given back once', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'og-fees-'))
  const book = await FeeBook.open(join(directory, 'fees.ndjson'))
  const releases = [1n, 2n, 3n].map((fee) => book.reserve(address(1), fee))
  expect(book.reservedWei(address(1))).toBe(6n)
  for (const release of [...releases, ...releases]) release()
  expect(book.reservedWei(address(1))).toBe(0n)
  await book.close()
  await rm(directory, { recursive: true })
})

function row(chatId: string, owner: `0x${string}`, feeWei: number): FeeRow {
  return {
    chatId,
    completionId: `c-${chatId}`,
    user: owner,
    requestHash: '00',
    responseHash: '00',
    usage: { promptTokens: 1, completionTokens: 1, cachedTokens: 0 },
    feeWei: `${feeWei}`,
    inputFeeWei: `${feeWei}`,
    outputFeeWei: '0',
    createdAt: '',
  }
}
function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
