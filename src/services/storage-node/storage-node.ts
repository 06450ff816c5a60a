import type { FlowFollower } from '../../client/storage/flow-follower.ts'
import { fileLayout, segmentWireBytes } from '../../protocol/storage/file-layout.ts'
import {
  ALREADY_FINALIZED,
  chunkRangeFault,
  DUPLICATE_SEGMENT,
  internalError,
  invalidParams,
  segmentFault,
  serverError,
} from '../../protocol/storage/rpc-faults.ts'
import { parseSegment } from '../../protocol/storage/rpc-params.ts'
import { checkSegment, type SegmentFault } from '../../protocol/storage/segment-proof.ts'
import {
  firstOwnSegment,
  firstSegment,
  ownSegments,
  ownsSegment,
  type ShardConfig,
} from '../../protocol/storage/shard.ts'
import type { FlowSubmission } from '../../protocol/storage/submission.ts'
import { CHUNK_BYTES, type Hex, SEGMENT_CHUNKS } from '../../protocol/storage/units.ts'
import type { Base64Text, FileInfo, SegmentWithProof } from '../../protocol/storage/wire.ts'
import { RpcFault } from '../../runtime/child/json-rpc-http.ts'
import { decodeBase64 } from '../../utils/base64-text.ts'
import type { FlowLog } from './flow-log.ts'
import type { StoredSegment } from './segment-record.ts'
import type { SegmentStore } from './segment-store.ts'

/** Files larger than this wait for their transaction (0G storage spec §4.2). */
const MAX_UNKNOWN_FILE_BYTES = 10 * 1024 ** 2
/** Data of files whose transaction is not known, over all files (§4.3: 4 Mi chunks). */
const MAX_UNKNOWN_CHUNKS = 4 * 1024 ** 2
/** How long such data waits for its transaction after its last segment (§4.3). */
const UNKNOWN_LIFE_MS = 300_000

/**
 * What a storage node knows and does, apart from how it is asked: submissions from the chain, segments on disk, and the
 * rules that tie them together (0G storage spec §4.3). Everything it says of a file is computed from those two.
 */
export class StorageNode {
  readonly shard: ShardConfig
  readonly submissions: FlowLog
  readonly #store: SegmentStore
  readonly #follower: FlowFollower
  /** how many other nodes answer this one */
  readonly connectedPeers: () => number
  readonly #now: () => number
  /** files whose transaction is not known: how much of them is stored, and since when nothing came */
  readonly #unknown = new Map<Hex, { chunks: number; at: number }>()
  /** first segment of a submission not known to be stored, so that looking for a gap starts there */
  #frontier = new WeakMap<FlowSubmission, number>()
  #onComplete: (submission: FlowSubmission) => void = () => undefined

  constructor(parts: {
    shard: ShardConfig
    submissions: FlowLog
    store: SegmentStore
    follower: FlowFollower
    connectedPeers?: () => number
    /** milliseconds since 1970; the clock by default */
    now?: () => number
  }) {
    this.shard = parts.shard
    this.submissions = parts.submissions
    this.#store = parts.store
    this.#follower = parts.follower
    this.connectedPeers = parts.connectedPeers ?? (() => 0)
    this.#now = parts.now ?? Date.now
  }

  /** Who is told when an upload made a file complete. */
  set onComplete(listener: (submission: FlowSubmission) => void) {
    this.#onComplete = listener
  }

  /** Looks at a file again from its beginning: a segment of it was lost. */
  recheck(root: Hex): void {
    for (const submission of this.submissions.ofRoot(root)) this.#frontier.delete(submission)
  }

  get head(): { number: number; hash: Hex } {
    return this.#follower.head
  }

  /** Catches up with the chain, so that what is said of a file next is true of the chain as it is now. */
  async refresh(): Promise<void> {
    await this.#follower.trySync()
  }

  /** The submission with a number, after a look at the chain when it is new. */
  async bySeq(txSeq: number): Promise<FlowSubmission | undefined> {
    if (!this.submissions.get(txSeq)) await this.#follower.trySync()
    return this.submissions.get(txSeq)
  }

