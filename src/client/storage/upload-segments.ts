import { isOgError, ogError } from '../../errors/og-error.ts'
import { segmentRealBytes, toWireSegment } from '../../protocol/storage/file-layout.ts'
import type { FileTree } from '../../protocol/storage/file-tree.ts'
import { ALREADY_FINALIZED } from '../../protocol/storage/rpc-faults.ts'
import { ownSegments } from '../../protocol/storage/shard.ts'
import type { Base64Text, FileInfo, SegmentWithProof } from '../../protocol/storage/wire.ts'
import { encodeBase64 } from '../../utils/base64-text.ts'
import { postJson } from '../../utils/post-json.ts'
import { createRpc } from '../chain/rpc.ts'
import { askFileInfo } from './ask-node.ts'
import type { OnStorageProgress } from './progress.ts'
import type { SegmentSource } from './segment-source.ts'
import { describeNode, type StorageNode } from './storage-nodes.ts'

/** 1 MiB of data to a request, three requests in flight to each node: enough to keep it busy, bounded in memory. */
const SEGMENTS_PER_REQUEST = 4
const REQUESTS_PER_NODE = 3
const PAUSE_MS = 50
const BUSY_PAUSE_MS = 500
const SYNC_TIMEOUT_MS = 30_000
/** What was paid for is not given up as quickly as a read: no other node will do. */
const RETRY_FOR_MS = 10_000

type Upload = {
  source: SegmentSource
  tree: FileTree
  txSeq: number
  startEntryIndex: number
  shards: readonly StorageNode[]
  signal?: AbortSignal | undefined
  onProgress?: OnStorageProgress | undefined
}

/**
 * Sends the segments of a submitted file to the nodes of their shards, each with its proof, all nodes at once. What a node
 * already holds is not sent again. Returns the bytes sent, once every node says that its part is complete.
 * @throws OgError STORAGE_REFUSED, NETWORK_UNREACHABLE, TIMEOUT
 */
export async function uploadSegments(upload: Upload): Promise<number> {
  const { source, tree, onProgress } = upload
  const patient = { retryForMs: RETRY_FOR_MS, transport: postJson }
  // A node without a part in the file is complete as soon as it sees the transaction: nobody need ask it.
  const concerned = upload.shards.filter(
    ({ config }) => ownSegments(config, upload.startEntryIndex, tree.layout.sizeBytes).next().done !== true,
  )
  const shards = concerned.map((shard) => ({ ...shard, rpc: createRpc(shard.url, patient) }))
  const totalBytes = source.sizeBytes
  const infos = await Promise.all(shards.map((shard) => waitUntilKnown(shard, upload)))
  const work = shards.map((shard, i) => ({ shard, indexes: missingOf(shard, infos[i] as FileInfo, upload) }))
  const toSend = work
    .flatMap(({ indexes }) => indexes)
    .reduce((sum, index) => sum + segmentRealBytes(tree.layout, index), 0)
  let doneBytes = totalBytes - toSend
  if (doneBytes > 0 && toSend > 0)
    onProgress?.({ phase: 'resume', label: source.label, skippedBytes: doneBytes, totalBytes })
  // The first failure stops the rest: what was sent stays, and the next put goes on from there.
  const stop = new AbortController()
  const signal = upload.signal ? AbortSignal.any([upload.signal, stop.signal]) : stop.signal
  const workers = work.flatMap(({ shard, indexes }) => {
    const queue = inGroups(indexes)
    return Array.from({ length: REQUESTS_PER_NODE }, async () => {
      for (let group = queue.shift(); group; group = queue.shift()) {
        await sendGroup(shard, group, { ...upload, signal })
        doneBytes += group.reduce((sum, index) => sum + segmentRealBytes(tree.layout, index), 0)
        onProgress?.({ phase: 'upload', label: source.label, doneBytes, totalBytes })
      }
    })
  })
  try {
    await Promise.all(workers)
  } catch (error) {
    stop.abort(error)
    await Promise.allSettled(workers)
    throw error
  }
  if (toSend > 0) await Promise.all(shards.map((shard) => waitUntilFinalized(shard, upload)))
  return toSend
}

/** What a node says of the transaction, once it has seen it. */
async function waitUntilKnown(shard: StorageNode, { txSeq, tree, signal }: Upload): Promise<FileInfo> {
  return await poll(`${describeNode(shard)} seeing transaction ${txSeq}`, signal, async () => {
    const info = await askFileInfo(shard.rpc, txSeq, signal)
    // Another file under the number: the node has not noticed yet that the chain was rewound.
    return info?.tx.dataMerkleRoot === tree.root ? info : undefined
  })
}

async function waitUntilFinalized(shard: StorageNode, { txSeq, signal }: Upload): Promise<void> {
  await poll(`${describeNode(shard)} finalizing transaction ${txSeq}`, signal, async () => {
    const info = await askFileInfo(shard.rpc, txSeq, signal)
    return info?.finalized ? info : undefined
  })
}

async function poll<T>(what: string, signal: AbortSignal | undefined, ask: () => Promise<T | undefined>): Promise<T> {
  const giveUpAt = Date.now() + SYNC_TIMEOUT_MS
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() >= giveUpAt) throw ogError('TIMEOUT', { what, timeoutMs: SYNC_TIMEOUT_MS })
    await pause(PAUSE_MS, signal)
  }
}

/** Own segments of a node from its first gap on; later ones it may hold are sent again, and it forgives that. */
function missingOf(shard: StorageNode, info: FileInfo, { tree, startEntryIndex }: Upload): number[] {
  if (info.finalized) return []
  const own = [...ownSegments(shard.config, startEntryIndex, tree.layout.sizeBytes)]
  return own.filter((index) => index >= info.uploadedSegNum)
}

function inGroups(indexes: readonly number[]): number[][] {
  const groups: number[][] = []
  for (let at = 0; at < indexes.length; at += SEGMENTS_PER_REQUEST)
    groups.push(indexes.slice(at, at + SEGMENTS_PER_REQUEST))
  return groups
}

async function sendGroup(shard: StorageNode, group: readonly number[], upload: Upload): Promise<void> {
  const { source, tree, txSeq, signal } = upload
  const segments: SegmentWithProof<Base64Text>[] = []
  for (const index of group) {
    signal?.throwIfAborted()
    const data = encodeBase64(toWireSegment(await source.read(index)))
    segments.push({ root: tree.root, data, index, proof: tree.proof(index), fileSize: source.sizeBytes })
  }
  for (;;) {
    try {
      await shard.rpc.request('zgs_uploadSegmentsByTxSeq', [segments, txSeq], { signal })
      return
    } catch (error) {
      const reason = refusal(error)
      if (reason === undefined) throw error
      if (reason === ALREADY_FINALIZED.data) return
      if (!reason.includes('too many data writing')) {
        throw ogError('STORAGE_REFUSED', { url: shard.url, index: group[0] ?? 0, reason }, { cause: error })
      }
      await pause(BUSY_PAUSE_MS, signal)
    }
  }
}

/** The node's own words when it answered with an error; undefined for everything else. */
function refusal(error: unknown): string | undefined {
  if (!isOgError(error) || (error.code !== 'RPC_ERROR' && error.code !== 'RPC_REVERTED')) return undefined
  const data = error.details?.['data']
  return typeof data === 'string' ? data : error.message
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve) => setTimeout(resolve, ms))
  signal?.throwIfAborted()
}
