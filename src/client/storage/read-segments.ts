import { isOgError, ogError } from '../../errors/og-error.ts'
import { fileLayout, segmentRealBytes, segmentWireBytes } from '../../protocol/storage/file-layout.ts'
import { isProofLike } from '../../protocol/storage/node-answers.ts'
import { checkSegment } from '../../protocol/storage/segment-proof.ts'
import { SEGMENT_BYTES } from '../../protocol/storage/units.ts'
import type { Base64Text, SegmentWithProof } from '../../protocol/storage/wire.ts'
import { decodeBase64 } from '../../utils/base64-text.ts'
import type { OnStorageProgress } from './progress.ts'
import { fetchSegmentBytes } from './segment-bytes.ts'
import { describeNode, holdersOf, type StorageNode } from './storage-nodes.ts'
import type { StoredFile } from './stored-file.ts'

/** Segments asked for ahead of the reader: spreads over the shards, and bounds memory to a few MiB. */
const WINDOW = 8

export type ReadOptions = {
  /** first byte wanted, and the byte after the last */
  range?: { start: number; end: number } | undefined
  signal?: AbortSignal | undefined
  onProgress?: OnStorageProgress | undefined
}

/**
 * Yields the bytes of a file in order, each segment proven against the root before it is handed out. Segments come from
 * their shards in parallel; a node that fails or lies is passed over for the next holder.
 * @throws OgError PROOF_INVALID, FILE_INCOMPLETE, NETWORK_UNREACHABLE
 */
export async function* readSegments(file: StoredFile, options: ReadOptions = {}): AsyncGenerator<Uint8Array> {
  const { sizeBytes } = file.submission
  const layout = fileLayout(sizeBytes)
  const { start, end } = options.range ?? { start: 0, end: sizeBytes }
  const stop = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal
  const last = Math.ceil(Math.min(end, sizeBytes) / SEGMENT_BYTES)
  const window: Promise<Uint8Array>[] = []
  let next = Math.floor(start / SEGMENT_BYTES)
  let doneBytes = 0
  try {
    for (let index = next; index < last; index++) {
      while (next < last && window.length < WINDOW) {
        const segment = fetchSegment(file, next++, signal)
        segment.catch(() => undefined)
        window.push(segment)
      }
      const data = await (window.shift() as Promise<Uint8Array>)
      const from = index * SEGMENT_BYTES
      const bytes = data.subarray(Math.max(0, start - from), Math.min(segmentRealBytes(layout, index), end - from))
      doneBytes += bytes.length
      options.onProgress?.({
        phase: 'download',
        label: file.root,
        doneBytes,
        totalBytes: Math.min(end, sizeBytes) - start,
      })
      yield bytes
    }
  } finally {
    stop.abort()
  }
}

/** One proven segment, zero padded to whole chunks, from the first holder that has it right. */
async function fetchSegment(file: StoredFile, index: number, signal: AbortSignal): Promise<Uint8Array> {
  const holders = holdersOf(file.nodes.all, file.submission.startEntryIndex, index)
  let failure: unknown
  for (const holder of holders) {
    signal.throwIfAborted()
    try {
      const data = await provenSegment(file, index, holder, signal)
      if (data) return data
    } catch (error) {
      signal.throwIfAborted()
      // A proof that does not hold says more than a node that is down: it is what gets reported.
      if (!isProofFailure(failure)) failure = error
    }
  }
  if (failure !== undefined) throw failure
  const total = fileLayout(file.submission.sizeBytes).segments
  throw ogError('FILE_INCOMPLETE', { root: file.root, missing: 'some', total })
}

/** Segment `index` as one node serves it, checked; undefined when the node does not have it. @throws OgError PROOF_INVALID */
export async function provenSegment(
  { root, submission }: StoredFile,
  index: number,
  node: StorageNode,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const { sizeBytes: fileSize, txSeq } = submission
  const buffer = new Uint8Array(segmentWireBytes(fileLayout(fileSize), index))
  const claimed = await fetchSegmentBytes(node.url, { txSeq, index }, buffer, signal)
  if (claimed && !checkSegment({ root, index, fileSize, ...claimed })) return claimed.data
  signal?.throwIfAborted()
  // What cannot be had as bytes, or is wrong, is asked for the protocol's own way: its answer says why.
  const params = [txSeq, index]
  const segment = await node.rpc.request<SegmentWithProof<Base64Text> | null>(
    'zgs_downloadSegmentWithProofByTxSeq',
    params,
    {
      signal,
    },
  )
  if (!segment) return undefined
  if (!isProofLike(segment.proof)) {
    throw ogError('PROOF_INVALID', { index, root, url: describeNode(node), reason: 'there is no proof' })
  }
  const data = segment.data instanceof Uint8Array ? decodeBase64(segment.data) : decodeBase64(String(segment.data))
  const fault = checkSegment({ root, data, index, proof: segment.proof, fileSize })
  if (!fault) return data
  throw ogError('PROOF_INVALID', { index, root, url: describeNode(node), reason: fault.message })
}

function isProofFailure(error: unknown): boolean {
  return isOgError(error) && error.code === 'PROOF_INVALID'
}
