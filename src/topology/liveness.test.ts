import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { defaultTopology } from './default-topology.ts'

/** What a service answers out of itself; everything else may wait for the chain or for another node. */
const OWN = new Set(['web3_clientVersion', 'zgs_getShardConfig', 'indexer_getNodeLocations', 'kv_getStatus'])

test('no chain or storage service is called hung while it waits for another one', async () => {
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const { id, method } = JSON.parse(body.toString()) as { id: number; method: string }
      if (!OWN.has(method)) response.statusCode = 500
      response.end(
        JSON.stringify({
          jsonrpc: '2.0',
          id,
          result: OWN.has(method) ? {} : undefined,
          error: OWN.has(method) ? undefined : { message: method },
        }),
      )
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    const { definitions } = await defaultTopology({})
    const watched = definitions.filter(({ kind }) => kind === 'chain' || kind.startsWith('storage-'))
    expect(watched.length).toBeGreaterThan(3)
    for (const { name, liveness } of watched) {
      const asked = liveness?.({ rpc: url, node: url, indexer: url, kv: url })
      await expect(asked, name).resolves.toBeUndefined()
      expect(liveness, name).toBeDefined()
    }
  } finally {
    server.close()
    server.closeAllConnections()
  }
})
