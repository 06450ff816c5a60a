import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  accounts,
  CONTRACTS,
  chainFingerprint,
  startTestChain,
  temporaryDirectory,
} from '../../../test/helpers/test-chain.ts'
import type { RpcClient } from '../../client/chain/rpc.ts'
import { signEip1559 } from '../../client/chain/transaction.ts'
import { JOURNAL_FILE } from './journal.ts'

type Step = (rpc: RpcClient) => Promise<unknown>

const hex = (value: number) => `0x${value.toString(16)}`
const account = fc.nat({ max: 3 }).map((index) => accounts[index]?.address ?? '0x')
const contract = fc.constantFrom(...Object.values(CONTRACTS).slice(0, 3))
const call =
  (method: string, ...params: unknown[]): Step =>
  (rpc) =>
    rpc.request(method, params).catch(() => undefined)

async function sendRaw(rpc: RpcClient, index: number, to: `0x${string}`, valueWei: bigint, gap = 0): Promise<void> {
  const wallet = accounts[index]
  if (!wallet) return
  // The engine cannot say while the pool holds transactions that their sender can no longer pay for.
  const count = await rpc.request<string>('eth_getTransactionCount', [wallet.address, 'pending']).catch(() => undefined)
  if (count === undefined) return
  const nonce = BigInt(count) + BigInt(gap)
  const fields = {
    chainId: 31337,
    nonce,
    gas: 100_000n,
    maxFeePerGas: 10n ** 10n,
    maxPriorityFeePerGas: 1n,
    to,
    valueWei,
  }
  await rpc.request('eth_sendRawTransaction', [signEip1559(wallet, fields)]).catch(() => undefined)
}

/** Any request that changes a chain, valid or not, and reads in between that must not matter. */
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(fc.nat({ max: 3 }), fc.oneof(account, contract), fc.bigInt({ min: 0n, max: 10n ** 18n })).map(
      ([index, to, value]): Step =>
        (rpc) =>
          sendRaw(rpc, index, to, value),
    ),
  },
  fc.tuple(fc.nat({ max: 3 }), account, fc.integer({ min: 1, max: 3 })).map(
    ([index, to, gap]): Step =>
      (rpc) =>
        sendRaw(rpc, index, to, 1n, gap),
  ),
  {
    weight: 3,
    arbitrary: fc
      .tuple(account, contract)
      .map(([from, to]) => call('eth_sendTransaction', { from, to, gas: '0x30000' })),
  },
  fc.constant(call('evm_mine')),
  fc
    .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 60 }))
    .map(([n, gap]) => call('hardhat_mine', hex(n), hex(gap))),
  fc.integer({ min: 0, max: 5000 }).map((seconds) => call('evm_increaseTime', seconds)),
  fc.integer({ min: 0, max: 5000 }).map(
    (seconds): Step =>
      async (rpc) => {
        const { timestamp } = await rpc.request<{ timestamp: string }>('eth_getBlockByNumber', ['latest', false])
        await rpc.request('evm_setNextBlockTimestamp', [Number(timestamp) + seconds]).catch(() => undefined)
      },
  ),
  fc.boolean().map((on) => call('evm_setAutomine', on)),
  fc.constant(call('evm_snapshot')),
  fc.integer({ min: 1, max: 6 }).map((id) => call('evm_revert', hex(id))),
  fc
    .tuple(account, fc.nat({ max: 10 ** 9 }))
    .map(([address, wei]) => call('hardhat_setBalance', address, hex(10 ** 15 + wei))),
  fc
    .tuple(contract, fc.nat({ max: 255 }))
    .map(([address, value]) => call('anvil_setStorageAt', address, '0x0', hex(value))),
  fc.constant(call('hardhat_setCode', CONTRACTS.logging, '0x60085f5fa1')),
  fc.constant(call('hardhat_impersonateAccount', CONTRACTS.counting)),
  fc.nat({ max: 10 ** 9 }).map((wei) => call('hardhat_setNextBlockBaseFeePerGas', hex(wei))),
  fc.constant(call('eth_call', { to: CONTRACTS.counting }, 'pending')),
  fc.constant(call('eth_getBlockByNumber', 'pending', true)),
)

test('a restart gives the same blocks and state after any sequence of requests', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      // A clock that runs 13 seconds per change, and a day between the two runs of the chain.
      let wallSeconds = Math.floor(Date.now() / 1000)
      const wallClock = () => {
        wallSeconds += 13
        return wallSeconds
      }
      await using chain = await startTestChain({ wallClock })
      for (const act of steps) await act(chain.rpc)
      const before = await chainFingerprint(chain.rpc)
      wallSeconds += 86_400
      const again = await chain.restart()
      expect(await chainFingerprint(again.rpc)).toBe(before)
      // ids and time go on where they were, not from the beginning
      const id = await again.rpc.request<string>('evm_snapshot')
      await again.rpc.request('evm_mine')
      expect(await again.rpc.request('evm_revert', [id])).toBe(true)
      expect(await chainFingerprint(again.rpc)).toBe(before)
      await again[Symbol.asyncDispose]()
    }),
    { seed: 20261122, numRuns: 15 },
  )
})

test('a journal cut at any byte opens at the last whole request', { timeout: 120_000 }, async () => {
  using original = temporaryDirectory()
  await using chain = await startTestChain({}, original)
  const heads: string[] = []
  for (let at = 0; at < 8; at++) {
    await sendRaw(chain.rpc, at % 3, CONTRACTS.counting, 0n)
    heads.push((await chain.rpc.request<{ hash: string }>('eth_getBlockByNumber', ['latest', false])).hash)
  }
  const whole = readFileSync(join(original.path, 'chain', JOURNAL_FILE))
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 300, max: whole.length }), async (size) => {
      using copy = temporaryDirectory()
      mkdirSync(join(copy.path, 'chain'))
      copyFileSync(join(original.path, 'genesis.json'), join(copy.path, 'genesis.json'))
      writeFileSync(join(copy.path, 'chain', JOURNAL_FILE), whole.subarray(0, size))
      await using cut = await startTestChain({}, copy)
      const { number, hash } = await cut.rpc.request<{ number: string; hash: string }>('eth_getBlockByNumber', [
        'latest',
        false,
      ])
      if (Number(number) > 0) expect(hash).toBe(heads[Number(number) - 1])
      if (size === whole.length) expect(Number(number)).toBe(heads.length)
    }),
    { seed: 20261122, numRuns: 25, examples: [[whole.length], [whole.length - 1]] },
  )
})
