import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RpcClient } from '../../src/client/chain/rpc.ts'
import { findFlow } from '../../src/client/storage/find-flow.ts'
import { parseShard } from '../../src/client/storage/parse-shard.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { toHex, zeroHash } from '../../src/protocol/storage/keccak.ts'
import type { FileInfo } from '../../src/protocol/storage/wire.ts'
import { startChildService } from '../helpers/child-service.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'

let network: StorageNetwork
let joined: RpcClient
let txSeq: number
let root: string
beforeAll(async () => {
  network = await startStorageNetwork()
  ;({ txSeq, root } = await putBytes(vectorContent(600_000, 31), { profile: network.profile, wallet: network.wallet }))
  joined = await network.join('joined', { shardId: 0, numShard: 1 }, [])
})
afterAll(() => network[Symbol.asyncDispose]())

type Reply = { id: unknown; result?: unknown; error?: { code: number; message: string; data?: unknown } }

async function raw(
  url: string,
  method: string,
  params: unknown[],
  headers: Record<string, string> = {},
): Promise<Reply> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
  const response = await fetch(url, { method: 'POST', body, headers })
  expect(response.status).toBe(200)
  return (await response.json()) as Reply
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe('admin methods', () => {
  test('a node without peers says so; one that is introduced is listed with its shard', async () => {
    expect(await joined.request('admin_getPeers')).toEqual({})
    expect(await joined.request('admin_getNetworkInfo')).toMatchObject({
      listenAddresses: [joined.url],
      totalPeers: 0,
      connectedPeers: 0,
    })
    expect(await joined.request('admin_getSyncStatus', [txSeq])).toBe('unknown')
    expect(await joined.request('admin_addPeer', ['http://127.0.0.1:1'])).toBe(false)
    expect(await joined.request('admin_addPeer', ['file:///etc/passwd'])).toBe(false)
    expect(await joined.request('admin_addPeer', [joined.url])).toBe(false)
    // The chain is no storage node, and a node of another network is none of ours.
    expect(await joined.request('admin_addPeer', [network.chain.url])).toBe(false)
    for (const { url } of network.shards) expect(await joined.request('admin_addPeer', [url])).toBe(true)
    const peers = await joined.request<Record<string, object>>('admin_getPeers')
    expect(Object.keys(peers)).toEqual(network.shards.map(({ url }) => url))
    expect(Object.values(peers)[0]).toMatchObject({
      connectionStatus: { status: 'connected', connectionsIn: 1, connectionsOut: 0 },
      seenIps: ['127.0.0.1'],
      connectionDirection: 'Incoming',
      enr: null,
    })
    await until(async () => (await joined.request<FileInfo>('zgs_getFileInfoByTxSeq', [txSeq])).finalized)
    expect(await joined.request('zgs_getStatus')).toMatchObject({ connectedPeers: 2 })
  })

  test('synchronisation by hand: of a file, of a range, of what does not exist', async () => {
    await until(async () => (await joined.request('admin_getSyncStatus', [txSeq])) === 'Completed')
    expect(await joined.request('admin_startSyncFile', [txSeq])).toBeNull()
    expect(await joined.request('admin_startSyncChunks', [txSeq, 0, 1024])).toBeNull()
    expect(await joined.request('admin_findFile', [txSeq])).toBeNull()
    expect(await joined.request('admin_findFile', [999])).toBeNull()
    expect(await joined.request('admin_terminateSync', [999])).toBe(false)
    const info = await joined.request<Record<string, object>>('admin_getSyncInfo', [txSeq])
    expect(info[txSeq]).toMatchObject({ goal: { numChunks: 2344, indexStart: 0 } })
    expect(await joined.request('admin_getSyncServiceState')).toMatchObject({ numSyncing: expect.any(Number) })
    expect((await raw(joined.url, 'admin_startSyncFile', [999])).error).toEqual({
      code: -32603,
      message: 'Internal error',
      data: 'transaction not found',
    })
    expect((await raw(joined.url, 'admin_startSyncChunks', [txSeq, 5, 5])).error?.code).toBe(-32603)
    expect((await raw(joined.url, 'admin_startSyncChunks', [txSeq, 0, 1e9])).error?.code).toBe(-32603)
    expect((await raw(joined.url, 'admin_startSyncFile', ['x'])).error?.code).toBe(-32602)
  })

  test('who has a file: these nodes, and null when all shards are asked for and some lack', async () => {
    const everywhere = await joined.request<object[]>('admin_getFileLocation', [txSeq, true])
    expect(everywhere).toEqual(
      [{ shardId: 0, numShard: 1 }, ...[0, 1].map((shardId) => ({ shardId, numShard: 2 }))].map((shardConfig) => ({
        ip: '127.0.0.1',
        shardConfig,
      })),
    )
    expect((await raw(joined.url, 'admin_getFileLocation', [999, true])).error?.data).toBe('tx not found')
  })

  test('metrics by prefix; no mining; nothing of it for a page in a browser', async () => {
    const metrics = await joined.request<Record<string, string>>('admin_getMetrics', ['store_'])
    expect(metrics).toEqual({ store_segments: 'gauge 3' })
    const all = await joined.request<Record<string, string>>('admin_getMetrics')
    expect(Object.values(all).every((value) => /^(gauge|counter) \d+$/.test(value))).toBe(true)
    for (const method of ['miner_start', 'miner_stop', 'miner_setStartPosition']) {
      expect((await raw(joined.url, method, [0])).error).toMatchObject({ code: -32000 })
    }
    for (const url of [joined.url, network.gateway.url]) {
      const answer = await raw(url, 'admin_addPeer', ['http://127.0.0.1:2'], { origin: 'https://evil.example' })
      expect(answer.error?.code).toBe(-32000)
    }
    const answer = await raw(joined.url, 'admin_shutdown', [], { origin: 'https://evil.example' })
    expect(answer.error?.code).toBe(-32000)
    expect(await joined.request('zgs_getShardConfig')).toEqual({ shardId: 0, numShard: 1 })
  })

  test('shutdown ends the process in good order', async () => {
    const { shardId, numShard } = { shardId: 0, numShard: 1 }
    const flow = network.profile.contracts['Flow']
    const child = await startChildService({
      folder: 'storage-node',
      config: { shardId, numShard, chain: 'chain', flow },
      dataDir: `${network.directory}/short-lived`,
      peers: { chain: { rpc: network.chain.url } },
    })
    expect((await raw(child.endpoints['node'] ?? '', 'admin_shutdown', [])).result).toBeNull()
    expect(await child.ended).toBe(0)
  })
})

