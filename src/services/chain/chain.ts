import type { Hex } from '../../client/chain/rpc.ts'
import { isOgError, ogError } from '../../errors/og-error.ts'
import type { ChainOptions } from './chain-options.ts'
import { ChainState, CONFIGURE_MINING, type MiningInterval, type Position } from './chain-state.ts'
import type { ChainRequest, HeadChange, Turn } from './chain-turn.ts'
import { MINING_MODE, MOVES_HEAD, MUTATING, ROLL_BACK } from './changing-methods.ts'
import { readCheckpoint } from './history/checkpoint.ts'
import { History, requestsOf } from './history/history.ts'
import { HistoryReads } from './history/history-reads.ts'
import { SegmentPace } from './history/segment-pace.ts'
import type { WorldState } from './history/world-state.ts'
import { type Journal, type PlacedRecord, replaceJournal } from './journal.ts'
import type { JournalHeader, JournalRequest, JournalRotation } from './journal-record.ts'
import { ReadGate } from './read-gate.ts'
import { errorBody, ogErrorBody, parseResult, type ReplyBody, RPC_CODES, resultBody } from './rpc-reply.ts'
import { leaveToShare } from './shared-sync.ts'

/**
 * The chain: requests that change it go through one queue into the journal and then to its state. It orders, keeps and replays; what a
 * request does is ChainState's business, and it knows nothing of sockets.
 */

/** Requests between two records of the chain's head. */
const CHECKPOINT_EVERY = 512
/** A timer of Node.js that is to wait longer does not wait at all. */
const MAX_DELAY_MS = 2 ** 31 - 1

/**
 * Opens the chain for requests: an engine at the last checkpoint, and what the journal holds since.
 * @throws OgError STATE_CORRUPT, STATE_DAMAGED
 */
export async function openChain(options: ChainOptions): Promise<Chain> {
  const { records, journal, header } = options.opened
  const [first] = records
  const history = openHistory(options, journal, header)
  const checkpoint =
    first?.record.kind === 'rotation'
      ? readCheckpoint(options.dataDir, first.record.checkpoint, journal.salt)
      : undefined
  const chain = new Chain(options, await history.begin(checkpoint), history)
  await chain.replay(checkpoint ? records.slice(1) : records)
  await chain.configureMining(options.blockTimeMs)
  return chain
}

function openHistory(options: ChainOptions, journal: Journal, header: JournalHeader): History {
  const { dataDir, createEngine, genesisWorld } = options
  return new History({ dataDir, createEngine, genesisWorld }, journal, header)
}

export class Chain {
  #state: ChainState
  #journal: Journal
  #header: JournalHeader
  readonly #options: ChainOptions
  readonly #wallClock: () => number
  #timer: NodeJS.Timeout | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #sinceCheckpoint = 0
  #version = 0
  #isClosed = false
  readonly #gate = new ReadGate()
  readonly #listeners = new Set<(change: HeadChange) => void>()
  #height = 0
  readonly #headChanges: HeadChange[] = []
  #history: History
  #reads: HistoryReads
  readonly #pace: SegmentPace
  #isRotationQueued = false

  constructor(options: ChainOptions, state: ChainState, history: History) {
    this.#options = options
    this.#state = state
    this.#history = history
    this.#reads = new HistoryReads(history, state)
    this.#pace = new SegmentPace(options.segmentRequests)
    this.#journal = options.opened.journal
    this.#header = options.opened.header
    this.#wallClock = options.wallClock ?? (() => Math.floor(Date.now() / 1000))
  }

  /** Whether a method changes the chain (after aliases were resolved). */
  static isMutating(method: string): boolean {
    return MUTATING.has(method)
  }

  /** Raw transactions that wait for an earlier nonce of their sender, in order of arrival. */
  get queued(): readonly string[] {
    return this.#state.queued
  }

  /** Milliseconds between blocks that the clock mines, or between which two; 0 for none. */
  get interval(): MiningInterval {
    return this.#state.interval
  }

