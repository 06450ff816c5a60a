import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { feeWei, flowOf, submitFiles } from '../../src/client/storage/flow-contract.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { toWireSegment } from '../../src/protocol/storage/file-layout.ts'
import { type FileTree, fileTreeOf } from '../../src/protocol/storage/file-tree.ts'
import { fromHex, hashChunks, hashPair, toHex } from '../../src/protocol/storage/keccak.ts'
import type { FileProof } from '../../src/protocol/storage/merkle.ts'
import type { FlowSubmission } from '../../src/protocol/storage/submission.ts'
import { SEGMENT_BYTES } from '../../src/protocol/storage/units.ts'
import type { FileInfo, NodeStatus, SegmentWithProof, ShardedNodes } from '../../src/protocol/storage/wire.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'

const PRICE_WEI = 30_733_644_962n
let network: StorageNetwork
let seed = 0

beforeAll(async () => {
  network = await startStorageNetwork()
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
})

/** Content no other test has. */
function fresh(size: number): { content: Uint8Array; tree: FileTree } {
  const content = vectorContent(size)
  content.set(new TextEncoder().encode(`${seed++} `))
  return { content, tree: fileTreeOf(content) }
}

function segmentOf({ content, tree }: ReturnType<typeof fresh>, index: number): SegmentWithProof {
  const data = toWireSegment(content.subarray(index * SEGMENT_BYTES, (index + 1) * SEGMENT_BYTES))
  const fileSize = content.length
  return { root: tree.root, data: Buffer.from(data).toString('base64'), index, proof: tree.proof(index), fileSize }
}

async function submit({ content, tree }: ReturnType<typeof fresh>): Promise<FlowSubmission> {
  const file = { sizeBytes: content.length, nodes: tree.nodes }
  const valueWei = feeWei([file], PRICE_WEI)
  const { submissions } = await submitFiles(flowOf(network.profile), [file], { wallet: network.wallet, valueWei })
  return submissions[0] as FlowSubmission
}

type Reply = { id: unknown; result?: unknown; error?: { code: number; message: string; data?: unknown } }

async function post(url: string, body: string): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'text/plain' } })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

async function call(url: string, method: string, params: unknown[]): Promise<Reply> {
  const { status, text } = await post(url, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  expect(status).toBe(200)
  return JSON.parse(text) as Reply
}

describe('transport', () => {
  test('ids beyond 2^53 come back as they were written, alone and in a batch', async () => {
    const { url } = network.gateway
    const one = await post(url, '{"jsonrpc":"2.0","id":17953632205735590999,"method":"zgs_getShardConfig"}')
    expect(one.text).toBe('{"jsonrpc":"2.0","id":17953632205735590999,"result":{"shardId":0,"numShard":1}}')
    const batch = await post(
      url,
      '[{"jsonrpc":"2.0","id":99999999999999999999,"method":"zgs_getShardConfig","params":[]},{"jsonrpc":"2.0","id":"b","method":"nope"}]',
    )
    expect(batch.text).toContain('"id":99999999999999999999,"result"')
    expect(batch.text).toContain('"id":"b","error":{"code":-32601,"message":"Method not found"}')
  })

  test('errors are HTTP 200, success has no error member, null is explicit, origins are open', async () => {
    const { url } = network.shards[0] as { url: string }
    const unknown = await post(
      url,
      JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'zgs_getFileInfoByTxSeq', params: [999] }),
    )
    expect(unknown).toMatchObject({ status: 200, text: '{"jsonrpc":"2.0","id":7,"result":null}' })
    expect(unknown.headers.get('access-control-allow-origin')).toBe('*')
    expect(JSON.parse((await post(url, '{')).text)).toMatchObject({ error: { code: -32700 } })
    expect(JSON.parse((await post(url, '[]')).text)).toMatchObject({ error: { code: -32600 } })
    expect(JSON.parse((await post(url, '5')).text)).toMatchObject({ error: { code: -32600 } })
    expect((await fetch(url)).status).toBe(405)
    expect((await fetch(url, { method: 'OPTIONS' })).headers.get('access-control-allow-headers')).toContain(
      'content-type',
    )
  })

  test.each([
    ['zgs_getFileInfo', ['0x12', true]],
    ['zgs_getFileInfo', [`0x${'12'.repeat(32)}`]],
    ['zgs_getFileInfoByTxSeq', ['one']],
    ['zgs_uploadSegments', [{}]],
    ['zgs_uploadSegment', [{ root: 'x' }]],
    ['zgs_downloadSegment', []],
    ['zgs_downloadSegmentByTxSeq', [-1, 0, 1]],
  ])('%s %j is malformed, on a shard and on the gateway', async (method, params) => {
    for (const { url } of [network.gateway, ...network.shards]) {
      expect((await call(url, method, params)).error).toMatchObject({ code: -32602 })
    }
  })
})

