import { expect, test } from 'vitest'
import { withFinalizedLag } from './finalized-lag.ts'
import type { Call } from './rpc-methods.ts'

const LATEST = 20

/** What reaches the chain behind a lag of `lag` for one request. */
async function seen(
  lag: number | undefined,
  call: Call,
  text?: string,
): Promise<{ call: Call; text: string | undefined }> {
  let last: { call: Call; text: string | undefined } | undefined
  const dispatch = withFinalizedLag(async (inner, innerText) => {
    if (inner.method === 'eth_blockNumber') return `{"result":"0x${LATEST.toString(16)}"}`
    last = { call: inner, text: innerText }
    return '{"result":null}'
  }, lag)
  await dispatch(call, text)
  if (!last) throw new Error('nothing was dispatched')
  return last
}

test.each([
  ['eth_getBlockByNumber', ['finalized', true], ['0x11', true]],
  ['eth_getBlockByNumber', ['safe', false], ['0x11', false]],
  ['eth_call', [{ to: '0x1' }, 'finalized'], [{ to: '0x1' }, '0x11']],
  [
    'eth_getLogs',
    [{ fromBlock: 'safe', toBlock: 'finalized', topics: [] }],
    [{ fromBlock: '0x11', toBlock: '0x11', topics: [] }],
  ],
  ['eth_getBalance', ['0x1', { blockNumber: 'finalized' }], ['0x1', { blockNumber: '0x11' }]],
])('%s %j', async (method, params, expected) => {
  const { call, text } = await seen(3, { method, params }, 'the request as it came')
  expect(call).toEqual({ method, params: expected })
  expect(text).toBeUndefined()
})

test.each([
  ['eth_getBlockByNumber', ['latest', true]],
  ['eth_call', [{ to: '0x1', data: '0xfinalized' }, '0x3']],
  ['eth_getLogs', [{ fromBlock: 'earliest' }, null]],
])('%s %j passes as it came', async (method, params) => {
  expect(await seen(3, { method, params }, 'text')).toEqual({ call: { method, params }, text: 'text' })
})

test('stops at block 0, and no lag changes nothing', async () => {
  const call = { method: 'eth_getBlockByNumber', params: ['finalized', true] }
  expect((await seen(LATEST + 5, call)).call.params).toEqual(['0x0', true])
  expect((await seen(0, call)).call.params).toEqual(['0x14', true])
  expect((await seen(undefined, call, 'text')).text).toBe('text')
})