describe('joining by URL', () => {
  test('a node and an indexer name the Flow contract; what is neither does not', async () => {
    const flow = network.profile.contracts['Flow']
    for (const url of [joined.url, network.gateway.url, network.profile.storage.indexer]) {
      expect(await findFlow(['http://127.0.0.1:1', url])).toBe(flow)
    }
    await expect(findFlow(['http://127.0.0.1:1'])).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' })
    await expect(findFlow([network.chain.url])).rejects.toMatchObject({ code: 'RPC_ERROR' })
  })

  test.each(['0/1', '3/4', '255/256'])('%s is a shard', (text) => {
    const { shardId, numShard } = parseShard(text)
    expect(`${shardId}/${numShard}`).toBe(text)
  })

  test.each(['2/2', '0/3', '0/0', '-1/2', '1', '1/2/4', '', '0x1/2', '1e0/2', '99999999999/2'])(
    '%s is none',
    (text) => {
      expect(() => parseShard(text)).toThrow(expect.objectContaining({ code: 'SHARD_INVALID' }))
    },
  )
})

describe('by place in the flow', () => {
  test('hash and data of a segment, the same from node and gateway; null beyond the end', async () => {
    const info = await network.gateway.request<FileInfo>('zgs_getFileInfo', [root, true])
    const first = info.tx.startEntryIndex / 1024
    for (const node of [joined, network.gateway]) {
      const segment = await node.request<{ data: string; proof: { lemma: string[] } }>('zgs_downloadSegmentWithProof', [
        root,
        0,
      ])
      expect(await node.request('zgs_getHashAtNodeIndex', [first])).toBe(segment.proof.lemma[0])
      const chunks = await node.request<number[][]>('zgs_getDataByNodeIndex', [first])
      expect(Buffer.from(chunks.flat()).equals(Buffer.from(segment.data, 'base64'))).toBe(true)
      expect(await node.request('zgs_getMetaDataByNodeIndex', [first])).toContain(root)
      expect(await node.request('zgs_getHashAtNodeIndex', [10_000])).toBeNull()
      expect(await node.request('zgs_getDataByNodeIndex', [10_000])).toBeNull()
      expect(await node.request('zgs_getMetaDataByNodeIndex', [10_000])).toBeNull()
    }
    // Between the empty beginning and the first file lies nothing but zeros.
    if (first > 1) expect(await joined.request('zgs_getHashAtNodeIndex', [1])).toBe(toHex(zeroHash(10)))
  })
})