  /** Seconds from each block's time to the next one's, where that is fixed. */
  get timestampInterval(): number | undefined {
    return this.#state.timestampInterval
  }

  /** Rises before and after every change: what was read at an even version, and ended at it, is what the chain says until the next. */
  get version(): number {
    return this.#version
  }

  /** What the chain was made with. */
  get header(): JournalHeader {
    return this.#header
  }

  /** Answers a read. It waits while a turn has the chain for itself, so it must not be called from inside one: `turn.read` is for that. */
  read(method: string, params: readonly unknown[]): Promise<ReplyBody> {
    return this.#gate.read(() => this.#readNow(method, params))
  }

  /** A read whose complete request `text` (with jsonrpc, id, method, params) exists already: the engine gets it as it came. */
  readText(text: string, method: string, params: readonly unknown[]): Promise<ReplyBody> {
    return this.#gate.read(() =>
      this.#reads.concerns(method) ? this.#reads.read(method, params) : this.#state.engine.handle(text),
    )
  }

  /** The latest block. */
  async head(): Promise<{ number: Hex; hash: Hex; timestamp: Hex }> {
    const head = parseResult<{ number: Hex; hash: Hex; timestamp: Hex }>(
      await this.read('eth_getBlockByNumber', ['latest', false]),
    )
    if (!head) throw ogError('BUG', { reason: 'the chain has no latest block' })
    return head
  }

  #readNow(method: string, params: readonly unknown[]): Promise<ReplyBody> {
    return this.#reads.concerns(method) ? this.#reads.read(method, params) : this.#state.read(method, params)
  }

  /**
   * Calls `listener` after every change of the head, once it is durable and before the request that caused it is answered. Subscriptions
   * and filters hang on this and read what is new by number. The cost of watching is paid only while somebody listens.
   * @returns stops it
   */
  onBlocks(listener: (change: HeadChange) => void): () => void {
    if (this.#listeners.size === 0) {
      void this.#inTurn(async () => {
        this.#height = Number((await this.#state.head()).number)
      })
    }
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /**
   * Applies a change: into the journal, into the engine, and when it is on the disk the reply. A change the disk does not take is
   * refused before the engine sees it.
   */
  async mutate(method: string, params: readonly unknown[]): Promise<ReplyBody> {
    const replies = await this.#change([{ method, params }])
    return replies[0] ?? errorBody(RPC_CODES.internal, 'no reply')
  }

  /**
   * Applies several changes as one: in order, nothing in between, nobody reads what lies between, and after a crash all of them are there or
   * none. Each has its reply; one that is refused does not stop those after it.
   */
  async mutateAll(requests: readonly ChainRequest[]): Promise<ReplyBody[]> {
    if (requests.length === 0) return []
    return await this.#change(requests)
  }

  /**
   * Gives `work` the chain for itself: composed reads and changes that must fit together. Others wait, so keep it short, and use only
   * `turn` inside. Changes reach the journal when `work` ends, even when it throws: the engine has them.
   * @throws what `work` throws; OgError DISK_FULL (the process then ends, because the engine is ahead of the disk)
   */
  async exclusively<T>(work: (turn: Turn) => Promise<T>): Promise<T> {
    try {
      return await this.#inTurn(() => this.#gate.alone(() => this.#runTurn(work)))
    } finally {
      await this.#settle()
    }
  }

  /**
   * Starts over: a fresh chain in a new journal takes this one's place, durably; a crash leaves the one or the other. `changes` are fields of
   * the header in which the new chain differs (what its engine is made from).
   */
  async reset(changes: Partial<JournalHeader> = {}): Promise<void> {
    await this.#inTurn(() =>
      this.#gate.alone(async () => {
        if (this.#isClosed) throw ogError('BUG', { reason: 'the chain is closed' })
        const header = { ...this.#header, genesisTime: this.#wallClock(), ...changes }
        await this.#durable() // a sync under way would meet a closed file
        const engine = await this.#options.createEngine(header)
        const { configuredBlockTimeMs } = this.#state
        const opened = replaceJournal(this.#options.dataDir, header)
        this.#journal.close()
        const before = this.#state.engine
        this.#history.clear()
        this.#journal = opened.journal
        this.#header = header
        this.#history = openHistory(this.#options, opened.journal, header)
        this.#goOnWith(ChainState.atGenesis(engine, header.genesisTime))
        this.#version += 2
        this.#height = -1
        this.#sinceCheckpoint = 0
        await before.close?.()
        const request: JournalRequest = {
          kind: 'request',
          wallSeconds: this.#wallClock(),
          method: CONFIGURE_MINING,
          params: [configuredBlockTimeMs],
        }
        const { endOffset } = this.#journal
        this.#journal.append(request)
        await this.#state.apply(request, { offset: endOffset, index: 1 })
        this.#armTimer()
      }),
    )
    await this.#settleNow()
  }

  /** All accounts of the latest block; undefined on a fork, whose accounts nobody can list. */
  world(): Promise<WorldState | undefined> {
    return this.#inTurn(() => this.#gate.alone(() => this.#history.world(this.#state)))
  }

  /** Sets automine and interval to what the configuration says, if that is not what it said the last time. */
  async configureMining(blockTimeMs: number | null): Promise<void> {
    if (blockTimeMs === this.#state.configuredBlockTimeMs) return this.#armTimer()
    await this.mutate(CONFIGURE_MINING, [blockTimeMs])
  }

  /** Stops mining, waits for what is in hand and closes the journal. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    clearTimeout(this.#timer)
    await this.#inTurn(async () => {
      if (this.#sinceCheckpoint > 0) await this.#checkpoint()
      await this.#journal.durable()
    }).catch(() => undefined)
    this.#history.close()
    this.#journal.close()
    await this.#state.engine.close?.()
  }

  /** Applies what the journal holds, checking the heads it recorded on the way. */
  async replay(records: readonly PlacedRecord[]): Promise<void> {
    const { path } = this.#journal
    for (const { offset, record } of records) {
      const requests = requestsOf(record)
      this.#pace.count(requests.length)
      for (const [index, request] of requests.entries()) await this.#applyAt(request, { offset, index: index + 1 })
      if (record.kind === 'header') throw ogError('STATE_CORRUPT', { path, offset, reason: 'a second header' })
      if (record.kind === 'rotation') await this.#rotate(offset, record)
      if (record.kind !== 'checkpoint') continue
      const head = await this.#state.head()
      if (head.hash === record.blockHash && BigInt(head.number) === record.blockNumber) continue
      const reason = `block ${record.blockNumber} was ${record.blockHash}, but replaying gives ${head.hash}`
      throw ogError('STATE_CORRUPT', { path, offset, reason })
    }
    if (records.length > 0) await this.#state.catchUpEngineClock()
    this.#height = Number((await this.#state.head()).number)
  }

  /** A change at its place in the journal, live or replayed. A snapshot of an engine that is gone brings that engine back. */
  async #applyAt(request: JournalRequest, next: Position): Promise<ReplyBody> {
    const { method, params } = request
    const snapshot = method === 'evm_revert' ? this.#state.olderSnapshot(params[0]) : undefined
    if (snapshot) {
      this.#goOnWith(await this.#history.revertTo(this.#state, snapshot, params[0], next))
      return resultBody(true)
    }
    if (method === ROLL_BACK) return await this.#rollBack(Number(params[0]), next)
    const body = await this.#state.apply(request, next)
    if (method === 'evm_revert') {
      this.#pace.wentBack()
      await this.#wentBack()
    }
    return body
  }

  async #rollBack(target: number, next: Position): Promise<ReplyBody> {
    const restored = await this.#history.rollBack(this.#state, target, next)
    if (!restored) {
      const reason = `block ${target} was mined by one request together with later ones: roll back to another`
      return errorBody(RPC_CODES.server, reason)
    }
    this.#goOnWith(restored)
    return resultBody(true)
  }

  async #wentBack(): Promise<void> {
    if (this.#history.isFollowing) this.#history.wentBack(Number((await this.#state.head()).number))
  }

  #goOnWith(state: ChainState): void {
    this.#state = state
    this.#reads = new HistoryReads(this.#history, state)
  }

  /** Ends the segment at `offset` of the journal, where the record of it stands or is to stand. @returns whether it did */
  async #rotate(offset: number, recorded?: JournalRotation): Promise<boolean> {
    const before = this.#state
    const rotation = await this.#history.rotate(before, { offset, index: 0 }, recorded)
    if (!rotation) {
      if (!recorded) return false
      const reason = 'a rotation is recorded where none can be'
      throw ogError('STATE_CORRUPT', { path: this.#journal.path, offset, reason })
    }
    if (!recorded) this.#journal.append(rotation.record)
    const enter = async () => {
      await this.#history.rotated(before, rotation.state, rotation.record)
      this.#goOnWith(rotation.state)
    }
    await (recorded ? enter() : this.#gate.alone(enter))
    this.#sinceCheckpoint = 0
    this.#pace.begin()
    return true
  }

  /** Counts changes; towards the end of a segment they bring about slices of its end, each in a turn of its own. */
  #count(requests: number): void {
    this.#sinceCheckpoint += requests
    const due = this.#pace.count(requests)
    if (due === undefined || this.#options.genesisWorld === undefined || this.#isRotationQueued) return
    this.#isRotationQueued = true
    void this.#inTurn(async () => {
      if (due === 'end') await this.#tryToRotate()
      else await this.#history.recordSlice(this.#state)
    })
      .catch(() => undefined)
      .finally(() => {
        this.#isRotationQueued = false
      })
  }

  async #tryToRotate(): Promise<void> {
    if (this.#isClosed) return
    this.#pace.postpone(false)
    try {
      await this.#rotate(this.#journal.endOffset)
    } catch (error) {
      // The disk is full, or the fresh engine has another state: the one at work goes on and is as good as before.
      this.#options.onStay?.(error)
      this.#pace.postpone(true)
    }
  }

  async #change(requests: readonly ChainRequest[]): Promise<ReplyBody[]> {
    const refuse = (body: ReplyBody) => requests.map(() => body)
    if (this.#isClosed) return refuse(errorBody(RPC_CODES.server, 'the chain is stopping'))
    try {
      const apply = () => this.#journalAndApply(requests)
      const bodies = await this.#inTurn(() => (this.#isForAlone(requests) ? this.#gate.alone(apply) : apply()))
      await this.#settle()
      return bodies
    } catch (error) {
      if (isOgError(error)) return refuse(ogErrorBody(error))
      return refuse(errorBody(RPC_CODES.internal, error instanceof Error ? error.message : String(error)))
    }
  }

  /** Whether reads must not see what lies between, or would meet archives that are closed: an older engine comes back. */
  #isForAlone(requests: readonly ChainRequest[]): boolean {
    const [first] = requests
    return requests.length > 1 || (first?.method === 'evm_revert' && !!this.#state.olderSnapshot(first.params[0]))
  }

  async #journalAndApply(requests: readonly ChainRequest[]): Promise<ReplyBody[]> {
    const wallSeconds = this.#wallClock()
    const journaled = requests.map(
      ({ method, params }): JournalRequest => ({ kind: 'request', wallSeconds, method, params }),
    )
    const [only] = journaled
    const { endOffset: offset } = this.#journal
    this.#journal.append(journaled.length === 1 && only ? only : { kind: 'group', requests: journaled })
    const bodies: ReplyBody[] = []
    for (const [at, request] of journaled.entries()) bodies.push(await this.#apply(request, { offset, index: at + 1 }))
    this.#count(requests.length)
    if (this.#sinceCheckpoint >= CHECKPOINT_EVERY) await this.#checkpoint()
    return bodies
  }

  async #apply(request: JournalRequest, next: Position): Promise<ReplyBody> {
    this.#version++
    const body = await this.#applyAt(request, next).finally(() => this.#version++)
    if (MINING_MODE.has(request.method)) this.#armTimer()
    if (this.#listeners.size > 0 && MOVES_HEAD.has(request.method)) await this.#noteHead()
    return body
  }

  async #runTurn<T>(work: (turn: Turn) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw ogError('BUG', { reason: 'the chain is closed' })
    const { endOffset: offset } = this.#journal
    const applied: JournalRequest[] = []
    const request = (method: string, params: readonly unknown[]): JournalRequest => ({
      kind: 'request',
      wallSeconds: this.#wallClock(),
      method,
      params,
    })
    const read = (method: string, params: readonly unknown[]) => this.#readNow(method, params)
    const scratchMutate = async (method: string, params: readonly unknown[]) => {
      if (method === 'evm_revert' && this.#state.olderSnapshot(params[0])) {
        return errorBody(RPC_CODES.server, 'a snapshot older than the turn cannot be simulated')
      }
      const body = await this.#state.apply(request(method, params), { offset, index: applied.length })
      if (method === 'evm_revert') await this.#wentBack()
      return body
    }
    try {
      return await work({
        read,
        mutate: (method, params) => {
          const next = request(method, params)
          applied.push(next)
          return this.#apply(next, { offset, index: applied.length })
        },
        simulate: (scratchWork) =>
          this.#state.simulate(() => scratchWork({ read, mutate: scratchMutate })).finally(() => this.#wentBack()),
      })
    } finally {
      this.#journalTurn(applied)
    }
  }

  #journalTurn(applied: readonly JournalRequest[]): void {
    if (applied.length === 0) return
    try {
      this.#journal.append({ kind: 'group', requests: applied })
      this.#count(applied.length)
    } catch (error) {
      this.#options.onFatal(error)
      throw error
    }
  }

  /** Notes, in a turn, that the head may have moved; the listeners hear of it once that is durable. */
  async #noteHead(): Promise<void> {
    const head = Number((await this.#state.head()).number)
    this.#headChanges.push({ ancestor: Math.min(this.#height, head), head })
    this.#height = head
  }

  /** Tells of changes up to one of them, unless that was told already. */
  #announce(latest: HeadChange): void {
    for (const change of this.#headChanges.splice(0, this.#headChanges.indexOf(latest) + 1)) {
      for (const listener of this.#listeners) listener(change)
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work)
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  /** Waits until the disk has all there is and tells the listeners, unless a batch does that for all its changes. */
  async #settle(): Promise<void> {
    if (!leaveToShare(this.#settleNow)) await this.#settleNow()
  }

  readonly #settleNow = async (): Promise<void> => {
    const latest = this.#headChanges.at(-1) // what others change meanwhile is not on the disk with it
    await this.#durable()
    if (latest) this.#announce(latest)
  }

  async #durable(): Promise<void> {
    try {
      await this.#journal.durable()
    } catch (error) {
      this.#options.onFatal(error)
      throw error
    }
  }

  async #checkpoint(): Promise<void> {
    const { number, hash } = await this.#state.head()
    try {
      this.#journal.append({ kind: 'checkpoint', blockNumber: BigInt(number), blockHash: hash })
      this.#sinceCheckpoint = 0
    } catch {
      // A full disk: the request it follows is written and stands; the next one tries again.
    }
  }

  #armTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const { interval } = this.#state
    if (interval === 0 || this.#isClosed) return
    const delayMs = typeof interval === 'number' ? interval : interval[0] + Math.random() * (interval[1] - interval[0])
    this.#timer = setTimeout(
      () => {
        void this.mutate('evm_mine', []).then(() => this.#armTimer())
      },
      Math.min(delayMs, MAX_DELAY_MS),
    )
  }
}
