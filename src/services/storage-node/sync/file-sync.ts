import type { Logger } from 'pino'
import { isOgError } from '../../../errors/og-error.ts'
import { fileLayout } from '../../../protocol/storage/file-layout.ts'
import { firstSegment, ownsSegment, type ShardConfig } from '../../../protocol/storage/shard.ts'
import type { FlowSubmission } from '../../../protocol/storage/submission.ts'
import { SEGMENT_CHUNKS } from '../../../protocol/storage/units.ts'
import type { Base64Text, FileInfo, SegmentWithProof } from '../../../protocol/storage/wire.ts'
import { mapLimit } from '../../../utils/map-limit.ts'
import type { StorageNode } from '../storage-node.ts'
import type { Peer, Peers } from './peers.ts'

/** What is being done about a file this node does not have whole. */
export type SyncJob = {
  submission: FlowSubmission
  state: 'Idle' | 'FindingPeers' | 'Downloading' | 'Completed' | { Failed: string }
  /** segments wanted [first, end); all of the file's own when it was not said */
  range: { first: number; end: number }
  /** asked for, or lost here: also peers that do not have the file whole are asked */
  isForced: boolean
  isStopped: boolean
  startedAt: number
  nextAt: number
  delayMs: number
  /** segments fetched so far */
  done: number
}

const TICK_MS = 250
const FIRST_DELAY_MS = 1_000
const MAX_DELAY_MS = 30_000
/** A file that a peer just completed is often on its way here too. */
const NEWS_DELAY_MS = 300
const FILES_AT_ONCE = 2
const SEGMENTS_AT_ONCE = 4
const MAX_JOBS_KEPT = 1_000

/**
 * Fetches what this node should store and does not: files that were uploaded to another node, everything after an empty start,
 * and segments that the disk lost. Every segment is proven against the root on the chain before it is stored; a peer that gives
 * another one is dropped and the next is asked.
 */
export class FileSync {
  readonly #node: StorageNode
  readonly #peers: Peers
  readonly #log: Logger
  readonly #signal: AbortSignal
  readonly #jobs = new Map<number, SyncJob>()
  #generation = 0
  #nextTxSeq = 0
  #timer: NodeJS.Timeout | undefined
  #running = false

