import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import pino from 'pino'
import { afterEach, expect, test } from 'vitest'
import { Peers } from './peers.ts'

const FLOW = `0x${'ab'.repeat(20)}` as const
const GOOD_STATUS = { networkIdentity: { chainId: 1, flowAddress: FLOW } }

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections()
})

/** A peer that answers each method with what is given for it; its URL, and a promise of a method being asked. */
async function peer(answers: Record<string, unknown>) {
  const asked = new Map(Object.keys(answers).map((method) => [method, Promise.withResolvers<void>()]))
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { id, method } = JSON.parse(body.toString()) as { id: number; method: string }
      response.end(JSON.stringify({ jsonrpc: '2.0', id, result: answers[method] ?? null }))
      asked.get(method)?.resolve()
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: (method: string) => asked.get(method)?.promise,
  }
}

function open() {
  const stop = new AbortController()
  const connected = Promise.withResolvers<void>()
  const log = pino({ level: 'silent' })
  const options = { network: { chainId: 1, flow: FLOW }, log, signal: stop.signal, onConnect: connected.resolve }
  return { peers: new Peers(options), stop, connected: connected.promise }
}

// An answer of the wrong shape must not reach the process as an unhandled rejection, which vitest reports as a failure.
test('a peer that lists peers without shape is kept, and what it lists passed over', async () => {
  const good = await peer({ zgs_getStatus: GOOD_STATUS, zgs_getShardConfig: { shardId: 0, numShard: 1 } })
  const odd = await peer({
    zgs_getStatus: GOOD_STATUS,
    zgs_getShardConfig: { shardId: 0, numShard: 1 },
    admin_getPeers: { a: null, b: 7, c: { listeningAddresses: [null, 'no url', 'file:///etc/passwd', good.url] } },
  })
  const { peers, stop } = open()
  expect(await peers.introduce(odd.url)).toBe(true)
  await good.asked('zgs_getShardConfig')
  expect(peers.all().map(({ url }) => url)).toContain(odd.url)
  stop.abort()
})

test('a status without shape is that of another network', async () => {
  const odd = await peer({
    zgs_getStatus: { networkIdentity: { chainId: 1, flowAddress: 5 } },
    zgs_getShardConfig: { shardId: 0, numShard: 1 },
  })
  const { peers, stop } = open()
  expect(await peers.introduce(odd.url)).toBe(false)
  stop.abort()
})

test('an indexer that lists what are no nodes does not hide the one that is', async () => {
  const good = await peer({ zgs_getStatus: GOOD_STATUS, zgs_getShardConfig: { shardId: 0, numShard: 1 } })
  const indexer = await peer({
    indexer_getShardedNodes: { trusted: [null, 3, { url: 5 }, { url: 'no url' }, { url: `${good.url}/` }] },
  })
  const { peers, stop, connected } = open()
  peers.start('http://127.0.0.1:1', [indexer.url])
  await connected
  expect(peers.connected().map(({ url }) => url)).toEqual([good.url])
  stop.abort()
})
