import { open, readdir, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { RpcClient } from '../../src/client/chain/rpc.ts'
import { getBytes } from '../../src/client/storage/get.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { statFile } from '../../src/client/storage/stat-file.ts'
import { verifyRoot } from '../../src/client/storage/verify-root.ts'
import { checkSegment } from '../../src/protocol/storage/segment-proof.ts'
import type { FileInfo, SegmentWithProof, ShardedNodes } from '../../src/protocol/storage/wire.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Asks again and again; nodes fetch in the background, and say when they are done only when asked. */
async function until<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const isWhole = async (node: RpcClient, txSeq: number): Promise<boolean> =>
  (await node.request<FileInfo | null>('zgs_getFileInfoByTxSeq', [txSeq]))?.finalized === true

const segmentOf = (node: RpcClient, txSeq: number, index: number): Promise<SegmentWithProof | null> =>
  node.request('zgs_downloadSegmentWithProofByTxSeq', [txSeq, index])

/** A node in front of another one that changes the segments it serves, and counts how often it was asked for one. */
async function startLiar(
  truth: RpcClient,
  change: (segment: SegmentWithProof) => unknown,
): Promise<{ url: string; asked: () => number }> {
  let asked = 0
  const server: Server = createServer((request, response) => {
    void (async () => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part as Buffer)
      const { method, params } = JSON.parse(Buffer.concat(parts).toString()) as { method: string; params: unknown[] }
      let result: unknown = null
      if (!method.startsWith('admin_')) result = await truth.request(method, params)
      if (method === 'zgs_downloadSegmentWithProofByTxSeq') {
        asked += 1
        result = change(result as SegmentWithProof)
      }
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result }))
    })().catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
}

/** Changes a byte of every segment in a node's directory. */
async function damage(directory: string): Promise<void> {
  const folder = join(directory, 'segments')
  for (const name of await readdir(folder)) {
    const file = await open(join(folder, name), 'r+')
    const { size } = await file.stat()
    const byte = Buffer.alloc(1)
    for (let at = 100_000; at < size; at += 262_144) {
      await file.read(byte, 0, 1, at)
      await file.write(Buffer.from([(byte[0] ?? 0) ^ 0xff]), 0, 1, at)
    }
    await file.close()
  }
}

