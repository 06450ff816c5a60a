import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { replay } from '../../src/client/chain/replay.ts'
import type { Hex, RpcClient } from '../../src/client/chain/rpc.ts'
import { verifyTx } from '../../src/client/chain/verify-tx.ts'
import { isOgError } from '../../src/errors/og-error.ts'
import { STORING, sender, word } from '../helpers/block-samples.ts'
import { deploying } from '../helpers/evm-code.ts'
import { CONTRACTS, startTestChain } from '../helpers/test-chain.ts'

const JUNK = [null, '', '0x', '0xzz', 'latest', -1, 5, true, {}, [], [null], `0x${'f'.repeat(70)}`] as const
const METHODS = [
  'eth_getTransactionByHash',
  'eth_getBlockByHash',
  'eth_getBlockByNumber',
  'eth_getTransactionReceipt',
  'eth_getBlockReceipts',
  'eth_getProof',
  'eth_getCode',
  'debug_traceTransaction',
] as const

/** Puts junk somewhere into a copy of a result: at the place that `steps` lead to, as deep as there is something below. */
function spoilt(result: unknown, steps: readonly number[], junk: unknown): unknown {
  const [step, ...rest] = steps
  if (step === undefined || typeof result !== 'object' || result === null) return junk
  const keys = Object.keys(result)
  const key = keys[step % keys.length]
  if (key === undefined) return junk
  const copy = Array.isArray(result) ? [...result] : { ...result }
  Object.assign(copy, { [key]: spoilt(Reflect.get(result, key), rest, junk) })
  return copy
}

test('answers of the wrong shape end in evidence or in an error of the catalogue, never in a crash', async () => {
  await using chain = await startTestChain()
  const send = await sender(chain.rpc)
  const created = await send({ data: deploying(STORING) })
  const { contractAddress: storage } = await chain.rpc.request<{ contractAddress: Hex }>('eth_getTransactionReceipt', [
    created,
  ])
  await chain.rpc.request('evm_setAutomine', [false])
  await send({ to: CONTRACTS.logging, gas: 60_000n })
  const hash = await send({ to: storage, data: `0x${word(8)}${word(1)}`, gas: 100_000n })
  await chain.rpc.request('evm_mine')
  const lie = fc.record({
    method: fc.constantFrom(...METHODS),
    steps: fc.array(fc.nat(30), { maxLength: 5 }),
    junk: fc.constantFrom(...JUNK),
  })
  await fc.assert(
    fc.asyncProperty(lie, async ({ method, steps, junk }) => {
      const rpc: RpcClient = {
        url: chain.url,
        async request<T>(asked: string, params: unknown[] = []): Promise<T> {
          const result = await chain.rpc.request<T>(asked, params)
          return asked === method ? (spoilt(result, steps, junk) as T) : result
        },
      }
      for (const check of [
        () => verifyTx(hash, { profile: chain.profile, rpc }),
        () => replay('2', { profile: chain.profile, rpc }),
      ]) {
        try {
          expect(['true', 'false', 'unchecked']).toContain((await check()).verdict)
        } catch (error) {
          expect(isOgError(error) ? error.code : error).toMatch(/^(RPC_ERROR|NOT_ON_CHAIN|STATE_\w+)$/)
        }
      }
    }),
    { seed: 20261122, numRuns: 150 },
  )
})