  constructor(options: { node: StorageNode; peers: Peers; log: Logger; signal: AbortSignal }) {
    this.#node = options.node
    this.#peers = options.peers
    this.#log = options.log
    this.#signal = options.signal
    options.signal.addEventListener('abort', () => clearInterval(this.#timer), { once: true })
  }

  start(): void {
    this.#timer = setInterval(() => void this.#tick(), TICK_MS)
    this.#timer.unref()
  }

  get jobs(): ReadonlyMap<number, SyncJob> {
    return this.#jobs
  }

  /** Fetches a file, or segments [first, end) of it, from whoever has them; again and again until it is here. */
  fetch(submission: FlowSubmission, range?: { first: number; end: number }): void {
    const job = this.#jobFor(submission, range)
    Object.assign(job, { isForced: true, isStopped: false, nextAt: 0, delayMs: FIRST_DELAY_MS })
    if (job.state === 'Completed') job.state = 'Idle'
    void this.#tick()
  }

  /** A peer has a file whole. */
  hear(submission: FlowSubmission): void {
    if (this.#node.isFinalized(submission)) return
    const job = this.#jobFor(submission)
    job.nextAt = Math.min(job.nextAt, Date.now() + NEWS_DELAY_MS)
  }

  /** Tells the peers that store the same segments that a file is complete here. */
  announce({ txSeq }: FlowSubmission): void {
    for (const peer of this.#peers.connected()) {
      if (shareSegments(peer.config, this.#node.shard)) {
        peer.rpc.request('admin_findFile', [txSeq]).catch(() => undefined)
      }
    }
  }

  /** Peers came or came back: whatever waits is tried at once. */
  retryNow(): void {
    for (const job of this.#jobs.values()) Object.assign(job, { nextAt: 0, delayMs: FIRST_DELAY_MS })
    void this.#tick()
  }

  /** Stops fetching a file; true when it was being fetched. */
  stop(txSeq: number): boolean {
    const job = this.#jobs.get(txSeq)
    if (!job || job.isStopped || job.state === 'Completed') return false
    job.isStopped = true
    return true
  }

  #jobFor(submission: FlowSubmission, range?: { first: number; end: number }): SyncJob {
    const known = this.#jobs.get(submission.txSeq)
    const whole = { first: 0, end: fileLayout(submission.sizeBytes).segments }
    if (known?.submission === submission) {
      known.range = range ?? whole
      return known
    }
    const job: SyncJob = {
      submission,
      state: 'Idle',
      range: range ?? whole,
      isForced: false,
      isStopped: false,
      startedAt: Date.now(),
      nextAt: Date.now() + NEWS_DELAY_MS,
      delayMs: FIRST_DELAY_MS,
      done: 0,
    }
    this.#jobs.set(submission.txSeq, job)
    return job
  }

  async #tick(): Promise<void> {
    if (this.#running || this.#signal.aborted) return
    this.#running = true
    try {
      this.#findIncomplete()
      if (this.#peers.connected().length === 0) return
      const now = Date.now()
      const due = [...this.#jobs.values()].filter(
        ({ state, isStopped, nextAt }) => state !== 'Completed' && !isStopped && nextAt <= now,
      )
      await mapLimit(due, FILES_AT_ONCE, (job) => this.#run(job))
    } catch (error) {
      this.#log.error({ error: error instanceof Error ? error.stack : String(error) }, 'synchronisation failed')
    } finally {
      this.#running = false
    }
  }

  /** Submissions since the last look that are not complete here; all of them after the chain was rewound. */
  #findIncomplete(): void {
    const { submissions } = this.#node
    if (submissions.generation !== this.#generation) {
      this.#jobs.clear()
      this.#nextTxSeq = 0
      this.#generation = submissions.generation
    }
    for (; this.#nextTxSeq < submissions.nextTxSeq; this.#nextTxSeq++) {
      const submission = submissions.get(this.#nextTxSeq) as FlowSubmission
      if (!this.#node.isFinalized(submission)) this.#jobFor(submission)
    }
    for (const [txSeq, job] of this.#jobs) {
      if (this.#node.isFinalized(job.submission)) job.state = 'Completed'
      else if (job.state === 'Completed' && job.nextAt <= Date.now()) widen(job)
      if (this.#jobs.size > MAX_JOBS_KEPT && job.state === 'Completed') this.#jobs.delete(txSeq)
    }
  }

  async #run(job: SyncJob): Promise<void> {
    const { submission } = job
    try {
      const missing = this.#missing(job)
      if (missing.length > 0) job.state = 'FindingPeers'
      const sources = missing.length > 0 ? await this.#sources(job) : []
      if (sources.length > 0) {
        job.state = 'Downloading'
        const before = job.done
        await mapLimit(missing, SEGMENTS_AT_ONCE, (index) => this.#fetchSegment(job, index, sources))
        if (job.done > before) {
          this.#log.info({ txSeq: submission.txSeq, segments: job.done - before }, 'segments fetched from peers')
        }
      }
      const isDone = this.#missing(job).length === 0
      job.state = isDone ? 'Completed' : 'Idle'
    } catch (error) {
      this.#log.error({ txSeq: submission.txSeq, error: String(error) }, 'file could not be fetched')
      job.state = { Failed: error instanceof Error ? error.message : String(error) }
    }
    job.nextAt = Date.now() + job.delayMs
    job.delayMs = Math.min(job.delayMs * 2, MAX_DELAY_MS)
  }

  #missing({ submission, range }: SyncJob): number[] {
    return [...this.#node.missing(submission)].filter((index) => index >= range.first && index < range.end)
  }

  /** Peers to ask: those that have the file whole, so that an upload that is going on is left alone; all when it is urgent. */
  async #sources({ submission, isForced }: SyncJob): Promise<Peer[]> {
    const peers = this.#peers.connected().filter(({ config }) => shareSegments(config, this.#node.shard))
    if (isForced) return peers
    const whole = await Promise.all(
      peers.map(async (peer) => {
        const info = await this.#ask<FileInfo>(peer, 'zgs_getFileInfoByTxSeq', [submission.txSeq])
        return info?.finalized === true && info.tx?.dataMerkleRoot === submission.root
      }),
    )
    return peers.filter((_, i) => whole[i])
  }

  async #fetchSegment(job: SyncJob, index: number, sources: readonly Peer[]): Promise<void> {
    const { submission } = job
    const { txSeq } = submission
    const global = firstSegment(submission.startEntryIndex) + index
    // Segments are spread over the narrowest holders, because a wide one may be a gateway to them; the others come after those.
    const able = sources.filter(({ config }) => ownsSegment(config, global))
    const most = Math.max(...able.map(({ config }) => config.numShard))
    const narrow = able.filter(({ config }) => config.numShard === most)
    const start = narrow.length > 0 ? index % narrow.length : 0
    const rest = able.filter(({ config }) => config.numShard !== most)
    for (const peer of [...narrow.slice(start), ...narrow.slice(0, start), ...rest]) {
      const isCurrent = this.#node.submissions.get(txSeq) === submission
      if (job.isStopped || this.#signal.aborted || !isCurrent) return
      if (peer.status !== 'connected') continue
      const segment = await this.#ask<SegmentWithProof<Base64Text>>(peer, 'zgs_downloadSegmentWithProofByTxSeq', [
        txSeq,
        index,
      ])
      if (!segment) continue
      const fault = await this.#node.takeSegment(submission, index, segment)
      if (!fault) {
        job.done += 1
        return
      }
      this.#peers.ban(peer, fault.message)
    }
  }

  /** A peer's answer; undefined for null, an error, and silence. */
  async #ask<T>(peer: Peer, method: string, params: unknown[]): Promise<T | undefined> {
    try {
      return (await peer.rpc.request<T | null>(method, params, { signal: this.#signal })) ?? undefined
    } catch (error) {
      if (!isOgError(error)) throw error
      // An error that it answers with is an answer.
      if (error.code !== 'RPC_ERROR') this.#peers.lose(peer)
      return undefined
    }
  }
}

/** After the range that was asked for, the rest of the file is fetched as that of any other. */
function widen(job: SyncJob): void {
  job.range = { first: 0, end: fileLayout(job.submission.sizeBytes).segments }
  job.state = 'Idle'
  job.isForced = false
}

/** Chunks of a file that lie in segments. */
export function segmentsOfChunks(startChunk: number, endChunk: number): { first: number; end: number } {
  return { first: Math.floor(startChunk / SEGMENT_CHUNKS), end: Math.ceil(endChunk / SEGMENT_CHUNKS) }
}

/** True when two nodes have segments in common. */
function shareSegments(a: ShardConfig, b: ShardConfig): boolean {
  const common = Math.min(a.numShard, b.numShard)
  return a.shardId % common === b.shardId % common
}