describe('replicas', () => {
  let network: StorageNetwork
  beforeAll(async () => {
    network = await startStorageNetwork({ asProcesses: true, replicas: 2 })
  })
  afterAll(() => network[Symbol.asyncDispose]())

  test('the gateway writes to both; with one of each shard gone everything is read and written; they catch up', async () => {
    const options = { profile: network.profile, wallet: network.wallet }
    const content = vectorContent(2_000_000, 21)
    const first = await putBytes(content, options)
    await Promise.all(network.shards.map((node) => until(() => isWhole(node, first.txSeq))))

    await Promise.all([network.processes[0]?.kill(), network.processes[3]?.kill()])
    expect(Buffer.from(await getBytes(first.root, options)).equals(content)).toBe(true)
    const throughGateway = await network.gateway.request('zgs_downloadSegmentWithProofByTxSeq', [first.txSeq, 3])
    expect(throughGateway).toMatchObject({ root: first.root, index: 3 })
    const listed = await network.indexer.request<ShardedNodes>('indexer_getShardedNodes')
    expect(listed.trusted?.map(({ url }) => url)).toEqual([
      network.gateway.url,
      ...network.shards.flatMap(({ url }, i) => (i === 1 || i === 2 ? [url] : [])),
    ])
    const second = await putBytes(vectorContent(1_500_000, 22), options)
    expect(await statFile(second.root, options)).toMatchObject({ isFinalized: true })

    await Promise.all([network.startShard(0), network.startShard(3)])
    await Promise.all(network.shards.map((node) => until(() => isWhole(node, second.txSeq))))
    expect((await verifyRoot(second.root, options)).verdict).toBe('true')
  })

  test('a node whose directory was deleted has everything again after its start', async () => {
    const stored = await putBytes(vectorContent(3_000_000, 24), { profile: network.profile, wallet: network.wallet })
    await Promise.all(network.shards.map((node) => until(() => isWhole(node, stored.txSeq))))
    await network.processes[2]?.kill()
    await rm(network.dataDirOf(2), { recursive: true })
    await network.startShard(2)
    await until(() => isWhole(network.shards[2] as RpcClient, stored.txSeq))
    expect(await segmentOf(network.shards[2] as RpcClient, stored.txSeq, 2)).toMatchObject({ index: 2 })
  })

  test('a damaged segment is found without being asked for, never served, and fetched from the replica', async () => {
    const stored = await putBytes(vectorContent(2_000_000, 25), { profile: network.profile, wallet: network.wallet })
    await Promise.all(network.shards.map((node) => until(() => isWhole(node, stored.txSeq))))
    await network.processes[0]?.kill()
    await damage(network.dataDirOf(0))
    await network.startShard(0)
    const node = network.shards[0] as RpcClient
    await until(() => isWhole(node, stored.txSeq))
    const { tx } = await node.request<FileInfo>('zgs_getFileInfoByTxSeq', [stored.txSeq])
    const own = (tx.startEntryIndex / 1024) % 2
    await damage(network.dataDirOf(0))
    // Null until the replica gave it; what is on the disk now is never served.
    const served = await segmentOf(node, stored.txSeq, own)
    if (served) expect(checkSegment({ ...served, data: Buffer.from(served.data, 'base64') })).toBeUndefined()
    await until(async () => (await segmentOf(node, stored.txSeq, own)) !== null)
    await until(() => isWhole(node, stored.txSeq))
    // Reading finds the rest of the damage, and finding it heals it.
    await until(async () => (await verifyRoot(stored.root, { profile: network.profile })).verdict === 'true')
  })
})

