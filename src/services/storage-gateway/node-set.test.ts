import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { NodeSet } from './node-set.ts'

test('a node that introduced itself counts only with a shard that can be one', async () => {
  let config: unknown = null
  const server = createServer((_, response) => {
    response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: config }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    const nodes = new NodeSet()
    for (config of [null, 'x', {}, { shardId: 0, numShard: 3 }, { shardId: 2, numShard: 2 }]) {
      expect(nodes.introduce(url)).toBe(true)
      expect(await nodes.discovered('')).toEqual([])
    }
    config = { shardId: 1, numShard: 2, more: 1 }
    expect(await nodes.discovered('')).toEqual([])
    nodes.introduce(url)
    const found = await nodes.discovered('')
    expect(found.map((node) => [node.url, node.config])).toEqual([[url, { shardId: 1, numShard: 2 }]])
  } finally {
    server.close()
    server.closeAllConnections()
  }
})

test('URLs at which nobody answers do not take the places of nodes for good', async () => {
  const nodes = new NodeSet()
  for (let i = 1; i <= 64; i++) nodes.introduce(`http://127.0.0.${i}:1`)
  expect(nodes.introduce('http://127.0.1.1:1')).toBe(false)
  expect(await nodes.discovered('')).toEqual([])
  expect(nodes.introduce('http://127.0.1.1:1')).toBe(true)
})
