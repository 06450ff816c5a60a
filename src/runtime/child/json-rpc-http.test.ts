import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerJsonRpc, type JsonRpcOptions, RpcFault } from './json-rpc-http.ts'

const options: JsonRpcOptions = {
  methods: {
    echo: (params) => params,
    nothing: () => undefined,
    refuse: () => {
      throw new RpcFault({ code: -32602, message: 'Invalid params: x', data: 'why' })
    },
    break: () => {
      throw new Error('inside')
    },
  },
  maxBodyBytes: 1000,
  onError: (error) => ({ code: -32603, message: 'Internal error', data: String(error) }),
}
const caller = { userAgent: '', signal: new AbortController().signal }
const answer = (body: string) => answerJsonRpc(body, options, caller)

describe('JSON-RPC over HTTP', () => {
  test.each([
    ['{"id":1,"method":"echo","params":[1,"a"]}', '{"jsonrpc":"2.0","id":1,"result":[1,"a"]}'],
    ['{"id":"x","method":"echo"}', '{"jsonrpc":"2.0","id":"x","result":[]}'],
    ['{"id":2,"method":"echo","params":{"a":1,"b":2}}', '{"jsonrpc":"2.0","id":2,"result":[1,2]}'],
    ['{"id":3,"method":"nothing"}', '{"jsonrpc":"2.0","id":3,"result":null}'],
    ['{"id":null,"method":"nothing"}', '{"jsonrpc":"2.0","id":null,"result":null}'],
    [
      '{"id":4,"method":"refuse"}',
      '{"jsonrpc":"2.0","id":4,"error":{"code":-32602,"message":"Invalid params: x","data":"why"}}',
    ],
    [
      '{"id":5,"method":"break"}',
      '{"jsonrpc":"2.0","id":5,"error":{"code":-32603,"message":"Internal error","data":"Error: inside"}}',
    ],
    ['{"id":6,"method":"toString"}', '{"jsonrpc":"2.0","id":6,"error":{"code":-32601,"message":"Method not found"}}'],
    ['{"method":"echo"}', ''],
    [
      '[{"id":7,"method":"nothing"},{"method":"echo"},1]',
      '[{"jsonrpc":"2.0","id":7,"result":null},{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Invalid request"}}]',
    ],
  ])('%s', async (body, expected) => {
    expect(await answer(body)).toBe(expected)
  })

  test('an id is echoed digit for digit, whatever ids the parameters hold', async () => {
    const body = '{"params":[{"id":12345678901234567890}],"id":17953632205735590123,"method":"nothing"}'
    expect(await answer(body)).toBe('{"jsonrpc":"2.0","id":17953632205735590123,"result":null}')
  })

  test('no text makes it throw, and every answer is JSON', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json()), async (body) => {
        const text = await answer(body)
        if (text !== '') JSON.parse(text)
      }),
    )
  })
})
