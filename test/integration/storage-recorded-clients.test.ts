import { keccak_256 } from '@noble/hashes/sha3.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { feeWei, flowOf, readPriceWei, submitFiles } from '../../src/client/storage/flow-contract.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { toWireSegment } from '../../src/protocol/storage/file-layout.ts'
import { type FileTree, fileTreeOf } from '../../src/protocol/storage/file-tree.ts'
import { ANY_VERSION, encodeStreamData } from '../../src/protocol/storage/kv/stream-data.ts'
import { encodeStreamTags } from '../../src/protocol/storage/kv/stream-tags.ts'
import { startTestKvNode, type TestKvNode } from '../helpers/kv-node.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'

/**
 * The Go and the Python client cannot run here. These are the requests they send, in their order and spelling, and what each of them
 * needs of the answers (0G storage spec §6.3, §6.4, §7.2, §8.5).
 */

const SEGMENT = 262_144
let network: StorageNetwork
let kv: TestKvNode
let seed = 0

beforeAll(async () => {
  network = await startStorageNetwork()
  kv = await startTestKvNode(network)
})
afterAll(async () => {
  await kv[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
})

const GO = { 'content-type': 'application/json', 'user-agent': 'fasthttp' }
const PYTHON = { 'content-type': 'application/json', 'user-agent': '0g-py-sdk/0.1' }
let id = 0

/** One request as it goes over the wire; the answer must have exactly one of `result` and `error`. */
async function post(url: string, method: string, params: unknown[] | undefined, headers: Record<string, string>) {
  const body = JSON.stringify({ jsonrpc: '2.0', id: ++id, method, ...(params ? { params } : {}) })
  const response = await fetch(url, { method: 'POST', headers, body })
  expect(response.status).toBe(200)
  const reply = (await response.json()) as { id: number; result?: unknown; error?: object }
  expect(reply.id).toBe(id)
  expect(Object.keys(reply).sort()).toEqual(['id', 'jsonrpc', 'error' in reply ? 'error' : 'result'].sort())
  return reply
}

async function ask<T = unknown>(url: string, method: string, params?: unknown[], headers = GO): Promise<T> {
  const reply = await post(url, method, params, headers)
  expect(reply.error).toBeUndefined()
  return reply.result as T
}

type Info = { tx: { seq: number; size: number; startEntryIndex: number; data: number[] }; finalized: boolean }
type Node = { url: string; config: { shardId: number; numShard: number }; latency: number; since: number }

function fresh(size: number): { content: Uint8Array; tree: FileTree } {
  const content = vectorContent(size, ++seed)
  content.set(new TextEncoder().encode(`r${seed} `).subarray(0, size))
  return { content, tree: fileTreeOf(content) }
}

function segmentsOf({ content, tree }: ReturnType<typeof fresh>, indexes: readonly number[]) {
  return indexes.map((index) => ({
    root: tree.root,
    data: Buffer.from(toWireSegment(content.subarray(index * SEGMENT, (index + 1) * SEGMENT))).toString('base64'),
    index,
    proof: tree.proof(index),
    fileSize: content.length,
  }))
}

async function submit(files: readonly ReturnType<typeof fresh>[]) {
  const flow = flowOf(network.profile)
  const list = files.map(({ content, tree }) => ({ sizeBytes: content.length, nodes: tree.nodes }))
  const valueWei = feeWei(list, await readPriceWei(flow))
  return (await submitFiles(flow, list, { wallet: network.wallet, valueWei })).submissions
}

/** Nodes as the Go client gets them: chosen by the indexer, `dropped` being null while none failed. */
async function selectedNodes(): Promise<Node[]> {
  const { indexer } = network.profile.storage
  const { trusted } = await ask<{ trusted: Node[] }>(indexer, 'indexer_getSelectedNodes', [1, 'min', true, null])
  expect(trusted.length).toBeGreaterThan(0)
  for (const node of trusted) {
    expect(node).toEqual({
      url: expect.stringMatching(/^http:/),
      config: { shardId: expect.any(Number), numShard: expect.any(Number) },
      latency: expect.any(Number),
      since: 0,
    })
  }
  return trusted
}

describe('the Go client', () => {
  test('starts: selected nodes, status, the chain id of both', async () => {
    const [first] = (await selectedNodes()) as [Node]
    const status = await ask<{ networkIdentity: { chainId: number; flowAddress: string } }>(first.url, 'zgs_getStatus')
    expect(status.networkIdentity.chainId).toBe(Number(await ask<string>(network.profile.rpc, 'eth_chainId')))
    expect(await ask(first.url, 'zgs_getShardConfig')).toEqual(first.config)
    const market = await ask<string>(network.profile.rpc, 'eth_call', [
      { to: status.networkIdentity.flowAddress, data: '0x80f55605' },
      'latest',
    ])
    expect(BigInt(market)).toBeGreaterThan(0n)
  })

  test('fast path: segments by root to every node before the transaction is there, then polls until final', async () => {
    const nodes = await selectedNodes()
    const file = fresh(200_000)
    for (const { url } of nodes) expect(await ask(url, 'zgs_getFileInfo', [file.tree.root, true])).toBeNull()
    for (const { url } of nodes) expect(await ask(url, 'zgs_uploadSegments', [segmentsOf(file, [0])])).toBeNull()
    await submit([file])
    for (const { url } of nodes) {
      const info = await ask<Info>(url, 'zgs_getFileInfo', [file.tree.root, true])
      expect(info).toMatchObject({ finalized: true, tx: { size: 200_000, data: [] } })
    }
  })

  test('slow path: receipt, log entry by number, ten segments to a call, finality; twice is a success in its words', async () => {
    const [node] = (await selectedNodes()) as [Node]
    const file = fresh(11 * SEGMENT + 5)
    const [submission] = await submit([file])
    const seq = submission?.txSeq
    const info = await ask<Info>(node.url, 'zgs_getFileInfoByTxSeq', [seq])
    expect(info).toMatchObject({ finalized: false, tx: { seq, size: file.content.length } })
    const indexes = Array.from({ length: 12 }, (_, index) => index)
    for (const part of [indexes.slice(0, 10), indexes.slice(10)]) {
      expect(await ask(node.url, 'zgs_uploadSegmentsByTxSeq', [segmentsOf(file, part), seq])).toBeNull()
    }
    expect(await ask(node.url, 'zgs_checkFileFinalized', [seq])).toBe(true)
    expect(await ask(node.url, 'zgs_checkFileFinalized', [file.tree.root])).toBe(true)
    const again = await post(node.url, 'zgs_uploadSegmentsByTxSeq', [segmentsOf(file, [0]), seq], GO)
    expect(again.error).toEqual({
      code: -32602,
      message: 'Invalid params: root',
      data: 'already uploaded and finalized',
    })
  })

  test('fragments: one transaction, one Submit for each in order', async () => {
    const files = [fresh(SEGMENT), fresh(SEGMENT), fresh(77_712)]
    const submissions = await submit(files)
    expect(submissions.map(({ root }) => root)).toEqual(files.map(({ tree }) => tree.root))
    const seqs = submissions.map(({ txSeq }) => txSeq)
    expect(seqs).toEqual([seqs[0], (seqs[0] ?? 0) + 1, (seqs[0] ?? 0) + 2])
    expect(new Set(submissions.map(({ transactionHash }) => transactionHash)).size).toBe(1)
  })

  test('download with proofs: locations, file information, every segment proven by its own arithmetic', async () => {
    const { content } = fresh(3 * SEGMENT + 1000)
    const { root } = await putBytes(content, { profile: network.profile, wallet: network.wallet })
    const locations = await ask<Node[]>(network.profile.storage.indexer, 'indexer_getFileLocations', [root])
    const full = locations.find(({ config }) => config.numShard === 1) as Node
    const { tx } = await ask<Info>(full.url, 'zgs_getFileInfo', [root, true])
    const parts: Buffer[] = []
    for (let index = 0; index < 4; index++) {
      const segment = await ask<Segment>(full.url, 'zgs_downloadSegmentWithProofByTxSeq', [tx.seq, index])
      const data = Buffer.from(segment.data, 'base64')
      expect(data.length).toBe(index < 3 ? SEGMENT : 4 * 256)
      expect(segment).toMatchObject({ root, index, fileSize: content.length })
      // 3,076 chunks are padded to 3,328: the last segment is a tree of 256.
      const padded = index < 3 ? data : Buffer.concat([data, Buffer.alloc(252 * 256)])
      expect(validates(segment, padded, 4)).toBe(true)
      parts.push(data)
    }
    expect(Buffer.concat(parts).subarray(0, content.length).equals(content)).toBe(true)
    const unknown = `0x${'ab'.repeat(32)}`
    expect((await post(network.profile.storage.indexer, 'indexer_getFileLocations', [unknown], GO)).error).toBeDefined()
  })

  test('key-value reads: versions up to 2^64 - 1 and keys in base64', async () => {
    const stream = `0x${'60'.repeat(32)}` as const
    await write(stream, 'k', 'value')
    const body = `{"jsonrpc":"2.0","id":1,"method":"kv_getValue","params":["${stream}","aw==",0,262144,18446744073709551615]}`
    const response = await fetch(kv.url, { method: 'POST', headers: GO, body })
    expect(await response.json()).toMatchObject({ result: { data: 'dmFsdWU=', size: 5 } })
    expect(await ask(kv.url, 'kv_getFirst', [stream, 0, 0])).toMatchObject({ key: 'aw==' })
  })
})

describe('the Python client', () => {
  test('takes no null for an upload, and no error member for a success', async () => {
    const { indexer } = network.profile.storage
    const { trusted } = await ask<{ trusted: Node[] }>(indexer, 'indexer_getShardedNodes', [], PYTHON)
    const [node] = trusted as [Node]
    const file = fresh(SEGMENT + 10)
    expect(await ask(node.url, 'zgs_getFileInfo', [file.tree.root, false], PYTHON)).toBeNull()
    const [submission] = await submit([file])
    const seq = submission?.txSeq
    expect(await ask(node.url, 'zgs_getFileInfoByTxSeq', [seq], PYTHON)).toMatchObject({ finalized: false })
    for (const index of [0, 1]) {
      const params = [segmentsOf(file, [index]), seq]
      expect(await ask(node.url, 'zgs_uploadSegmentsByTxSeq', params, PYTHON)).not.toBeNull()
    }
    expect(await ask(node.url, 'zgs_getFileInfoByTxSeq', [seq], PYTHON)).toMatchObject({ finalized: true })
    const chunks = await ask<string>(node.url, 'zgs_downloadSegmentByTxSeq', [seq, 0, 1024], PYTHON)
    expect(Buffer.from(chunks, 'base64').equals(file.content.subarray(0, SEGMENT))).toBe(true)
  })

  test('sends and expects keys of streams in hex, numbers as text, and spells kv_IsAdmin', async () => {
    const stream = `0x${'70'.repeat(32)}` as const
    const { txSeq } = await write(stream, 'key', 'value')
    const account = network.wallet.address
    const key = `0x${Buffer.from('key').toString('hex')}`
    expect(await ask(kv.url, 'kv_getValue', [stream, key, 0, 100], PYTHON)).toMatchObject({ data: 'dmFsdWU=' })
    expect(await ask(kv.url, 'kv_getFirst', [stream, 0, 0], PYTHON)).toMatchObject({ key })
    expect(await ask(kv.url, 'kv_getNext', [stream, key, 0, 0, true], PYTHON)).toMatchObject({ key })
    expect(await ask(kv.url, 'kv_hasWritePermission', [account, stream, key], PYTHON)).toBe(true)
    expect(await ask(kv.url, 'kv_IsAdmin', [account, stream], PYTHON)).toBe(true)
    expect(await ask(kv.url, 'kv_getTransactionResult', [String(txSeq)], PYTHON)).toBe('Commit')
    // Everybody else means base64 by the same text.
    expect(await ask(kv.url, 'kv_getValue', [stream, key, 0, 100])).toMatchObject({ size: 0 })
  })
})

async function write(stream: `0x${string}`, key: string, value: string) {
  const bytes = encodeStreamData({
    version: ANY_VERSION,
    reads: [],
    writes: [{ streamId: stream, key: Buffer.from(key), data: Buffer.from(value) }],
    accessControls: [],
  })
  return await putBytes(bytes, {
    profile: network.profile,
    wallet: network.wallet,
    tags: encodeStreamTags([stream]),
  })
}

type Segment = {
  root: string
  data: string
  index: number
  fileSize: number
  proof: { lemma: string[]; path: boolean[] }
}

/** The check of the Go client, written out on @noble/hashes: nothing of ours is asked whether ours is right. */
function validates({ root, index, proof: { lemma, path } }: Segment, data: Buffer, leafCount: number): boolean {
  const hash = (...parts: Uint8Array[]) => Buffer.from(keccak_256(Buffer.concat(parts)))
  let level: Buffer[] = []
  for (let at = 0; at < data.length; at += 256) level.push(hash(data.subarray(at, at + 256)))
  while (level.length > 1) {
    level = Array.from({ length: Math.ceil(level.length / 2) }, (_, i) => {
      const [left, right] = [level[2 * i] as Buffer, level[2 * i + 1]]
      return right ? hash(left, right) : left
    })
  }
  let node = level[0] as Buffer
  if (lemma[0] !== `0x${node.toString('hex')}` || lemma.at(-1) !== root) return false
  path.forEach((isLeft, i) => {
    const sibling = Buffer.from((lemma[i + 1] as string).slice(2), 'hex')
    node = isLeft ? hash(node, sibling) : hash(sibling, node)
  })
  let position = 0
  let count = leafCount
  for (const isLeft of path.toReversed()) {
    const left = 2 ** Math.ceil(Math.log2(count)) / 2
    if (!isLeft) position += left
    count = isLeft ? left : count - left
  }
  return `0x${node.toString('hex')}` === root && position === index && count === 1
}