describe('without replicas', () => {
  let network: StorageNetwork
  beforeAll(async () => {
    network = await startStorageNetwork({ asProcesses: true })
  })
  afterAll(() => network[Symbol.asyncDispose]())

  test('with all of a shard gone the error names the shard', async () => {
    const options = { profile: network.profile, wallet: network.wallet }
    const { root, txSeq } = await putBytes(vectorContent(600_000, 23), options)
    await network.processes[1]?.kill()
    await expect(getBytes(root, options)).rejects.toMatchObject({
      code: 'STORAGE_NODES_MISSING',
      message: expect.stringContaining('shard 1/2'),
    })
    await expect(network.gateway.request('zgs_getFileInfoByTxSeq', [txSeq])).rejects.toThrow(
      /no storage node of shard 1\/2 answers: storage-1/,
    )
    await network.startShard(1)
    expect(await isWhole(network.gateway, txSeq)).toBe(true)
  })

  test('a node of any shard joins: one of four and the whole range; killed in the middle it goes on', async () => {
    const stored = await putBytes(vectorContent(6_000_000, 28), { profile: network.profile, wallet: network.wallet })
    const peers = network.shards.map(({ url }) => url)
    const quarter = await network.join('quarter', { shardId: 3, numShard: 4 }, peers)
    const whole = await network.join('whole', { shardId: 0, numShard: 1 }, peers)
    await network.processes.at(-1)?.kill()
    const again = await network.join('whole', { shardId: 0, numShard: 1 }, peers)
    await Promise.all([quarter, again].map((node) => until(() => isWhole(node, stored.txSeq))))
    expect(whole.url).not.toBe('')
    // Of two replicas one may come from nodes that joined, when the caller trusts them (0G storage spec §5.1).
    const selected = await until(async () => {
      const nodes = await network.indexer.request<ShardedNodes>('indexer_getSelectedNodes', [2, 'min', false, []])
      return nodes.discovered?.length === 1 && nodes
    })
    expect(selected).toMatchObject({ trusted: [{ url: network.gateway.url }], discovered: [{ url: again.url }] })
    const trusted = await network.indexer.request<ShardedNodes>('indexer_getSelectedNodes', [2, 'min', true, []])
    expect(trusted).toMatchObject({ trusted: expect.any(Array), discovered: [] })
    expect(trusted.trusted).toHaveLength(3)
    for (let index = 0; index < 23; index++) {
      expect(await segmentOf(again, stored.txSeq, index)).toMatchObject({ index })
    }
    const info = await quarter.request<FileInfo>('zgs_getFileInfoByTxSeq', [stored.txSeq])
    const global = Math.floor(info.tx.startEntryIndex / 1024)
    for (let index = 0; index < 23; index++) {
      const segment = await segmentOf(quarter, stored.txSeq, index)
      expect(segment !== null).toBe((global + index) % 4 === 3)
    }
  })

  test('a node that joins fetches its shard, is listed as discovered, and stands in for a shard that is gone', async () => {
    const options = { profile: network.profile, wallet: network.wallet }
    const content = vectorContent(2_500_000, 26)
    const stored = await putBytes(content, options)
    const node = await network.join('joined', { shardId: 1, numShard: 2 }, [network.profile.storage.indexer])
    await until(() => isWhole(node, stored.txSeq))
    const listed = await until(async () => {
      const { discovered } = await network.indexer.request<ShardedNodes>('indexer_getShardedNodes')
      return discovered?.find(({ url }) => url === node.url)
    })
    expect(listed.config).toEqual({ shardId: 1, numShard: 2 })
    await network.processes[1]?.kill()
    expect(Buffer.from(await getBytes(stored.root, options)).equals(content)).toBe(true)
    expect(await segmentOf(network.gateway, stored.txSeq, 1)).toMatchObject({ root: stored.root, index: 1 })
    expect(await network.indexer.request('indexer_getFileLocations', [stored.root])).toHaveLength(2)
    // What is uploaded meanwhile, the shard that was gone gets from the node that joined.
    const later = await putBytes(vectorContent(900_000, 27), options)
    await network.startShard(1)
    await until(() => isWhole(network.shards[1] as RpcClient, later.txSeq))
  })
})

describe('a peer that lies', () => {
  let network: StorageNetwork
  beforeAll(async () => {
    network = await startStorageNetwork()
  })
  afterAll(() => network[Symbol.asyncDispose]())

  test.each<[string, (segment: SegmentWithProof) => unknown]>([
    ['another byte', (segment) => ({ ...segment, data: flipped(segment.data) })],
    ['another proof', (segment) => ({ ...segment, proof: { lemma: segment.proof.lemma.toReversed(), path: [] } })],
    ['no segment at all', () => ({ root: 7, data: {}, proof: 'none' })],
  ])('serving %s it is dropped, and the next one asked', async (what, lie) => {
    const stored = await putBytes(vectorContent(1_200_000, 29), { profile: network.profile, wallet: network.wallet })
    const liar = await startLiar(network.gateway, lie)
    const node = await network.join(`joined by ${what}`, { shardId: 0, numShard: 1 }, [liar.url])
    await until(async () => liar.asked() > 0)
    const peers = await until(async () => {
      const known = await node.request<Record<string, { connectionStatus: { status: string } }>>('admin_getPeers')
      return known[liar.url]?.connectionStatus.status === 'banned' && known
    })
    expect(Object.keys(peers)).toEqual([liar.url])
    expect(await isWhole(node, stored.txSeq)).toBe(false)
    for (const { url } of network.shards) expect(await node.request('admin_addPeer', [url])).toBe(true)
    const asked = liar.asked()
    await until(() => isWhole(node, stored.txSeq))
    expect(liar.asked()).toBe(asked)
  })
})

function flipped(data: string): string {
  const bytes = Buffer.from(data, 'base64')
  bytes[1000] = (bytes[1000] ?? 0) ^ 1
  return bytes.toString('base64')
}