describe('status', () => {
  test('names the chain and the flow contract; nothing is synced late', async () => {
    const status = await network.gateway.request<NodeStatus>('zgs_getStatus')
    expect(status).toMatchObject({
      connectedPeers: 0,
      networkIdentity: { chainId: 31337, flowAddress: network.profile.contracts['Flow'] },
    })
    const file = fresh(100)
    const { txSeq } = await submit(file)
    const info = await network.gateway.request<FileInfo>('zgs_getFileInfo', [file.tree.root, true])
    expect(info).toEqual({
      tx: {
        streamIds: [],
        data: [],
        dataMerkleRoot: file.tree.root,
        merkleNodes: [[1, file.tree.root]],
        startEntryIndex: expect.any(Number),
        size: 100,
        seq: txSeq,
      },
      finalized: false,
      isCached: false,
      uploadedSegNum: 0,
      pruned: false,
    })
  })
})

describe('uploads are refused in the words clients know', () => {
  test('every check on a segment, on a shard and through the gateway', async () => {
    const file = fresh(5_242_881)
    const { txSeq } = await submit(file)
    const segment = segmentOf(file, 20)
    const bytes = Buffer.from(segment.data, 'base64')
    const other = segmentOf(file, 0)
    const { lemma, path } = segment.proof
    const zeros = (length: number) => Buffer.alloc(length).toString('base64')
    const badPadding = [...lemma.slice(0, 1), other.proof.lemma[0], ...lemma.slice(2)]
    const cases: [Partial<SegmentWithProof>, object][] = [
      [{ data: '' }, { code: -32000, message: 'data is empty' }],
      [{ data: zeros(100) }, { code: -32000, message: 'invalid data length' }],
      [{ data: zeros(512) }, { code: -32602, message: 'Invalid params: data', data: 'invalid data length' }],
      [{ index: 21 }, { code: -32602, message: 'Invalid params: index', data: 'index out of bound' }],
      [
        { fileSize: 5 },
        { code: -32602, message: 'Invalid params: file_size', data: 'segment file size not matched with tx file size' },
      ],
      [
        { data: bytes.fill(1, 0, 1).toString('base64') },
        { code: -32000, message: expect.stringContaining('data hash mismatch') },
      ],
      [
        { proof: { lemma: lemma.slice(1), path } },
        { code: -32602, message: 'Invalid params: proof', data: 'invalid proof' },
      ],
      [{ proof: other.proof }, { code: -32000, message: 'wrong position: proof_pos=0 provided=20' }],
      [
        { proof: { lemma: badPadding as FileProof['lemma'], path } },
        { code: -32602, message: 'Invalid params: proof', data: 'validation failed' },
      ],
      [
        { root: other.proof.lemma[0] as SegmentWithProof['root'] },
        { code: -32603, message: 'Internal error', data: 'data root and tx seq not match' },
      ],
    ]
    for (const { url } of [network.gateway, network.shards[0] as { url: string }]) {
      for (const [change, error] of cases) {
        const { error: actual } = await call(url, 'zgs_uploadSegmentsByTxSeq', [[{ ...segment, ...change }], txSeq])
        if (url === network.gateway.url || change.root === undefined) expect(actual).toMatchObject(error)
      }
    }
  })

  test('a finalized file, a duplicate, a large file without transaction', async () => {
    const file = fresh(600_000)
    const { txSeq, startEntryIndex } = await submit(file)
    const owner = network.shards[(startEntryIndex / 1024) % 2] as { url: string }
    await expect(call(owner.url, 'zgs_uploadSegment', [segmentOf(file, 0)])).resolves.toMatchObject({ result: null })
    expect((await call(owner.url, 'zgs_uploadSegment', [segmentOf(file, 0)])).error).toEqual({
      code: -32000,
      message: 'segment has already been uploaded or is being uploaded',
    })
    // The ByTxSeq form forgives the duplicate.
    expect(await call(owner.url, 'zgs_uploadSegmentsByTxSeq', [[segmentOf(file, 0)], txSeq])).toMatchObject({
      result: null,
    })
    const { url } = network.gateway
    for (const index of [1, 2]) await call(url, 'zgs_uploadSegmentsByTxSeq', [[segmentOf(file, index)], txSeq])
    // Finalized before the last upload was answered.
    expect(await call(url, 'zgs_checkFileFinalized', [txSeq])).toMatchObject({ result: true })
    expect((await call(url, 'zgs_uploadSegmentsByTxSeq', [[segmentOf(file, 1)], txSeq])).error).toEqual({
      code: -32602,
      message: 'Invalid params: root',
      data: 'already uploaded and finalized',
    })
    const large = { ...segmentOf(file, 0), root: `0x${'34'.repeat(32)}`, fileSize: 11 * 1024 ** 2 }
    expect((await call(url, 'zgs_uploadSegments', [[large]])).error).toMatchObject({
      data: 'caching of large file when tx is unavailable is not supported',
    })
  })
})

