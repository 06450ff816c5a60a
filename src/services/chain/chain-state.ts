import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { Hex } from '../../client/chain/rpc.ts'
import { ogError } from '../../errors/og-error.ts'
import { blockMined, type ChainClock, jumpedTo, nextBlockTimestamp } from './chain-clock.ts'
import type { Engine } from './engine.ts'
import { type Touched, touch } from './history/segment-recorder.ts'
import type { JournalRequest } from './journal-record.ts'
import { errorBody, isResult, parseResult, type ReplyBody, RPC_CODES, resultBody } from './rpc-reply.ts'

/** Not a method of the server: the mining mode that the network's configuration asks for, journaled when it changes. */
export const CONFIGURE_MINING = 'og_configureMining'
/** Seconds from each block to the next, or null for the clock's; anvil_setBlockTimestampInterval and its removal. */
export const SET_TIMESTAMP_INTERVAL = 'og_setBlockTimestampInterval'
/** Whether eth_sendTransaction may send from any account. */
export const AUTO_IMPERSONATE = 'anvil_autoImpersonateAccount'
/** Transactions that may wait for an earlier nonce. The engine takes none while it mines at once; a network does. */
const MAX_QUEUED = 1024
const NONCE_TOO_HIGH = '"message":"Nonce too high'

/** Milliseconds between blocks, or between which two to choose; 0 mines none by the clock. */
export type MiningInterval = number | readonly [number, number]
/** A place between two requests of the journal: `index` requests of the record at `offset` lie before it. */
export type Position = { offset: number; index: number }
/** What a revert does not undo. */
export type CarriedSettings = {
  interval: MiningInterval
  configuredBlockTimeMs: number | null
  isAutomine: boolean
  /** set while every sender is impersonated: the accounts for which that was done */
  autoImpersonated: Set<string> | undefined
  impersonated: Set<string>
  minGasPrice: unknown
}
/** Where a state comes from: a checkpoint (0 is the genesis) and what was applied to it, from the journal or carried over a revert. */
export type Origin = {
  checkpoint: number
  parts: readonly ({ from: Position; to: Position } | { carried: CarriedSettings })[]
}
export type Snapshot = {
  /** of the engine that took it; undefined when that engine is gone */
  engineId: Hex | undefined
  origin: Origin
  clock: ChainClock
  queued: readonly string[]
  bulkEnds: readonly number[]
}
/** All that a chain consists of besides its blocks and what the engine keeps. */
export type ChainSettings = CarriedSettings & {
  clock: ChainClock
  queued: readonly string[]
  snapshots: Map<string, Snapshot>
  nextSnapshot: number
}
type Head = { number: Hex; hash: Hex; timestamp: Hex }

/**
 * What the requests of the journal make of an engine: a state machine whose only inputs are the requests and the wall clock recorded
 * with each. It owns time, mining mode, snapshot ids and waiting transactions, because those must come out of a replay the same.
 */
export class ChainState {
  readonly engine: Engine
  /** accounts and slots that requests set directly, since the engine began */
  readonly touched: Touched = new Map()
  /** the checkpoint and the parts that are over; what follows `openFrom` is being added */
  #origin: Origin
  #openFrom: Position
  interval: MiningInterval = 0
  configuredBlockTimeMs: number | null = null
  #clock: ChainClock
  /** raw transactions ahead of their sender's nonce, in order of arrival */
  #queued: string[] = []
  #snapshots = new Map<string, Snapshot>()
  #nextSnapshot = 1
  #isAutomine = true
  #impersonated: Set<string> | undefined
  #explicitlyImpersonated = new Set<string>()
  #minGasPrice: unknown
  #randaoSetAt: number | undefined
  /** heads after requests that mined in bulk */
  #bulkEnds: readonly number[] = []

