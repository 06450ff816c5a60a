import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { compareStates, type DumpedAccount, decodeDump } from './compare-states.ts'

const ALICE = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
const BOB = '0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc'
const state = (accounts: Record<string, DumpedAccount>) => new Map(Object.entries(accounts))

test('equal states have no difference, however zeros are written', () => {
  const from = state({ [ALICE]: { nonce: 1, balance: '0x05', code: '0x', storage: { '0x1': '0x00' } } })
  const to = state({ [ALICE]: { nonce: '0x1', balance: '0x5', code: null, storage: {} } })
  expect(compareStates(from, to)).toEqual([])
  expect(compareStates(state({}), state({ [BOB]: { nonce: 0, balance: '0x0' } }))).toEqual([])
})

test('names what differs and nothing else', () => {
  const from = state({ [ALICE]: { nonce: 1, balance: '0xa', storage: { '0x1': '0x1', '0x2': '0x2' } } })
  const to = state({
    [ALICE]: { nonce: 3, balance: '0xa', storage: { '0x1': '0x1', '0x3': '0x3' } },
    [BOB]: { nonce: 0, balance: '0x7', code: '0x00' },
  })
  expect(compareStates(from, to)).toEqual([
    { address: BOB, change: 'added', balanceWei: { from: 0n, to: 7n }, isCodeChanged: true },
    { address: ALICE, change: 'changed', nonce: { from: 1, to: 3 }, slotsChanged: 2 },
  ])
  expect(compareStates(to, from)[0]).toMatchObject({ address: BOB, change: 'removed' })
})

test('reads a dump zipped and plain', () => {
  const text = JSON.stringify({ accounts: { [ALICE.toUpperCase().replace('X', 'x')]: { nonce: 2, balance: '0x1' } } })
  for (const bytes of [Buffer.from(text), gzipSync(text)]) {
    expect(decodeDump(`0x${bytes.toString('hex')}`).get(ALICE)).toMatchObject({ nonce: 2 })
  }
})