test('segments sent by root before their transaction make the file final with it', async () => {
  const file = fresh(700_000)
  const segments = [0, 1, 2].map((index) => segmentOf(file, index))
  expect(await call(network.gateway.url, 'zgs_uploadSegments', [segments])).toMatchObject({ result: null })
  expect(await network.gateway.request('zgs_getFileInfo', [file.tree.root, true])).toBeNull()
  const { txSeq } = await submit(file)
  expect(await network.gateway.request<FileInfo>('zgs_getFileInfoByTxSeq', [txSeq])).toMatchObject({
    finalized: true,
    uploadedSegNum: 3,
  })
})

test('the same file submitted again is final at once, and the first submission stands for the root', async () => {
  const file = fresh(300_000)
  const { root, txSeq } = await putBytes(file.content, { profile: network.profile, wallet: network.wallet })
  const again = await submit(file)
  expect(again.txSeq).toBeGreaterThan(txSeq)
  const info = await network.gateway.request<FileInfo>('zgs_getFileInfo', [root, true])
  expect(info).toMatchObject({ finalized: true, tx: { seq: txSeq } })
})

describe('downloads', () => {
  let file: ReturnType<typeof fresh>
  let txSeq: number
  beforeAll(async () => {
    file = fresh(600_001)
    txSeq = (await putBytes(file.content, { profile: network.profile, wallet: network.wallet })).txSeq
  })

  test('any range of chunks, across segments and shards, and its limits', async () => {
    const { url } = network.gateway
    for (const [start, end] of [
      [0, 1],
      [0, 1024],
      [1000, 1100],
      [1024, 2048],
      [2300, 2344],
    ] as const) {
      const { result } = await call(url, 'zgs_downloadSegmentByTxSeq', [txSeq, start, end])
      const expected = Buffer.alloc((end - start) * 256)
      expected.set(file.content.subarray(start * 256, end * 256))
      expect(Buffer.from(result as string, 'base64').equals(expected)).toBe(true)
    }
    const error = async (start: number, end: number) =>
      (await call(url, 'zgs_downloadSegment', [file.tree.root, start, end])).error
    expect(await error(5, 5)).toMatchObject({ message: 'Invalid params: end_index', data: 'invalid chunk index' })
    expect(await error(0, 1025)).toMatchObject({
      message: 'Invalid params: end_index',
      data: 'exceeds maximum chunks 1024',
    })
    expect(await error(2344, 2345)).toMatchObject({ code: -32000, message: expect.stringContaining('exceeds tx size') })
  })

  test('segments with the proof they were stored with', async () => {
    for (const index of [0, 1, 2]) {
      const { result } = await call(network.gateway.url, 'zgs_downloadSegmentWithProof', [file.tree.root, index])
      expect(result).toEqual(segmentOf(file, index))
    }
    const beyond = await call(network.gateway.url, 'zgs_downloadSegmentWithProof', [file.tree.root, 3])
    expect(beyond.error).toMatchObject({ message: 'Invalid params: index', data: 'index out of bound' })
  })

  test('sector proofs lead to the flow root, now and as it was', async () => {
    const [flowRoot] = await network.gateway.request<[string, number]>('zgs_getFlowContext')
    const { tx } = await network.gateway.request<FileInfo>('zgs_getFileInfoByTxSeq', [txSeq])
    const leaves = hashChunks(file.content)
    for (const chunk of [0, 1023, 1024, 2047, 2343]) {
      const sector = tx.startEntryIndex + chunk
      const proof = await network.gateway.request<FileProof>('zgs_getSectorProof', [sector, null])
      expect(proof.lemma).toHaveLength(proof.path.length + 2)
      expect(proof.lemma[0]).toBe(toHex(leaves.subarray(chunk * 32, (chunk + 1) * 32)))
      let hash = fromHex(proof.lemma[0] as string)
      proof.path.forEach((isLeft, level) => {
        const sibling = fromHex(proof.lemma[level + 1] as string)
        hash = isLeft ? hashPair(hash, sibling) : hashPair(sibling, hash)
      })
      expect(toHex(hash)).toBe(flowRoot)
      expect(proof.lemma.at(-1)).toBe(flowRoot)
      expect(proof.path.reduce((at, isLeft, k) => (isLeft ? at : at + 2 ** k), 0)).toBe(sector)
    }
  })
})

