import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestKvNode, type TestKvNode } from '../helpers/kv-node.ts'
import { rawHttp } from '../helpers/raw-http.ts'
import { type StorageNetwork, startStorageNetwork } from '../helpers/storage-network.ts'

/** What every client relies on, whichever part of storage it talks to (0G storage spec §4.1). */
let network: StorageNetwork
let kv: TestKvNode
beforeAll(async () => {
  network = await startStorageNetwork()
  kv = await startTestKvNode(network)
})
afterAll(async () => {
  await kv[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
})

const SERVERS = ['node', 'gateway', 'indexer', 'kv'] as const
type Server = (typeof SERVERS)[number]
const urlOf = (server: Server): string =>
  ({
    node: (network.shards[0] as { url: string }).url,
    gateway: network.gateway.url,
    indexer: network.profile.storage.indexer,
    kv: kv.url,
  })[server]
const METHOD = {
  node: 'zgs_getStatus',
  gateway: 'zgs_getStatus',
  indexer: 'indexer_getShardedNodes',
  kv: 'kv_getStatus',
}
const MAX_BODY_BYTES = 100 * 1024 ** 2

async function post(server: Server, body: string, headers: Record<string, string> = {}) {
  const response = await fetch(urlOf(server), { method: 'POST', body, headers })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

describe.each(SERVERS)('%s', (server) => {
  test('ids come back as they were written, parameters may be left out, no error member beside a result', async () => {
    for (const id of ['1', '17953632205735590', '99999999999999999999', '"a"', 'null', '0', '-7']) {
      const { status, text } = await post(server, `{"jsonrpc":"2.0","id":${id},"method":"${METHOD[server]}"}`)
      expect(status).toBe(200)
      expect(text).toContain(`"id":${id},`)
      expect(JSON.parse(text)).not.toHaveProperty('error')
      expect(JSON.parse(text)).toHaveProperty('result')
    }
  })

  test('a batch is answered in order, notifications and nonsense in it as JSON-RPC says', async () => {
    const call = (id: string): string => `{"jsonrpc":"2.0","id":${id},"method":"${METHOD[server]}","params":[]}`
    const notification = `{"jsonrpc":"2.0","method":"${METHOD[server]}"}`
    const { status, text } = await post(
      server,
      `[${call('9007199254740993')},${notification},7,{"jsonrpc":"2.0","id":"x","method":"no_such"},${call('2')}]`,
    )
    expect(status).toBe(200)
    expect(text).toContain('"id":9007199254740993,')
    const answers = JSON.parse(text) as { id: unknown; result?: unknown; error?: { code: number } }[]
    expect(answers.map(({ error }) => error?.code)).toEqual([undefined, -32600, -32601, undefined])
    expect(answers.map(({ id }) => id).slice(1)).toEqual([null, 'x', 2])
    expect(JSON.parse((await post(server, '[]')).text)).toMatchObject({ id: null, error: { code: -32600 } })
  })

  test('errors come with HTTP 200, whatever the content type; a GET that is none of its own does not', async () => {
    for (const [body, code] of [
      ['{', -32700],
      ['{"id":1}', -32600],
      ['{"jsonrpc":"2.0","id":1,"method":"nope"}', -32601],
    ] as const) {
      for (const type of ['application/json', 'application/json;charset=utf-8', 'text/plain']) {
        const { status, text } = await post(server, body, { 'content-type': type })
        expect(status).toBe(200)
        expect(JSON.parse(text)).toMatchObject({ error: { code } })
      }
    }
    expect((await fetch(urlOf(server))).status).toBe(server === 'indexer' ? 404 : 405)
  })

  test('pages of any origin may ask', async () => {
    const preflight = await fetch(urlOf(server), {
      method: 'OPTIONS',
      headers: { origin: 'https://app.example', 'access-control-request-method': 'POST' },
    })
    expect(preflight.status).toBe(204)
    const { headers } = await post(server, '{}', { origin: 'https://app.example' })
    for (const answer of [preflight.headers, headers]) {
      expect(answer.get('access-control-allow-origin')).toBe('*')
      expect(answer.get('access-control-allow-methods')).toContain('POST')
      expect(answer.get('access-control-allow-headers')).toContain('content-type')
    }
  })

  test('a body over the limit is refused before it is read', async () => {
    const head = (bytes: number): string => `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: ${bytes}\r\n\r\n`
    const answer = await rawHttp(urlOf(server), head(MAX_BODY_BYTES + 1))
    expect(answer).toMatch(/^HTTP\/1\.1 413 /)
    expect(answer).toContain('"code":-32701')
  })
})

test('a body of many megabytes is taken: 40 MiB of segments that are none get an answer each way', async () => {
  const filler = 'A'.repeat(40 * 1024 ** 2)
  for (const server of ['node', 'gateway'] as const) {
    const body = `{"jsonrpc":"2.0","id":1,"method":"zgs_uploadSegments","params":[[{"root":"${filler}"}]]}`
    const { status, text } = await post(server, body)
    expect(status).toBe(200)
    expect(JSON.parse(text)).toMatchObject({ error: { code: -32602 } })
  }
})
