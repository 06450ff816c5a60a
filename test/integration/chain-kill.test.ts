import { once } from 'node:events'
import { mkdirSync, rmSync, watch } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Hex } from '../../src/client/chain/rpc.ts'
import { submitTransaction } from '../../src/client/chain/transaction.ts'
import { firstDifference, wholeHistory } from '../helpers/busy-chain.ts'
import { forkChain } from '../helpers/forked-chain.ts'
import { accounts, CONTRACTS, chainFingerprint, temporaryDirectory } from '../helpers/test-chain.ts'

const ROUNDS = 4
const SENDERS = 4

describe('a chain killed under load', () => {
  test('has every transaction it acknowledged, in the same blocks, and goes on', async () => {
    using directory = temporaryDirectory()
    const acknowledged = new Map<Hex, Hex>()
    let port = 0
    for (let round = 0; round < ROUNDS; round++) {
      const chain = await forkChain(directory.path, port)
      port = Number(new URL(chain.url).port)
      for (const [hash, blockHash] of acknowledged) {
        const receipt = await chain.rpc.request<{ blockHash: Hex } | null>('eth_getTransactionReceipt', [hash])
        expect(receipt?.blockHash).toBe(blockHash)
      }
      let sent = 0
      const killed = Promise.withResolvers<void>()
      const load = accounts.slice(0, SENDERS).map(async (wallet) => {
        for (;;) {
          const hash = await submitTransaction({ rpc: chain.rpc, wallet, to: CONTRACTS.counting, gas: 100_000n })
          const receipt = await chain.rpc.request<{ blockHash: Hex }>('eth_getTransactionReceipt', [hash])
          acknowledged.set(hash, receipt.blockHash)
          sent++
          if (sent === 25 + round * 7) killed.resolve(chain.kill('SIGKILL'))
        }
      })
      const ends = await Promise.allSettled(load)
      expect(ends.every(({ status }) => status === 'rejected')).toBe(true)
      await killed.promise
    }
    expect(acknowledged.size).toBeGreaterThan(100)
    const chain = await forkChain(directory.path, port)
    const first = await chainFingerprint(chain.rpc)
    await chain.kill('SIGKILL')
    const again = await forkChain(directory.path, port)
    expect(await chainFingerprint(again.rpc)).toBe(first)
    await again.kill('SIGTERM')
  })

  test('comes back from a kill at any moment of leaving an engine', { timeout: 120_000 }, async () => {
    using directory = temporaryDirectory()
    const folder = join(directory.path, 'chain', 'history')
    const acknowledged = new Map<Hex, Hex>()
    const changes = { segmentRequests: 33 }
    mkdirSync(folder, { recursive: true })
    for (let round = 0; round < 5; round++) {
      const chain = await forkChain(directory.path, 0, changes)
      const killed = Promise.withResolvers<void>()
      const kill = () => killed.resolve(chain.kill('SIGKILL'))
      // Even rounds end while a file is being put in its place, odd ones somewhere.
      const watcher = watch(folder, (_, name) => round % 2 === 0 && name?.endsWith('.new') && kill())
      let sent = 0
      const load = accounts.slice(0, 3).map(async (wallet) => {
        for (;;) {
          const hash = await submitTransaction({ rpc: chain.rpc, wallet, to: CONTRACTS.counting, gas: 100_000n })
          const receipt = await chain.rpc.request<{ blockHash: Hex }>('eth_getTransactionReceipt', [hash])
          acknowledged.set(hash, receipt.blockHash)
          sent++
          if (round % 2 === 1 && sent === 30 + round * 11) kill()
        }
      })
      await Promise.allSettled(load)
      await killed.promise
      watcher.close()
    }
    const chain = await forkChain(directory.path, 0, changes)
    for (const [hash, blockHash] of acknowledged) {
      const receipt = await chain.rpc.request<{ blockHash: Hex } | null>('eth_getTransactionReceipt', [hash])
      expect(receipt?.blockHash).toBe(blockHash)
    }
    const whole = await wholeHistory(chain.rpc)
    await chain.kill('SIGKILL')
    // The journal by itself says the same.
    rmSync(folder, { recursive: true })
    const again = await forkChain(directory.path, 0, changes)
    expect(firstDifference(await wholeHistory(again.rpc), whole)).toBeUndefined()
    await again.kill('SIGTERM')
  })

  test('ends by itself when its parent goes, and on SIGTERM', async () => {
    using directory = temporaryDirectory()
    const orphan = await forkChain(directory.path)
    const exit = once(orphan.child, 'exit')
    orphan.child.disconnect()
    expect(await exit).toEqual([0, null])
    const asked = await forkChain(directory.path)
    await asked.kill('SIGTERM')
    expect(asked.child.exitCode).toBe(0)
  })
})
