import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Hex } from '../../src/client/chain/rpc.ts'
import { change, countingClock, firstDifference, quantity, statesOf, wholeHistory } from '../helpers/busy-chain.ts'
import { startTestChain, type TestChain } from '../helpers/test-chain.ts'

const CHANGES = 160
const SEGMENT = 32
const NEVER = 1_000_000

async function busyChain(segmentRequests: number): Promise<TestChain> {
  const chain = await startTestChain({ wallClock: countingClock(), segmentRequests })
  const nonces: number[] = []
  for (let at = 0; at < CHANGES; at++) await change(chain.rpc, at, nonces)
  return chain
}

const headOf = async (chain: TestChain) => Number(await chain.rpc.request<Hex>('eth_blockNumber'))
const heightsUpTo = (head: number) => Array.from({ length: 8 }, (_, at) => Math.round((head * at) / 7))
const historyFiles = (chain: TestChain) => readdirSync(join(chain.directory, 'chain', 'history'))

describe('a chain in segments', () => {
  test('answers everything as one that never left its engine, before and after restarts', {
    timeout: 120_000,
  }, async () => {
    await using plain = await busyChain(NEVER)
    const whole = await wholeHistory(plain.rpc)
    const heights = heightsUpTo(await headOf(plain))
    const states = await statesOf(plain.rpc, heights)
    await using segmented = await busyChain(SEGMENT)
    expect(historyFiles(segmented).length).toBeGreaterThan(2 * 3)
    expect(firstDifference(await wholeHistory(segmented.rpc), whole)).toBeUndefined()
    expect(firstDifference(await statesOf(segmented.rpc, heights), states)).toBeUndefined()
    const again = await segmented.restart()
    expect(firstDifference(await wholeHistory(again.rpc), whole)).toBeUndefined()
    expect(firstDifference(await statesOf(again.rpc, heights), states)).toBeUndefined()
    // The same requests go on to the same blocks.
    for (const chain of [plain, again]) await chain.rpc.request('hardhat_mine', ['0x64', '0x5'])
    for (const chain of [plain, again]) await chain.rpc.request('evm_mine')
    const latest = (chain: TestChain) => chain.rpc.request('eth_getBlockByNumber', ['latest', false])
    expect(await latest(again)).toEqual(await latest(plain))
    await again[Symbol.asyncDispose]()
  })

  test('every file beside the journal may be lost, cut or damaged', { timeout: 120_000 }, async () => {
    await using chain = await busyChain(SEGMENT)
    const whole = await wholeHistory(chain.rpc)
    const heights = heightsUpTo(await headOf(chain)).slice(2, 5)
    const states = await statesOf(chain.rpc, heights)
    let running = await chain.restart()
    const folder = join(chain.directory, 'chain', 'history')
    for (const [at, file] of historyFiles(chain).entries()) {
      const path = join(folder, file)
      if (at % 3 === 0) rmSync(path)
      else if (at % 3 === 1) truncateSync(path, readFileSync(path).length >> 1)
      else {
        const bytes = readFileSync(path)
        const place = (at * 997) % bytes.length
        bytes[place] = (bytes[place] ?? 0) ^ 0x20
        writeFileSync(path, bytes)
      }
      if (at % 5 !== 4) continue
      running = await running.restart()
      expect(firstDifference(await wholeHistory(running.rpc), whole)).toBeUndefined()
    }
    running = await running.restart()
    expect(firstDifference(await statesOf(running.rpc, heights), states)).toBeUndefined()
    await running[Symbol.asyncDispose]()
  })

  test('goes back to snapshots of segments that are over, also after a restart', { timeout: 120_000 }, async () => {
    const steps = async (segmentRequests: number, restarts: boolean) => {
      const seen: string[][] = []
      let chain = await startTestChain({ wallClock: countingClock(), segmentRequests })
      const nonces: number[] = []
      const next = async (count: number) => {
        for (let at = 0; at < count; at++) await change(chain.rpc, at, nonces)
      }
      await next(50)
      const saved = [...nonces]
      const old = await chain.rpc.request<Hex>('evm_snapshot')
      await next(20)
      const later = await chain.rpc.request<Hex>('evm_snapshot')
      await next(60)
      if (restarts) chain = await chain.restart()
      expect(await chain.rpc.request('evm_revert', [later])).toBe(true)
      seen.push(await wholeHistory(chain.rpc))
      expect(await chain.rpc.request('evm_revert', [old])).toBe(true)
      seen.push(await wholeHistory(chain.rpc))
      expect(await chain.rpc.request('evm_revert', [later])).toBe(false)
      nonces.splice(0, nonces.length, ...saved)
      await next(40)
      if (restarts) chain = await chain.restart()
      seen.push(await wholeHistory(chain.rpc))
      seen.push([await chain.rpc.request<Hex>('evm_snapshot')])
      seen.push(await statesOf(chain.rpc, heightsUpTo(await headOf(chain))))
      await chain[Symbol.asyncDispose]()
      return seen
    }
    const expected = await steps(NEVER, false)
    for (const restarts of [false, true]) {
      const found = await steps(SEGMENT, restarts)
      for (const [at, lines] of expected.entries()) expect(firstDifference(found[at] ?? [], lines)).toBeUndefined()
    }
  })

  test('shows contracts the true hashes of blocks until it leaves its first engine, and then others, always the same', {
    timeout: 120_000,
  }, async () => {
    await using chain = await startTestChain({ wallClock: countingClock(), segmentRequests: SEGMENT })
    const reader = '0x00000000000000000000000000000000000c0de9'
    // returns BLOCKHASH(NUMBER - 2)
    await chain.rpc.request('hardhat_setCode', [reader, '0x600243034060005260206000f3'])
    const seen = (from: TestChain) => from.rpc.request<Hex>('eth_call', [{ to: reader }, 'latest'])
    const hashes = async (from: TestChain) => {
      const head = await headOf(from)
      const lastBlocks = [head, head - 1, head - 2].map((number) =>
        from.rpc.request<{ hash: Hex }>('eth_getBlockByNumber', [quantity(number), false]),
      )
      return (await Promise.all(lastBlocks)).map(({ hash }) => hash)
    }
    await chain.rpc.request('hardhat_mine', ['0x3'])
    expect(await hashes(chain)).toContain(await seen(chain))
    const nonces: number[] = []
    for (let at = 1; at < 60; at++) await change(chain.rpc, at, nonces)
    for (let at = 0; at < 5; at++) await chain.rpc.request('evm_mine')
    const later = await seen(chain)
    expect(await hashes(chain)).not.toContain(later)
    expect(BigInt(later)).not.toBe(0n)
    await using again = await chain.restart()
    expect(await seen(again)).toBe(later)
  })

  test('a copy of its directory taken at any moment opens', { timeout: 120_000 }, async () => {
    await using chain = await startTestChain({ wallClock: countingClock(), segmentRequests: SEGMENT })
    const nonces: number[] = []
    const copies: { path: string; height: number }[] = []
    for (let at = 0; at < 150; at++) {
      if (at % 50 !== 49) await change(chain.rpc, at, nonces)
      else {
        const path = mkdtempSync(`${chain.directory}-copy-`)
        const height = await headOf(chain)
        const changing = change(chain.rpc, at, nonces)
        cpSync(chain.directory, path, { recursive: true, filter: (source) => !source.endsWith('.ipc') })
        await changing
        copies.push({ path, height })
      }
    }
    for (const { path, height } of copies) {
      const copied = { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
      await using copy = await startTestChain({ segmentRequests: SEGMENT }, copied)
      expect(await headOf(copy)).toBeGreaterThanOrEqual(height)
      const block = (from: TestChain) => from.rpc.request('eth_getBlockByNumber', [quantity(height), true])
      expect(await block(copy)).toEqual(await block(chain))
    }
  })
})
