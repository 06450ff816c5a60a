import { closeSync, openSync, writeSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { fileLayout, segmentRealBytes, segmentWireBytes } from '../../protocol/storage/file-layout.ts'
import { checkSegment } from '../../protocol/storage/segment-proof.ts'
import { firstSegment, ownsSegment, type ShardConfig } from '../../protocol/storage/shard.ts'
import { type Hex, SEGMENT_BYTES } from '../../protocol/storage/units.ts'
import type { Base64Text, SegmentWithProof } from '../../protocol/storage/wire.ts'
import { decodeBase64 } from '../../utils/base64-text.ts'
import { mapLimit } from '../../utils/map-limit.ts'
import { postJson } from '../../utils/post-json.ts'
import { fetchSegmentBytes } from './segment-bytes.ts'

/** One file to fetch: what the chain says of it, who holds it (narrow shards first), and the partial file it goes into. */
export type FetchTask = {
  root: Hex
  sizeBytes: number
  txSeq: number
  startEntryIndex: number
  nodes: { url: string; config: ShardConfig }[]
  path: string
}

/** Segments to fetch, and those of them that were; the rest is for who asked to try and explain. */
export type FetchJob = { indexes: number[] }
export type FetchReply = { done: number[] }

const AT_ONCE = 4
const TIMEOUT_MS = 30_000
const MARK = Uint8Array.of(1)

const task = workerData as FetchTask
const layout = fileLayout(task.sizeBytes)
const file = openSync(task.path, 'r+')

/** Memory for segments that are being fetched, used again and again. */
const buffers: Uint8Array[] = []
/** Nodes that failed or lied once: asked only when no other is left. */
const doubtful = new Set<string>()

async function fetchSegment(index: number): Promise<boolean> {
  const buffer = buffers.pop() ?? new Uint8Array(SEGMENT_BYTES)
  try {
    for (const url of holdersOf(index)) {
      const data = await proven(url, index, buffer).catch(() => undefined)
      if (!data) {
        doubtful.add(url)
        continue
      }
      keep(index, data)
      return true
    }
    return false
  } finally {
    buffers.push(buffer)
  }
}

/** Writes a proven segment and marks it. */
function keep(index: number, data: Uint8Array): void {
  const bytes = data.subarray(0, segmentRealBytes(layout, index))
  for (let done = 0; done < bytes.length; ) {
    done += writeSync(file, bytes, done, bytes.length - done, index * SEGMENT_BYTES + done)
  }
  writeSync(file, MARK, 0, 1, task.sizeBytes + index)
}

/** Nodes that should have a segment: narrow shards first, among equals another one each time, doubtful ones last. */
function holdersOf(index: number): string[] {
  const global = firstSegment(task.startEntryIndex) + index
  const holders = task.nodes.filter(({ config }) => ownsSegment(config, global))
  const narrowest = holders.filter(({ config }) => config.numShard === holders[0]?.config.numShard)
  const turn = Math.floor(global / (holders[0]?.config.numShard ?? 1)) % Math.max(1, narrowest.length)
  const urls = [...narrowest.slice(turn), ...narrowest.slice(0, turn), ...holders.slice(narrowest.length)].map(
    ({ url }) => url,
  )
  return [...urls.filter((url) => !doubtful.has(url)), ...urls.filter((url) => doubtful.has(url))]
}

/** Segment `index` from one node, checked against the root; undefined when it has none or another. */
async function proven(url: string, index: number, buffer: Uint8Array): Promise<Uint8Array | undefined> {
  const { root, txSeq, sizeBytes: fileSize } = task
  const wanted = buffer.subarray(0, segmentWireBytes(layout, index))
  const claimed = await fetchSegmentBytes(url, { txSeq, index }, wanted)
  if (claimed) return checkSegment({ root, index, fileSize, ...claimed }) ? undefined : claimed.data
  const params = [txSeq, index]
  const message = { jsonrpc: '2.0', id: 1, method: 'zgs_downloadSegmentWithProofByTxSeq', params }
  const { reply } = await postJson({ url, message, headers: {}, signal: AbortSignal.timeout(TIMEOUT_MS) })
  const segment = (reply as { result?: SegmentWithProof<Base64Text> | null } | undefined)?.result
  if (!segment) return undefined
  const data = segment.data instanceof Uint8Array ? decodeBase64(segment.data) : decodeBase64(String(segment.data))
  return checkSegment({ root, data, index, proof: segment.proof, fileSize }) ? undefined : data
}

parentPort?.on('message', ({ indexes }: FetchJob) => {
  void mapLimit(indexes, AT_ONCE, (index) => fetchSegment(index).catch(() => false)).then((results) => {
    parentPort?.postMessage({ done: indexes.filter((_, i) => results[i]) } satisfies FetchReply)
  })
})
parentPort?.on('close', () => closeSync(file))
