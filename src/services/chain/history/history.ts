import * as fs from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ogError } from '../../../errors/og-error.ts'
import { ChainState, type Origin, type Position, type Snapshot } from '../chain-state.ts'
import type { Engine, EngineStart } from '../engine.ts'
import type { Journal } from '../journal.ts'
import type { JournalHeader, JournalRecord, JournalRotation } from '../journal-record.ts'
import { beginEngine, nextBlockOf } from './begin-engine.ts'
import { type ArchivedBlock, BlockArchive, type BlockRecord, writeArchive } from './block-archive.ts'
import { CanonicalBlocks } from './canonical-blocks.ts'
import { updateWorld } from './changed-world.ts'
import {
  archivePath,
  type Checkpoint,
  HISTORY_DIRECTORY,
  readCheckpoint,
  readWorld,
  type SegmentEntry,
  writeCheckpoint,
} from './checkpoint.ts'
import { askEngine } from './engine-requests.ts'
import { SegmentRecorder, touch } from './segment-recorder.ts'
import type { WorldState } from './world-state.ts'

/** Makes a fresh engine, at its genesis block, for the chain that a journal's header describes, or with the state of `start`. */
export type EngineFactory = (header: JournalHeader, start?: EngineStart) => Promise<Engine>

export type HistoryOptions = {
  dataDir: string
  createEngine: EngineFactory
  /** the state of block 0; without it the engine is one that cannot begin anywhere else, and the journal is replayed from its beginning */
  genesisWorld: ((header: JournalHeader) => WorldState) | undefined
}

type Segment = SegmentEntry & { blocks: BlockArchive }

/** So that whoever waits for an answer of the engine that goes has it. */
const COLLECT_AFTER_MS = 100
const LARGE_HEAP_BYTES = 60_000_000
/** How long a state of the past is kept for the next question about it. */
const KEEP_PAST_MS = 15_000

/**
 * What lies behind the engine at work. A chain is cut into segments of some thousand requests. When one is over, its blocks go into an archive,
 * the state into a checkpoint, and a fresh engine goes on from there: memory and the time of a start depend on the
 * length of a segment and not of the chain. States of the past come from an engine that begins at a checkpoint and replays one segment.
 */
export class History {
  readonly #options: HistoryOptions
  readonly #journal: Journal
  readonly #header: JournalHeader
  #segments: Segment[] = []
  #nextCheckpoint = 1
  #base: ArchivedBlock | undefined
  #canonical: CanonicalBlocks | undefined
  #recorder: SegmentRecorder | undefined
  #past: { entry: SegmentEntry; state: Promise<ChainState>; timer: NodeJS.Timeout } | undefined

  constructor(options: HistoryOptions, journal: Journal, header: JournalHeader) {
    this.#options = options
    this.#journal = journal
    this.#header = header
  }

  /** The last block before the engine at work began; undefined while it is the first. */
  get base(): ArchivedBlock | undefined {
    return this.#base
  }

  /** Hashes of the blocks of the engine at work, when they are others than the chain's. */
  get canonical(): CanonicalBlocks | undefined {
    return this.#canonical
  }

  /** Whether it knows of blocks of the engine at work, and so has to hear when they go. */
  get isFollowing(): boolean {
    return this.#recorder !== undefined || this.#canonical !== undefined
  }

