import { once } from 'node:events'
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http'
import fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { bindServer } from './bind-server.ts'
import { answerJsonRpc, handleJsonRpc, type JsonRpcOptions, RpcFault } from './json-rpc-http.ts'

const options: JsonRpcOptions = {
  methods: {
    echo: (params) => params,
    nothing: () => undefined,
    large: () => 'x'.repeat(2 ** 20),
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
const answer = async (body: string) => Buffer.concat(await answerJsonRpc(Buffer.from(body), options, caller)).toString()

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

  test('nesting beyond any stack is answered, whatever the id', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    const body = `{"id":12345678901234567890,"method":"nothing","params":[${deep}]}`
    expect(JSON.parse(await answer(body))).toMatchObject({ result: null })
  })

  test('a batch of any length costs one look at its ids', async () => {
    const calls = Array.from({ length: 1000 }, () => '{"id":12345678901234567890,"method":"nothing"}')
    const replies = (await answer(`[${calls.join(',')}]`)).match(/"id":12345678901234567890,/g)
    expect(replies).toHaveLength(1000)
  })

  test('a batch that is too long, or whose answers would be, is refused in words', async () => {
    const calls = (count: number, method: string) =>
      JSON.stringify(Array.from({ length: count }, (_, id) => ({ id, method })))
    expect(JSON.parse(await answer(calls(1001, 'nothing')))).toMatchObject({ id: null, error: { code: -32600 } })
    const replies = JSON.parse(await answer(calls(400, 'large'))) as { result?: string; error?: { code: number } }[]
    expect(replies).toHaveLength(400)
    expect(replies[0]?.result).toHaveLength(2 ** 20)
    expect(replies.at(-1)?.error?.code).toBe(-32003)
  })

  test('a body that is too big is answered with 413 and words, declared or not', async () => {
    const server = createServer((request, response) => void handleJsonRpc(request, response, options))
    onTestFinished(() => void server.close())
    const url = new URL(await bindServer(server, { host: '127.0.0.1', port: 0, strict: true }))
    for (const headers of [{ 'content-length': 300_000 }, { 'transfer-encoding': 'chunked' }]) {
      const request = httpRequest({ host: url.hostname, port: url.port, method: 'POST', headers })
      request.on('error', () => {})
      request.end(Buffer.alloc(300_000, 0x20))
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      expect(response.statusCode).toBe(413)
      expect(JSON.parse(Buffer.concat(await response.toArray()).toString())).toMatchObject({ error: { code: -32701 } })
    }
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
