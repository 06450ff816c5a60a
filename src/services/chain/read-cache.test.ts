import { describe, expect, test } from 'vitest'
import type { Chain } from './chain.ts'
import { ReadCache } from './read-cache.ts'

/** A chain of which only the version matters. */
function versions(): { chain: Chain; change: () => void; begin: () => void } {
  const state = { version: 0 }
  return {
    chain: state as unknown as Chain,
    change: () => {
      state.version += 2
    },
    begin: () => {
      state.version += 1
    },
  }
}

const result = (value: number) => `{"result":${value}}`

describe('reads between two changes', () => {
  test('are asked once, and again after a change', async () => {
    const { chain, change } = versions()
    const cache = new ReadCache(chain)
    let asked = 0
    const ask = async () => result(++asked)
    for (const expected of [1, 1, 1])
      expect(await cache.answer('eth_call', [{ to: '0x1' }], ask)).toBe(result(expected))
    expect(await cache.answer('eth_call', [{ to: '0x2' }], ask)).toBe(result(2))
    change()
    expect(await cache.answer('eth_call', [{ to: '0x1' }], ask)).toBe(result(3))
  })

  test('are not kept when the chain changed while they were under way', async () => {
    const { chain, begin } = versions()
    const cache = new ReadCache(chain)
    const slow = Promise.withResolvers<string>()
    const first = cache.answer('eth_blockNumber', [], () => slow.promise)
    begin()
    const during = cache.answer('eth_blockNumber', [], async () => result(2))
    begin()
    slow.resolve(result(1))
    expect(await first).toBe(result(1))
    expect(await during).toBe(result(2))
    expect(await cache.answer('eth_blockNumber', [], async () => result(3))).toBe(result(3))
  })

  test.each([
    ['eth_call', [{ to: '0x1' }, 'pending']],
    ['eth_getLogs', [{ toBlock: 'pending' }]],
    ['eth_estimateGas', [{ to: '0x1' }]],
    ['eth_getFilterChanges', ['0x1']],
  ])('%s %j is asked each time', async (method, params) => {
    const cache = new ReadCache(versions().chain)
    let asked = 0
    for (const expected of [1, 2]) {
      expect(await cache.answer(method, params, async () => result(++asked))).toBe(result(expected))
    }
  })

  test('errors are not kept', async () => {
    const cache = new ReadCache(versions().chain)
    const error = '{"error":{"code":-32000,"message":"no"}}'
    expect(await cache.answer('eth_call', [], async () => error)).toBe(error)
    expect(await cache.answer('eth_call', [], async () => result(1))).toBe(result(1))
  })
})