  /** The submission that stands for a root: the first finalized one, else the first. */
  async byRoot(root: Hex): Promise<FlowSubmission | undefined> {
    if (this.submissions.ofRoot(root).length === 0) await this.#follower.trySync()
    const all = this.submissions.ofRoot(root)
    return all.find((submission) => this.isFinalized(submission)) ?? all[0]
  }

  /** True when every segment of this node's shard is stored; at once for a file of which the shard owns none. */
  isFinalized(submission: FlowSubmission): boolean {
    return this.#firstMissing(submission) === undefined
  }

  info(submission: FlowSubmission): FileInfo {
    const missing = this.#firstMissing(submission)
    const hasAny = missing !== undefined && this.#hasAnySegment(submission)
    return {
      tx: {
        streamIds: [],
        data: [],
        dataMerkleRoot: submission.root,
        merkleNodes: submission.nodes.map(({ root, height }) => [height + 1, root]),
        startEntryIndex: submission.startEntryIndex,
        size: submission.sizeBytes,
        seq: submission.txSeq,
      },
      finalized: missing === undefined,
      isCached: false,
      uploadedSegNum: missing === undefined ? fileLayout(submission.sizeBytes).segments : hasAny ? missing : 0,
      pruned: false,
    }
  }

  /**
   * Checks and stores one segment; returns when it is on disk. `submission` undefined: kept until its transaction comes.
   * @throws RpcFault with the answer of §4.2
   */
  async putSegment(segment: SegmentWithProof<Base64Text>, submission: FlowSubmission | undefined): Promise<void> {
    const stored = this.#checked(segment, submission)
    if (!submission) {
      if (this.#store.isKnown(stored.root, stored.index)) return await this.#store.arrived(stored.root, stored.index)
      this.#countUnknown(stored)
      return await this.#store.put([stored])
    }
    if (!ownsSegment(this.shard, firstSegment(submission.startEntryIndex) + stored.index)) return
    if (this.#store.isKnown(stored.root, stored.index)) {
      // To clients a duplicate is a success, so it is only called one when it is on the disk.
      await this.#store.arrived(stored.root, stored.index)
      throw new RpcFault(DUPLICATE_SEGMENT)
    }
    await this.#store.put([stored])
    if (this.isFinalized(submission)) this.#onComplete(submission)
  }

  /**
   * Stores a segment that another node gave, once it is proven to be of the submission. Returns why it is refused: a reason
   * not to believe that node.
   */
  async takeSegment(submission: FlowSubmission, index: number, given: unknown): Promise<SegmentFault | undefined> {
    const { root, sizeBytes } = submission
    const parsed = parseSegment(given)
    if ('problem' in parsed) return { message: parsed.problem }
    const { data, proof } = parsed.value
    const segment = { root, index, fileSize: sizeBytes, proof, data: decodeBase64(data) }
    const fault = checkSegment(segment)
    if (fault) return fault
    if (!this.#store.isKnown(root, index)) await this.#store.put([segment])
    return undefined
  }

  /** Own segments of a file that are not stored, ascending. */
  *missing(submission: FlowSubmission): Generator<number> {
    const first = this.#firstMissing(submission)
    if (first === undefined) return
    for (const index of ownSegments(this.shard, submission.startEntryIndex, submission.sizeBytes)) {
      if (index >= first && !this.#store.has(submission.root, index)) yield index
    }
  }

  /**
   * The submission segments claim to belong to. One of another root is looked up again, because the chain may have been
   * rewound since; undefined when there is none (yet).
   * @throws RpcFault when it is of another root
   */
  async bySeqFor(
    segments: readonly SegmentWithProof<Base64Text>[],
    txSeq: number,
  ): Promise<FlowSubmission | undefined> {
    const isOther = (submission: FlowSubmission | undefined): boolean =>
      submission !== undefined && segments.some(({ root }) => root !== submission.root)
    if (isOther(await this.bySeq(txSeq))) await this.refresh()
    const submission = this.submissions.get(txSeq)
    if (isOther(submission)) throw new RpcFault(internalError('data root and tx seq not match'))
    return submission
  }

  /** Chunks [start, end) of a file, zero padded to whole chunks; undefined while some are missing. */
  async readChunks(submission: FlowSubmission, start: number, end: number): Promise<Uint8Array | undefined> {
    const fault = chunkRangeFault(submission.sizeBytes, start, end)
    if (fault) throw new RpcFault(fault)
    const parts: Uint8Array[] = []
    for (let chunk = start; chunk < end; ) {
      const index = Math.floor(chunk / SEGMENT_CHUNKS)
      const inSegment = chunk - index * SEGMENT_CHUNKS
      const count = Math.min(end - chunk, SEGMENT_CHUNKS - inSegment)
      const segment = await this.#store.read(submission.root, index)
      if (!segment) return undefined
      const data = fitted(segment.data, submission, index)
      parts.push(data.subarray(inSegment * CHUNK_BYTES, (inSegment + count) * CHUNK_BYTES))
      chunk += count
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts)
  }

  /** A stored segment with the proof it came with. */
  async readSegment(submission: FlowSubmission, index: number): Promise<StoredSegment | undefined> {
    if (index >= fileLayout(submission.sizeBytes).segments)
      throw new RpcFault(invalidParams('index', 'index out of bound'))
    const segment = await this.#store.read(submission.root, index)
    return segment && { ...segment, fileSize: submission.sizeBytes, data: fitted(segment.data, submission, index) }
  }

  #checked(segment: SegmentWithProof<Base64Text>, submission: FlowSubmission | undefined): StoredSegment {
    if (submission && segment.fileSize !== submission.sizeBytes) {
      throw new RpcFault(invalidParams('file_size', 'segment file size not matched with tx file size'))
    }
    if (submission && this.isFinalized(submission)) throw new RpcFault(ALREADY_FINALIZED)
    if (!submission && segment.fileSize > MAX_UNKNOWN_FILE_BYTES) {
      const reason = 'caching of large file when tx is unavailable is not supported'
      throw new RpcFault(invalidParams('file_size', reason))
    }
    const data = decodeBase64(segment.data)
    const fault = checkSegment({ ...segment, data })
    if (fault) throw new RpcFault(segmentFault(fault))
    return { root: segment.root, index: segment.index, fileSize: segment.fileSize, proof: segment.proof, data }
  }

  #countUnknown(segment: StoredSegment): void {
    const now = this.#now()
    for (const [root, { at }] of this.#unknown) {
      const isKnown = this.submissions.wasSubmitted(root)
      if (!isKnown && now - at <= UNKNOWN_LIFE_MS) continue
      this.#unknown.delete(root)
      if (!isKnown) this.#store.drop(root)
    }
    const chunks = segment.data.length / CHUNK_BYTES
    const total = [...this.#unknown.values()].reduce((sum, file) => sum + file.chunks, chunks)
    if (total > MAX_UNKNOWN_CHUNKS) {
      throw new RpcFault(serverError(`exceeds the maximum cached chunks of whole pool: ${MAX_UNKNOWN_CHUNKS}`))
    }
    this.#unknown.set(segment.root, { chunks: (this.#unknown.get(segment.root)?.chunks ?? 0) + chunks, at: now })
  }

  #firstMissing(submission: FlowSubmission): number | undefined {
    const { root, startEntryIndex, sizeBytes } = submission
    const first = firstSegment(startEntryIndex)
    const { segments } = fileLayout(sizeBytes)
    let index = this.#frontier.get(submission) ?? 0
    for (let global = firstOwnSegment(this.shard, first + index); ; global += this.shard.numShard) {
      index = global - first
      if (index >= segments || !this.#store.has(root, index)) break
    }
    this.#frontier.set(submission, index)
    return index < segments ? index : undefined
  }

  #hasAnySegment(submission: FlowSubmission): boolean {
    for (const index of ownSegments(this.shard, submission.startEntryIndex, submission.sizeBytes)) {
      if (this.#store.has(submission.root, index)) return true
    }
    return false
  }
}

/**
 * Files that differ only in zero bytes at their end can share a root, and so their data here. What is served has the length
 * of the submission asked for: the difference is chunks of zeros, proven by the same root.
 */
function fitted(data: Uint8Array, submission: FlowSubmission, index: number): Uint8Array {
  const wanted = segmentWireBytes(fileLayout(submission.sizeBytes), index)
  if (data.length >= wanted) return data.subarray(0, wanted)
  const longer = new Uint8Array(wanted)
  longer.set(data)
  return longer
}