  constructor(engine: Engine, start: number | ChainSettings, origin: Origin, openFrom: Position) {
    this.engine = engine
    this.#origin = origin
    this.#openFrom = openFrom
    if (typeof start !== 'number') {
      this.#clock = { ...start.clock }
      this.#queued = [...start.queued]
      this.#snapshots = new Map(start.snapshots)
      this.#nextSnapshot = start.nextSnapshot
      this.#keepCarried(start)
      return
    }
    this.#clock = {
      offsetSeconds: 0,
      nextTimestamp: undefined,
      intervalSeconds: undefined,
      latestTimestamp: start,
    }
  }

  /** A chain at its genesis. */
  static atGenesis(engine: Engine, genesisTime: number): ChainState {
    return new ChainState(engine, genesisTime, { checkpoint: 0, parts: [] }, { offset: 0, index: 0 })
  }

  /** Everything a later engine needs to go on as this one; snapshots without the engine's part of them. */
  get settings(): ChainSettings {
    const snapshots = [...this.#snapshots].map(([id, saved]): [string, Snapshot] => [
      id,
      { ...saved, engineId: undefined },
    ])
    return {
      ...this.carried,
      clock: { ...this.#clock },
      queued: [...this.#queued],
      snapshots: new Map(snapshots),
      nextSnapshot: this.#nextSnapshot,
    }
  }

  get carried(): CarriedSettings {
    return {
      interval: this.interval,
      configuredBlockTimeMs: this.configuredBlockTimeMs,
      isAutomine: this.#isAutomine,
      autoImpersonated: this.#impersonated && new Set(this.#impersonated),
      impersonated: new Set(this.#explicitlyImpersonated),
      minGasPrice: this.#minGasPrice,
    }
  }

  /** The height at which the next block's randomness was set last. */
  get randaoSetAt(): number | undefined {
    return this.#randaoSetAt
  }

  get bulkEnds(): readonly number[] {
    return this.#bulkEnds
  }

  get nextSnapshot(): number {
    return this.#nextSnapshot
  }

  /** Whence the state up to a place in the journal comes. */
  originUpTo(to: Position): Origin {
    return { ...this.#origin, parts: [...this.#origin.parts, { from: this.#openFrom, to }] }
  }

  /** The checkpoint it began with; 0 for the genesis. */
  get checkpoint(): number {
    return this.#origin.checkpoint
  }

  /** The journal goes on elsewhere than where this state was replayed to. */
  continueFrom(origin: Origin, place: Position): void {
    this.#origin = origin
    this.#openFrom = place
  }

  /** Puts what a revert does not undo into the engine, as it was in another state. */
  async carry(settings: CarriedSettings): Promise<void> {
    for (const address of [...this.#explicitlyImpersonated, ...(this.#impersonated ?? [])]) {
      await this.read('hardhat_stopImpersonatingAccount', [address])
    }
    this.#keepCarried(settings)
    for (const address of [...this.#explicitlyImpersonated, ...(this.#impersonated ?? [])]) {
      await this.read('hardhat_impersonateAccount', [address])
    }
    await this.read('evm_setAutomine', [this.#isAutomine])
    if (this.#minGasPrice !== undefined) await this.read('hardhat_setMinGasPrice', [this.#minGasPrice])
  }

  #keepCarried(settings: CarriedSettings): void {
    this.interval = settings.interval
    this.configuredBlockTimeMs = settings.configuredBlockTimeMs
    this.#isAutomine = settings.isAutomine
    this.#impersonated = settings.autoImpersonated && new Set(settings.autoImpersonated)
    this.#explicitlyImpersonated = new Set(settings.impersonated)
    this.#minGasPrice = settings.minGasPrice
  }

  /** The snapshot that a revert names, when it was taken in an engine that is gone. */
  olderSnapshot(id: unknown): Snapshot | undefined {
    const snapshot = this.#snapshots.get(snapshotKey(id) ?? '')
    return snapshot?.engineId === undefined ? snapshot : undefined
  }

  /** Ids never come twice, also when the chain went back. */
  skipSnapshotIds(next: number): void {
    this.#nextSnapshot = Math.max(this.#nextSnapshot, next)
  }

  /** Drops a snapshot and all after it. */
  dropSnapshots(id: unknown): void {
    const key = snapshotKey(id)
    if (key === undefined) return
    for (const other of this.#snapshots.keys()) {
      if (BigInt(other) >= BigInt(key)) this.#snapshots.delete(other)
    }
  }

  /** Raw transactions that wait for an earlier nonce of their sender, in order of arrival. */
  get queued(): readonly string[] {
    return this.#queued
  }

  get timestampInterval(): number | undefined {
    return this.#clock.intervalSeconds
  }

  /** Sends a request to the engine as it is. */
  read(method: string, params: readonly unknown[]): Promise<ReplyBody> {
    return this.engine.handle(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  }

  /** The latest block. */
  async head(): Promise<Head> {
    const head = parseResult<Head>(await this.read('eth_getBlockByNumber', ['latest', false]))
    if (!head) throw ogError('BUG', { reason: 'the engine has no latest block' })
    return head
  }

  /** The engine runs its own clock for `pending`; after a replay it stands at the last block. */
  async catchUpEngineClock(): Promise<void> {
    const behind = parseResult<string>(await this.read('evm_increaseTime', [0]))
    const seconds = this.#clock.offsetSeconds - Number(behind ?? 0)
    if (seconds > 0) await this.read('evm_increaseTime', [seconds])
  }

  /** One change, live or replayed: the same requests with the same wall clock give the same chain. `next` is the place after it. */
  async apply({ method, params, wallSeconds }: JournalRequest, next: Position): Promise<ReplyBody> {
    const clock = this.#clock
    switch (method) {
      case 'eth_sendRawTransaction':
      case 'eth_sendTransaction':
        if (this.#impersonated && method === 'eth_sendTransaction') await this.#impersonate(params[0])
        return this.#isAutomine ? await this.#sendAndMine(method, params, wallSeconds) : await this.read(method, params)
      case 'evm_mine': {
        if (params[0] === undefined || params[0] === null) return await this.#mineWith(method, [], wallSeconds)
        const body = await this.read(method, params)
        if (isResult(body)) jumpedTo(clock, Number((await this.head()).timestamp), wallSeconds)
        return body
      }
      case 'hardhat_mine': {
        await this.read('evm_setNextBlockTimestamp', [nextBlockTimestamp(clock, wallSeconds)])
        const [count, interval] = params
        const body = await this.read(method, interval === undefined ? minedBlocks(count, clock) : params)
        if (isResult(body)) {
          const { number, timestamp } = await this.head()
          this.#bulkEnds = [...this.#bulkEnds, Number(number)]
          jumpedTo(clock, Number(timestamp), wallSeconds)
        }
        return body
      }
      case SET_TIMESTAMP_INTERVAL:
        clock.intervalSeconds = (params[0] as number | null) ?? undefined
        return resultBody(null)
      case AUTO_IMPERSONATE:
        return await this.#setAutoImpersonation(params[0] === true)
      case 'hardhat_dropTransaction': {
        const waiting = this.#queued.filter((raw) => rawHash(raw) !== params[0])
        if (waiting.length === this.#queued.length) return await this.read(method, params)
        this.#queued = waiting
        return resultBody(true)
      }
      case 'evm_setNextBlockTimestamp': {
        const body = await this.read(method, params)
        if (isResult(body)) clock.nextTimestamp = Number(params[0])
        return body
      }
      case 'evm_increaseTime':
        return await this.#shiftClock(Number(params[0]))
      case 'evm_setTime': {
        const seconds = Number(params[0]) - wallSeconds - clock.offsetSeconds
        const body = await this.#shiftClock(seconds)
        return isResult(body) ? resultBody(seconds) : body
      }
      case 'evm_snapshot':
        return await this.#snapshot(next)
      case 'evm_revert':
        return await this.#revert(params)
      case 'evm_setAutomine': {
        const body = await this.read(method, params)
        if (isResult(body)) this.#isAutomine = params[0] === true
        return body
      }
      case 'evm_setIntervalMining':
        return this.#setInterval(params[0])
      case CONFIGURE_MINING: {
        const blockTimeMs = (params[0] as number | null) ?? null
        this.configuredBlockTimeMs = blockTimeMs
        this.#isAutomine = blockTimeMs === null
        await this.read('evm_setAutomine', [this.#isAutomine])
        return this.#setInterval(blockTimeMs ?? 0)
      }
      case 'hardhat_impersonateAccount':
      case 'hardhat_stopImpersonatingAccount':
      case 'hardhat_setMinGasPrice': {
        const body = await this.read(method, params)
        if (isResult(body)) this.#noteSetting(method, params[0])
        return body
      }
      case 'hardhat_setPrevRandao': {
        const body = await this.read(method, params)
        if (isResult(body)) this.#randaoSetAt = Number((await this.head()).number)
        return body
      }
      case 'hardhat_setBalance':
      case 'hardhat_setCode':
      case 'hardhat_setNonce':
      case 'hardhat_setStorageAt': {
        const body = await this.read(method, params)
        if (isResult(body))
          this.#noteTouched(String(params[0]), method === 'hardhat_setStorageAt' ? params[1] : undefined)
        return body
      }
      default:
        return await this.read(method, params)
    }
  }

  #noteSetting(method: string, value: unknown): void {
    if (method === 'hardhat_setMinGasPrice') this.#minGasPrice = value
    else if (method === 'hardhat_impersonateAccount') this.#explicitlyImpersonated.add(String(value).toLowerCase())
    else this.#explicitlyImpersonated.delete(String(value).toLowerCase())
  }

  #noteTouched(address: string, slot: unknown): void {
    const account = touch(this.touched, address)
    if (slot !== undefined) account.slots.add(`0x${BigInt(String(slot)).toString(16)}`)
  }

  /** Runs `work` and takes the chain back to where it was, as if it had never been run. */
  async simulate<T>(work: () => Promise<T>): Promise<T> {
    const snapshots = new Map(this.#snapshots)
    const nextSnapshot = this.#nextSnapshot
    const mining = { isAutomine: this.#isAutomine, interval: this.interval }
    const id = parseResult<string>(await this.#snapshot(this.#openFrom))
    try {
      return await work()
    } finally {
      await this.#revert([id])
      if (this.#isAutomine !== mining.isAutomine) await this.read('evm_setAutomine', [mining.isAutomine])
      this.#isAutomine = mining.isAutomine
      this.interval = mining.interval
      this.#snapshots = snapshots
      this.#nextSnapshot = nextSnapshot
    }
  }

  /** A transaction ahead of its nonce waits; one that was mined may free others that wait. */
  async #sendAndMine(method: string, params: readonly unknown[], wallSeconds: number): Promise<ReplyBody> {
    const body = await this.#mineWith(method, params, wallSeconds)
    if (isResult(body)) {
      await this.#mineQueued(wallSeconds)
      return body
    }
    const [raw] = params
    const mayWait = method === 'eth_sendRawTransaction' && body.includes(NONCE_TOO_HIGH)
    if (!mayWait || typeof raw !== 'string' || this.#queued.length >= MAX_QUEUED) return body
    this.#queued = [...this.#queued.filter((waiting) => waiting !== raw), raw]
    return resultBody(rawHash(raw))
  }

  async #mineQueued(wallSeconds: number): Promise<void> {
    for (let isProgress = this.#queued.length > 0; isProgress; ) {
      isProgress = false
      const waiting = this.#queued
      this.#queued = []
      for (const raw of waiting) {
        const body = await this.#mineWith('eth_sendRawTransaction', [raw], wallSeconds)
        if (isResult(body)) isProgress = true
        else if (body.includes(NONCE_TOO_HIGH)) this.#queued.push(raw)
      }
    }
  }

  async #mineWith(method: string, params: readonly unknown[], wallSeconds: number): Promise<ReplyBody> {
    const timestamp = nextBlockTimestamp(this.#clock, wallSeconds)
    await this.read('evm_setNextBlockTimestamp', [timestamp])
    const body = await this.read(method, params)
    if (isResult(body)) blockMined(this.#clock, timestamp, wallSeconds)
    return body
  }

  async #setAutoImpersonation(isOn: boolean): Promise<ReplyBody> {
    for (const address of this.#impersonated ?? []) await this.read('hardhat_stopImpersonatingAccount', [address])
    this.#impersonated = isOn ? new Set() : undefined
    return resultBody(null)
  }

  /** Lets the sender of a transaction send it, unless the node holds its key. */
  async #impersonate(transaction: unknown): Promise<void> {
    const { from } = (transaction ?? {}) as { from?: unknown }
    if (typeof from !== 'string' || this.#impersonated?.has(from.toLowerCase())) return
    const owned = parseResult<string[]>(await this.read('eth_accounts', [])) ?? []
    if (owned.includes(from.toLowerCase())) return
    if (isResult(await this.read('hardhat_impersonateAccount', [from]))) this.#impersonated?.add(from.toLowerCase())
  }

  async #shiftClock(seconds: number): Promise<ReplyBody> {
    if (!Number.isSafeInteger(seconds)) return errorBody(RPC_CODES.invalidParams, 'expected a number of seconds')
    if (seconds < 0) return errorBody(RPC_CODES.invalidParams, 'time cannot run backwards')
    this.#clock.offsetSeconds += seconds
    this.#clock.nextTimestamp = undefined
    await this.read('evm_increaseTime', [seconds])
    return resultBody(String(this.#clock.offsetSeconds))
  }

  async #snapshot(next: Position): Promise<ReplyBody> {
    const engineId = parseResult<Hex>(await this.read('evm_snapshot', []))
    if (!engineId) return errorBody(RPC_CODES.internal, 'the engine took no snapshot')
    // The engine numbers its snapshots together with other things, so that its ids differ after a replay; ours do not.
    const id = `0x${(this.#nextSnapshot++).toString(16)}`
    this.#snapshots.set(id, {
      engineId,
      origin: this.originUpTo(next),
      clock: { ...this.#clock },
      queued: this.#queued,
      bulkEnds: this.#bulkEnds,
    })
    return resultBody(id)
  }

  async #revert([id]: readonly unknown[]): Promise<ReplyBody> {
    const key = snapshotKey(id)
    if (key === undefined) return errorBody(RPC_CODES.invalidParams, 'expected the id of a snapshot')
    const snapshot = this.#snapshots.get(key)
    if (!snapshot?.engineId) return resultBody(false)
    const body = await this.read('evm_revert', [snapshot.engineId])
    this.#clock = { ...snapshot.clock }
    this.#queued = [...snapshot.queued]
    this.#bulkEnds = snapshot.bulkEnds
    this.dropSnapshots(key)
    await this.catchUpEngineClock()
    return body
  }

  #setInterval(value: unknown): ReplyBody {
    const interval = parseInterval(value)
    if (interval === undefined) return errorBody(RPC_CODES.invalidParams, 'expected milliseconds or [min, max]')
    this.interval = interval
    return resultBody(true)
  }
}

/** Parameters of hardhat_mine for `count` blocks, as far apart as the clock's interval says. */
function minedBlocks(count: unknown, { intervalSeconds }: ChainClock): unknown[] {
  if (intervalSeconds === undefined) return count === undefined ? [] : [count]
  return [count ?? '0x1', `0x${intervalSeconds.toString(16)}`]
}

function rawHash(raw: string): string {
  return `0x${bytesToHex(keccak_256(hexToBytes(raw.slice(2))))}`
}

function snapshotKey(id: unknown): string | undefined {
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return `0x${id.toString(16)}`
  return typeof id === 'string' && /^0x[0-9a-f]+$/i.test(id) ? `0x${BigInt(id).toString(16)}` : undefined
}

function parseInterval(value: unknown): MiningInterval | undefined {
  if (Array.isArray(value)) {
    const [min, max] = value.map(Number)
    return min !== undefined && max !== undefined && min > 0 && max >= min ? [min, max] : undefined
  }
  const ms = Number(value)
  return Number.isSafeInteger(ms) && ms >= 0 ? ms : undefined
}
