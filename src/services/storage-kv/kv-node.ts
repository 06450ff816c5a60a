import type { Logger } from 'pino'
import type { RpcClient } from '../../client/chain/rpc.ts'
import type { SubmissionLog } from '../../client/storage/flow-follower.ts'
import { ogError } from '../../errors/og-error.ts'
import { isHopeless, NO_WRITE_PERMISSION, parseFailure, replay } from '../../protocol/storage/kv/replay.ts'
import { type StreamEntry, StreamState } from '../../protocol/storage/kv/stream-state.ts'
import { decodeStreamTags } from '../../protocol/storage/kv/stream-tags.ts'
import type { FlowSubmission } from '../../protocol/storage/submission.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { StreamFiles } from './stream-files.ts'

/** Larger files are refused unread: replay holds a file in memory. */
const MAX_STREAM_FILE_BYTES = 256 * 1024 ** 2

/**
 * Replays the KV writes of the chain in their order. The state is a function of the chain and the files on it, so nothing but the
 * files is stored, and values are read from them: after a restart, or when the chain went back, it is replayed from the files kept on disk. A file that no storage
 * node has yet holds up those after it, as on the real node (0G storage spec §8.3).
 */
export class KvNode implements SubmissionLog {
  readonly #rpc: RpcClient
  readonly #files: Pick<StreamFiles, 'read'>
  readonly #log: Logger
  readonly #signal: AbortSignal
  #submissions: FlowSubmission[] = []
  #results = new Map<number, string>()
  #state = new StreamState()
  #nextSeq = 0
  #running: Promise<void> | undefined
  #again = false
  #missingSeq: number | undefined

  constructor(options: { rpc: RpcClient; files: Pick<StreamFiles, 'read'>; log: Logger; signal: AbortSignal }) {
    this.#rpc = options.rpc
    this.#files = options.files
    this.#log = options.log
    this.#signal = options.signal
  }

  get state(): StreamState {
    return this.#state
  }

  /** Number of the submission that is replayed next: all before it are done. */
  get nextSeq(): number {
    return this.#nextSeq
  }

  /** Number of the first submission this node knows; null while there is none. */
  get firstSeq(): number | null {
    return this.#submissions[0]?.txSeq ?? null
  }

  /** How a submission ended; undefined when it is no KV write, unknown, or not replayed yet. */
  resultOf(txSeq: number): string | undefined {
    return this.#results.get(txSeq)
  }

  /**
   * Bytes [start, end) of a value, from the file it came in.
   * @throws OgError as reading a file; RPC_ERROR when the chain went back since the entry was found
   */
  async readValue({ version, place }: StreamEntry, start: number, end: number): Promise<Uint8Array> {
    if (start >= end) return new Uint8Array()
    const submission = this.#submissions[version]
    if (!submission) throw ogError('RPC_ERROR', { method: 'kv_getValue', reason: 'the chain went back meanwhile' })
    const bytes = await this.#files.read(submission, this.#signal)
    return bytes.subarray(place.offset + start, place.offset + end)
  }

  append(submission: FlowSubmission): boolean {
    if (submission.txSeq !== this.#submissions.length) return false
    this.#submissions.push(submission)
    return true
  }

  clear(): void {
    this.#submissions = []
    this.#results = new Map()
    this.#state = new StreamState()
    this.#nextSeq = 0
    this.#missingSeq = undefined
  }

  /** Replays what can be replayed now. A call during a run resolves with it, once it has looked again. */
  advance(): Promise<void> {
    this.#again = true
    this.#running ??= this.#run()
    return this.#running
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#signal.aborted) {
        this.#again = false
        while (await this.#replayNext()) this.#missingSeq = undefined
      }
    } finally {
      this.#running = undefined
    }
  }

  /** Replays one submission; false when there is none, or its file cannot be had yet. */
  async #replayNext(): Promise<boolean> {
    const submission = this.#submissions[this.#nextSeq]
    if (!submission) return false
    const streamIds = decodeStreamTags(submission.tags)
    if (streamIds.length > 0) {
      try {
        const result = await this.#resultOf(submission, streamIds)
        if (result === undefined) return true
        this.#results.set(submission.txSeq, result)
        this.#log.info({ txSeq: submission.txSeq, result }, 'stream replayed')
      } catch (error) {
        this.#reportMissing(submission, error)
        return false
      }
    }
    this.#nextSeq += 1
    return true
  }

  /** Carries out a submission; undefined when the chain went back meanwhile and there is something else to do. */
  async #resultOf(submission: FlowSubmission, streamIds: readonly Hex[]): Promise<string | undefined> {
    const { txSeq } = submission
    const isStale = (): boolean => this.#submissions[txSeq] !== submission
    const transaction = { txSeq, streamIds, sender: await this.#senderOf(submission) }
    if (isStale()) return undefined
    if (isHopeless(this.#state, transaction)) return NO_WRITE_PERMISSION
    if (submission.sizeBytes > MAX_STREAM_FILE_BYTES) return parseFailure('Invalid stream data')
    const bytes = await this.#files.read(submission, this.#signal)
    return isStale() ? undefined : replay(this.#state, transaction, bytes)
  }

  /** Who signed the transaction: rights are theirs, whatever submitter the event names. */
  async #senderOf({ transactionHash: hash }: FlowSubmission): Promise<Hex> {
    const signal = this.#signal
    const transaction = await this.#rpc.request<{ from: Hex } | null>('eth_getTransactionByHash', [hash], { signal })
    if (!transaction) {
      throw ogError('RPC_ERROR', { method: 'eth_getTransactionByHash', reason: `there is no transaction ${hash}` })
    }
    return transaction.from.toLowerCase() as Hex
  }

  #reportMissing({ txSeq, root }: FlowSubmission, error: unknown): void {
    if (this.#missingSeq === txSeq || this.#signal.aborted) return
    this.#missingSeq = txSeq
    this.#log.warn({ txSeq, root, error: String(error) }, 'waiting for the data of a stream submission')
  }
}