describe('indexer', () => {
  test('lists the full-range node first, then the shards, and selects like the reference', async () => {
    const { trusted } = await network.indexer.request<ShardedNodes>('indexer_getShardedNodes')
    expect(trusted?.map(({ config }) => config)).toEqual([
      { shardId: 0, numShard: 1 },
      { shardId: 0, numShard: 2 },
      { shardId: 1, numShard: 2 },
    ])
    const select = async (...params: unknown[]) =>
      (await network.indexer.request<ShardedNodes>('indexer_getSelectedNodes', params)).trusted?.map(({ url }) => url)
    expect(await select(1, 'min', true, [])).toEqual([network.gateway.url])
    expect(await select(2, 'min', true, [])).toHaveLength(3)
    expect(await select(1, '2', true, [network.gateway.url])).toEqual(network.shards.map(({ url }) => url))
    expect((await call(network.indexer.url, 'indexer_getSelectedNodes', [3, 'min', true, []])).error).toMatchObject({
      code: -32000,
      message: 'cannot select a subset from the returned nodes that meets the replication requirement',
    })
  })

  test('REST: file, information, several, status, unknown ones', async () => {
    const file = fresh(300_123)
    const { root, txSeq } = await putBytes(file.content, { profile: network.profile, wallet: network.wallet })
    const rest = async (path: string) =>
      (await (await fetch(`${network.indexer.url}${path}`)).json()) as { code: number; data: unknown }
    const download = await fetch(`${network.indexer.url}/file?root=${root}&name=a.bin`)
    expect(download.headers.get('content-disposition')).toBe('attachment; filename="a.bin"')
    expect(Buffer.from(await download.arrayBuffer()).equals(file.content)).toBe(true)
    expect(await rest(`/file/info/${txSeq}`)).toMatchObject({
      code: 0,
      data: { finalized: true, tx: { dataMerkleRoot: root, streamIds: null, size: 300_123 } },
    })
    expect(await rest(`/files/info?cid=${root}&cid=99999`)).toMatchObject({
      code: 0,
      data: [{ finalized: true }, null],
    })
    expect(await rest('/node/status')).toMatchObject({ code: 0, data: { nextTxSeq: expect.any(Number) } })
    expect(await rest('/file')).toMatchObject({ code: 1, data: "Either 'root' or 'txSeq' must be provided" })
    expect(await rest(`/file?root=0x${'56'.repeat(32)}`)).toMatchObject({ code: 101 })
    const half = fresh(300_124)
    await submit(half)
    expect(await rest(`/file?root=${half.tree.root}`)).toMatchObject({ code: 103 })
    for (const index of [0, 1]) {
      const body = JSON.stringify({ ...segmentOf(half, index), txSeq: null, expectedReplica: 1 })
      const answer = await fetch(`${network.indexer.url}/file/segment`, { method: 'POST', body })
      expect(await answer.json()).toMatchObject({ code: 0, data: 'Succeeded to upload segment' })
    }
    expect(await rest(`/file/info/${half.tree.root}`)).toMatchObject({ data: { finalized: true } })
  })

  test('a reverted chain takes its files back; submitted again they are final at once', async () => {
    const options = { profile: network.profile, wallet: network.wallet }
    const { content } = fresh(400_000)
    const snapshot = await network.chain.rpc.request<string>('evm_snapshot')
    const { root, txSeq } = await putBytes(content, options)
    await network.chain.rpc.request('evm_revert', [snapshot])
    await network.chain.rpc.request('evm_mine')
    const other = await putBytes(fresh(10).content, options)
    expect(other.txSeq).toBe(txSeq)
    expect(await network.gateway.request('zgs_getFileInfo', [root, true])).toBeNull()
    const phases: string[] = []
    const again = await putBytes(content, { ...options, onProgress: ({ phase }) => phases.push(phase) })
    expect(again).toMatchObject({ root, txSeq: txSeq + 1, outcome: 'stored' })
    expect(phases).not.toContain('upload')
  })
})