  /** A state at the genesis, or at the checkpoint of the rotation recorded first in what was opened. */
  async begin(checkpoint: Checkpoint | undefined): Promise<ChainState> {
    if (!checkpoint)
      return ChainState.atGenesis(await this.#options.createEngine(this.#header), this.#header.genesisTime)
    const state = await this.#stateAt(checkpoint)
    this.#enter(state, checkpoint)
    collectSoon()
    return state
  }

  /**
   * Ends the segment: its blocks and its state are written, and a fresh engine takes over.
   * @param recorded the rotation as the journal has it, when it is being replayed
   * @returns the state that goes on, or undefined when the engine cannot be left now
   * @throws OgError STATE_CORRUPT when a recorded rotation leads elsewhere; BUG when the fresh engine has another state
   */
  async rotate(
    state: ChainState,
    place: Position,
    recorded?: JournalRotation,
  ): Promise<{ state: ChainState; record: JournalRotation } | undefined> {
    // Two engines at a time are enough.
    this.#forgetPast()
    const { engine } = state
    const internalHead = await askEngine<ArchivedBlock>(engine, 'eth_getBlockByNumber', 'latest', true)
    const headNumber = Number(internalHead.number)
    const next = state.randaoSetAt === headNumber ? undefined : await nextBlockOf(engine, internalHead)
    // Nothing was mined since the last time: the state below the head changed, and belongs to the segment that goes on.
    if (!next || headNumber === Number(this.#base?.number ?? 0)) return undefined
    const recorder = this.#recorderOf(state)
    while (await recorder.advance(headNumber, state.bulkEnds, true));
    const [parentBeaconBlockRoot] = recorder.beaconRoots ?? []
    if (parentBeaconBlockRoot === undefined) return undefined
    const world = await this.#worldNow(state, recorder)
    const head = this.#canonical ? await this.#canonical.canonicalBlock(internalHead) : internalHead
    const number = recorded?.checkpoint ?? this.#nextCheckpoint
    const segment = {
      archive: number,
      first: this.#base ? Number(this.#base.number) + 1 : 0,
      last: headNumber,
      origin: state.originUpTo(place),
    }
    const checkpoint: Checkpoint = {
      number,
      salt: this.#journal.salt,
      rotationOffset: place.offset,
      head,
      next,
      parentBeaconBlockRoot,
      settings: state.settings,
      segments: [...this.#segments.map(withoutBlocks), segment],
    }
    const started = await this.#start(checkpoint, world)
    this.#makeDirectory()
    writeArchive(archivePath(this.#options.dataDir, number), recorder.groups)
    writeCheckpoint(this.#options.dataDir, checkpoint, world)
    const record: JournalRotation = {
      kind: 'rotation',
      checkpoint: number,
      blockNumber: headNumber,
      blockHash: head.hash,
      stateRoot: next.stateRoot,
    }
    if (recorded && (recorded.blockHash !== record.blockHash || recorded.stateRoot !== record.stateRoot)) {
      const reason = `block ${recorded.blockNumber} was ${recorded.blockHash}, but replaying gives ${record.blockHash}`
      throw ogError('STATE_CORRUPT', { path: this.#journal.path, offset: place.offset, reason })
    }
    return { state: started, record }
  }

  /** All accounts as they are now. @returns undefined on a fork, whose accounts nobody can list */
  async world(state: ChainState): Promise<WorldState | undefined> {
    if (this.#options.genesisWorld === undefined) return undefined
    const head = Number(await askEngine<string>(state.engine, 'eth_blockNumber'))
    const recorder = this.#recorderOf(state)
    while (await recorder.advance(head, state.bulkEnds, true));
    return await this.#worldNow(state, recorder)
  }

  /** The state before the segment, brought up to date in what the recorder has seen touched. */
  async #worldNow(state: ChainState, recorder: SegmentRecorder): Promise<WorldState> {
    const world = this.#worldBefore(state.checkpoint)
    for (const [address, { slots }] of state.touched) {
      const account = touch(recorder.touched, address)
      for (const slot of slots) account.slots.add(slot)
    }
    await updateWorld(world, state.engine, recorder.touched)
    return world
  }

  /** Takes over what `rotate` prepared, once the journal has its record. */
  async rotated(before: ChainState, next: ChainState, record: JournalRotation): Promise<void> {
    const checkpoint = readCheckpoint(this.#options.dataDir, record.checkpoint, this.#journal.salt)
    if (!checkpoint) throw ogError('BUG', { reason: 'a checkpoint that was just written is not there' })
    this.#enter(next, checkpoint)
    await before.engine.close?.()
    collectSoon()
  }

  /** Records blocks behind the head: a slice of the work that a rotation else does at once. @returns whether there was something to do */
  async recordSlice(state: ChainState): Promise<boolean> {
    const head = Number(await askEngine<string>(state.engine, 'eth_blockNumber'))
    return await this.#recorderOf(state).advance(head, state.bulkEnds, false)
  }

  /** The engine went back to `head`. */
  wentBack(head: number): void {
    this.#recorder?.truncate(head)
    this.#canonical?.truncate(head)
  }

  /**
   * Goes back to a snapshot of a segment that is over, by making its engine anew.
   * @param place where in the journal the chain goes on
   */
  async revertTo(state: ChainState, snapshot: Snapshot, id: unknown, place: Position): Promise<ChainState> {
    const carried = state.carried
    const restored = await this.#replay(snapshot.origin)
    await restored.carry(carried)
    restored.continueFrom({ ...snapshot.origin, parts: [...snapshot.origin.parts, { carried }] }, place)
    restored.skipSnapshotIds(state.nextSnapshot)
    restored.dropSnapshots(id)
    this.#enter(restored, this.#checkpoint(snapshot.origin.checkpoint))
    await state.engine.close?.()
    collectSoon()
    return restored
  }

  /**
   * Goes back to block `target` by making its engine anew, up to the request that went beyond it. It has to be the first change at its place.
   * @returns undefined when no request ended with that block: it was mined together with later ones
   */
  async rollBack(state: ChainState, target: number, place: Position): Promise<ChainState | undefined> {
    const before: Position = { offset: place.offset, index: 0 }
    const isPast = this.#base !== undefined && target < Number(this.#base.number)
    const whole = isPast ? this.segmentOf(target)?.origin : state.originUpTo(before)
    const origin = whole && (await this.#originOfBlock(whole, target))
    if (!origin) return undefined
    const { carried } = state
    const restored = await this.#replay(origin)
    await restored.carry(carried)
    restored.continueFrom({ ...origin, parts: [...origin.parts, { carried }] }, place)
    restored.skipSnapshotIds(state.nextSnapshot)
    this.#enter(restored, this.#checkpoint(origin.checkpoint))
    await state.engine.close?.()
    collectSoon()
    return restored
  }

  /** The part of an origin after which `target` was the head for the last time before the chain went beyond it. */
  async #originOfBlock(origin: Origin, target: number): Promise<Origin | undefined> {
    const state = await this.#beginOf(origin)
    const heightOf = async () => Number(await askEngine<string>(state.engine, 'eth_blockNumber'))
    let height = await heightOf()
    let found: Origin | undefined
    for (const [at, part] of origin.parts.entries()) {
      if ('carried' in part) await state.carry(part.carried)
      else {
        await this.#replayPart(state, part.from, part.to, async (done) => {
          const before = height
          height = await heightOf()
          if (before > target || height <= target) return
          const parts = [...origin.parts.slice(0, at), { from: part.from, to: done }]
          found = before === target ? { ...origin, parts } : undefined
        })
      }
    }
    await state.engine.close?.()
    return height === target ? origin : found
  }

  /** The block of that number or hash, when it is older than the engine at work. */
  blockByNumber(number: number): BlockRecord | undefined {
    return this.segmentOf(number)?.blocks.byNumber(number)
  }

  blockByHash(hash: string): BlockRecord | undefined {
    return this.#find((segment) => segment.blocks.byHash(hash))
  }

  blockByTransaction(hash: string): BlockRecord | undefined {
    return this.#find((segment) => segment.blocks.byTransaction(hash))
  }

  segmentOf(number: number): Segment | undefined {
    return this.#segments.find(({ first, last }) => number >= first && number <= last)
  }

  /** The segments that have blocks of a range, in order. */
  segmentsBetween(first: number, last: number): Segment[] {
    return this.#segments.filter((segment) => segment.first <= last && segment.last >= first)
  }

  /** The engine of a past segment, made anew; it is kept for a while. */
  async past(number: number): Promise<ChainState | undefined> {
    const entry = this.segmentOf(number)
    if (!entry) return undefined
    if (this.#past?.entry !== entry) {
      this.#forgetPast()
      const state = this.#replay(entry.origin)
      const timer = setTimeout(() => this.#forgetPast(), KEEP_PAST_MS)
      timer.unref()
      this.#past = { entry, state, timer }
      state.catch(() => this.#forgetPast())
    }
    this.#past.timer.refresh()
    return await this.#past.state
  }

  close(): void {
    this.#forgetPast()
    for (const { blocks } of this.#segments) blocks.close()
    this.#segments = []
  }

  /** Removes the files: a new chain begins. */
  clear(): void {
    this.close()
    fs.rmSync(join(this.#options.dataDir, HISTORY_DIRECTORY), { recursive: true, force: true })
  }

  #forgetPast(): void {
    if (!this.#past) return
    clearTimeout(this.#past.timer)
    void this.#past.state.then(({ engine }) => engine.close?.()).catch(() => undefined)
    this.#past = undefined
    collectSoon()
  }

  #find(look: (segment: Segment) => BlockRecord | undefined): BlockRecord | undefined {
    for (const segment of this.#segments.toReversed()) {
      const found = look(segment)
      // What lies above where the chain once went back to is no longer part of it.
      if (found && Number(found.block.number) <= segment.last) return found
    }
    return undefined
  }

  #recorderOf(state: ChainState): SegmentRecorder {
    const first = this.#base ? Number(this.#base.number) + 1 : 0
    this.#recorder ??= new SegmentRecorder(state.engine, first, this.#canonical)
    return this.#recorder
  }

  #worldBefore(checkpoint: number): WorldState {
    if (checkpoint === 0) return this.#options.genesisWorld?.(this.#header) ?? new Map()
    const world = readWorld(this.#options.dataDir, checkpoint)
    if (!world)
      throw ogError('STATE_DAMAGED', { path: this.#options.dataDir, reason: `checkpoint ${checkpoint} is not whole` })
    return world
  }

  #checkpoint(number: number): Checkpoint | undefined {
    if (number === 0) return undefined
    const checkpoint = readCheckpoint(this.#options.dataDir, number, this.#journal.salt)
    if (!checkpoint)
      throw ogError('STATE_DAMAGED', { path: this.#options.dataDir, reason: `checkpoint ${number} is not whole` })
    return checkpoint
  }

  /** Makes `state` the one at work, on top of a checkpoint. */
  #enter(state: ChainState, checkpoint: Checkpoint | undefined): void {
    this.#forgetPast()
    const open = new Map(this.#segments.map((segment) => [segment.archive, segment.blocks]))
    this.#segments = (checkpoint?.segments ?? []).map((entry) => ({ ...entry, blocks: this.#open(entry, open) }))
    for (const [archive, blocks] of open) {
      if (!this.#segments.some((segment) => segment.archive === archive)) blocks.close()
    }
    this.#nextCheckpoint = Math.max(this.#nextCheckpoint, (checkpoint?.number ?? 0) + 1)
    this.#base = checkpoint?.head
    this.#recorder = undefined
    this.#canonical =
      checkpoint &&
      new CanonicalBlocks(state.engine, { number: Number(checkpoint.head.number), hash: checkpoint.head.hash })
  }

  #open({ archive }: SegmentEntry, open: ReadonlyMap<number, BlockArchive>): BlockArchive {
    const path = archivePath(this.#options.dataDir, archive)
    const blocks = open.get(archive) ?? BlockArchive.open(path)
    if (!blocks) throw ogError('STATE_DAMAGED', { path, reason: 'it is not whole' })
    return blocks
  }

  async #stateAt(checkpoint: Checkpoint): Promise<ChainState> {
    return await this.#start(checkpoint, this.#worldBefore(checkpoint.number))
  }

  async #start(checkpoint: Checkpoint, world: WorldState): Promise<ChainState> {
    const { head, next, parentBeaconBlockRoot, settings, number, rotationOffset } = checkpoint
    const start: EngineStart = { world, timestamp: Number(head.timestamp), parentBeaconBlockRoot }
    const engine = await this.#options.createEngine(this.#header, start)
    try {
      await beginEngine(engine, head, next, settings)
      const state = new ChainState(
        engine,
        settings,
        { checkpoint: number, parts: [] },
        { offset: rotationOffset, index: 0 },
      )
      await state.carry(settings)
      await state.catchUpEngineClock()
      return state
    } catch (error) {
      await engine.close?.()
      throw error
    }
  }

  /** Makes a state of the past anew: from its checkpoint, by what the journal says happened after it. */
  async #replay(origin: Origin): Promise<ChainState> {
    const state = await this.#beginOf(origin)
    for (const part of origin.parts) {
      if ('carried' in part) await state.carry(part.carried)
      else await this.#replayPart(state, part.from, part.to)
    }
    await state.catchUpEngineClock()
    return state
  }

  /** The state that an origin starts from. */
  async #beginOf({ checkpoint: number }: Origin): Promise<ChainState> {
    const checkpoint = this.#checkpoint(number)
    if (checkpoint) return await this.#stateAt(checkpoint)
    return ChainState.atGenesis(await this.#options.createEngine(this.#header), this.#header.genesisTime)
  }

  /** @param applied called after each request with the place before it */
  async #replayPart(
    state: ChainState,
    from: Position,
    to: Position,
    applied?: (before: Position) => Promise<void>,
  ): Promise<void> {
    const start = Math.max(from.offset, this.#journal.firstOffset)
    const end = to.index === 0 ? to.offset : this.#journal.endOfRecord(to.offset)
    for (const { offset, record } of this.#journal.read(start, end)) {
      for (const [index, request] of requestsOf(record).entries()) {
        if (offset === from.offset && index < from.index) continue
        if (offset === to.offset && index >= to.index) return
        await state.apply(request, { offset, index: index + 1 })
        await applied?.({ offset, index })
      }
    }
  }

  #makeDirectory(): void {
    fs.mkdirSync(join(this.#options.dataDir, HISTORY_DIRECTORY), { recursive: true })
  }
}

/** The changes that a record of the journal stands for. */
export function requestsOf(record: JournalRecord) {
  if (record.kind === 'request') return [record]
  return record.kind === 'group' ? record.requests : []
}

function withoutBlocks({ blocks: _, ...entry }: Segment): SegmentEntry {
  return entry
}

let collect: ((options: object) => void) | undefined

/** Collects once the work that still refers to an engine is over. */
function collectSoon(): void {
  setTimeout(collectGarbage, COLLECT_AFTER_MS).unref()
}

/** An engine is a few hundred bytes to the collector and up to a hundred megabytes to the machine: it has to be told. */
function collectGarbage(): void {
  if (!collect) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as typeof collect
  }
  // The last resort gives memory back to the machine, too, but takes several passes.
  const isLarge = process.memoryUsage().heapTotal > LARGE_HEAP_BYTES
  collect?.({ type: 'major', execution: 'sync', flavor: isLarge ? 'last-resort' : 'regular' })
}
