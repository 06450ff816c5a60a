import { once } from 'node:events'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { ENGINE_READS } from '../../src/services/chain/methods/engine-reads.ts'
import type { MethodContext } from '../../src/services/chain/methods/method.ts'
import { ownMethods } from '../../src/services/chain/methods/registry.ts'
import { UNSUPPORTED } from '../../src/services/chain/methods/unsupported.ts'
import { rawHttp } from '../helpers/raw-http.ts'
import { accounts, chainFingerprint, startTestChain, type TestChain } from '../helpers/test-chain.ts'

/** What a browser, a broken client or somebody with bad intentions could send to the chain's RPC. */
let chain: TestChain
beforeAll(async () => {
  chain = await startTestChain()
})
afterAll(async () => {
  await chain[Symbol.asyncDispose]()
})

const METHODS = [
  'eth_call',
  'eth_estimateGas',
  'eth_sendRawTransaction',
  'eth_sendRawTransactionSync',
  'eth_sendTransaction',
  'eth_getBlockReceipts',
  'eth_getBlockByNumber',
  'eth_getLogs',
  'eth_subscribe',
  'eth_unsubscribe',
  'eth_getStorageAt',
  'personal_sign',
  'evm_mine',
  'evm_snapshot',
  'evm_revert',
  'evm_setAutomine',
  'evm_setBlockGasLimit',
  'hardhat_setBalance',
  'hardhat_setCode',
  'hardhat_setNonce',
  'hardhat_setStorageAt',
  'hardhat_dropTransaction',
  'anvil_setBalance',
  'txpool_status',
  'og_configureMining',
  '__proto__',
  'constructor',
]

const address = fc.constantFrom(accounts[1]?.address ?? '', '0x', `0x${'ff'.repeat(20)}`)
const quantity = fc.constantFrom(
  '0x0',
  '0x1',
  '0x',
  '0x01',
  `0x${'f'.repeat(64)}`,
  `0x${'f'.repeat(65)}`,
  '1',
  '-0x1',
  '0xg',
)
const value = fc.oneof(
  address,
  quantity,
  fc.constantFrom<unknown>(true, null, 0, -1, 2 ** 53, 1e308, 'latest', 'pending', `0x${'00'.repeat(32)}`),
  fc.record({ from: address, to: address, gas: quantity, value: quantity, data: quantity }, { requiredKeys: [] }),
  fc.record({ fromBlock: quantity, blockHash: quantity, topics: fc.jsonValue() }, { requiredKeys: [] }),
  fc.constant(JSON.parse('{"__proto__":{"polluted":1}}') as object),
  fc.jsonValue(),
)
const DEEP = `${'['.repeat(100_000)}${']'.repeat(100_000)}`

type Answer = { jsonrpc: string; id: unknown; result?: unknown; error?: { code: number; message: string } }

async function post(body: string): Promise<Answer> {
  const response = await fetch(chain.url, { method: 'POST', body })
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}

async function stillMines(): Promise<void> {
  await chain.rpc.request('evm_setAutomine', [true])
  await chain.rpc.request('evm_mine')
  expect(({} as { polluted?: number }).polluted).toBeUndefined()
}

describe('hostile requests to the chain', () => {
  test('every method answers any parameters with a result or an error, and what they left replays', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...METHODS),
        fc.oneof(fc.array(value, { maxLength: 3 }), fc.jsonValue()),
        async (method, params) => {
          const reply = await post(JSON.stringify({ jsonrpc: '2.0', id: 7, method, params }))
          expect(reply).toMatchObject({ jsonrpc: '2.0' })
          expect('result' in reply !== 'error' in reply).toBe(true)
          if (!reply.error) return
          expect(Number.isInteger(reply.error.code)).toBe(true)
          expect(typeof reply.error.message).toBe('string')
        },
      ),
      { numRuns: 300, interruptAfterTimeLimit: 12_000 },
    )
    await stillMines()
    const before = await chainFingerprint(chain.rpc)
    chain = await chain.restart()
    expect(await chainFingerprint(chain.rpc)).toBe(before)
  })

  test('every method there is answers any JSON with a result or an error', async () => {
    await using other = await startTestChain()
    const names = [...ownMethods({} as MethodContext).keys(), ...ENGINE_READS, ...Object.keys(UNSUPPORTED)]
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.oneof(fc.array(value, { maxLength: 4 }), fc.jsonValue()),
        async (method, params) => {
          const body = JSON.stringify({ jsonrpc: '2.0', id: 7, method, params })
          const reply = (await (await fetch(other.url, { method: 'POST', body })).json()) as Answer
          expect(reply).toMatchObject({ jsonrpc: '2.0', id: 7 })
          expect('result' in reply !== 'error' in reply).toBe(true)
          if (reply.error) expect(Number.isInteger(reply.error.code)).toBe(true)
        },
      ),
      { numRuns: 400, interruptAfterTimeLimit: 8_000 },
    )
    await other.rpc.request('hardhat_reset')
    expect(await other.rpc.request('eth_blockNumber')).toBe('0x0')
  })

  test.each(['eth_call', 'evm_mine', 'hardhat_setCode', 'eth_getBlockReceipts', 'eth_simulateV1', 'anvil_loadState'])(
    '%s nested deeper than the stack is one error, alone, in a batch and on a socket',
    async (method) => {
      const deep = `{"jsonrpc":"2.0","id":1,"method":"${method}","params":${DEEP}}`
      expect((await post(deep)).jsonrpc).toBe('2.0')
      const batch = (await post(`[${deep},{"jsonrpc":"2.0","id":2,"method":"eth_chainId"}]`)) as unknown as Answer[]
      expect(batch).toHaveLength(2)
      expect(batch[1]).toMatchObject({ id: 2, result: '0x7a69' })
      const socket = new WebSocket(chain.ws)
      await once(socket, 'open')
      socket.send(deep)
      const [reply] = (await once(socket, 'message')) as [Buffer]
      expect(JSON.parse(String(reply))).toMatchObject({ id: 1 })
      socket.close()
    },
  )

  test.each(['', '\u0000', '[', '[]', 'null', '5', '"x"', '[[]]', '{"id":1}', '{"method":5,"id":{}}', '{} {}'])(
    'the text %j gets a JSON-RPC error',
    async (body) => {
      const reply = await post(body)
      const [first] = Array.isArray(reply) ? (reply as Answer[]) : [reply]
      expect(first?.error?.code).toBeLessThan(0)
    },
  )

  test.each(['GET // HTTP/1.1', 'POST http:// HTTP/1.1', 'POST /%00/../.. HTTP/1.1', 'TRACE / HTTP/1.1'])(
    '%s is answered and kills nothing',
    async (line) => {
      const request = `${line}\r\nHost: evil.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`
      expect(await rawHttp(chain.url, request)).toMatch(/^HTTP\/1\.1 \d{3} /)
      await stillMines()
    },
  )

  test('broken WebSocket frames end their socket only', async () => {
    const upgrade = [
      'GET / HTTP/1.1',
      'Host: x',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ].join('\r\n')
    // reserved bits, an unmasked frame, a length of 2^63
    for (const frame of [
      [0xff, 0xff],
      [0x81, 0x01, 0x41],
      [0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4],
    ]) {
      const answer = await rawHttp(chain.url, Buffer.concat([Buffer.from(`${upgrade}\r\n\r\n`), Buffer.from(frame)]))
      expect(answer).toContain('101 Switching Protocols')
    }
    await stillMines()
  })
})
