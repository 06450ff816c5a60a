import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { Hex } from '../../client/chain/rpc.ts'
import { isOgError, ogError } from '../../errors/og-error.ts'
import { blockMined, type ChainClock, jumpedTo, nextBlockTimestamp } from './chain-clock.ts'
import type { Engine } from './engine.ts'
import type { Journal, OpenedJournal } from './journal.ts'
import type { JournalRequest } from './journal-record.ts'
import { errorBody, isResult, ogErrorBody, parseResult, type ReplyBody, RPC_CODES, resultBody } from './rpc-reply.ts'

/**
 * The chain as a state machine: requests that change it go through one queue into the journal and then to the engine. It owns
 * time, mining mode and snapshot ids, because those must come out of a replay the same; it knows nothing of sockets.
 */

/** Requests that change what a later request can see. Everything else is a read and needs neither queue nor journal. */
const MUTATING = new Set([
  'eth_sendRawTransaction',
  'eth_sendTransaction',
  'evm_increaseTime',
  'evm_mine',
  'evm_revert',
  'evm_setAutomine',
  'evm_setBlockGasLimit',
  'evm_setIntervalMining',
  'evm_setNextBlockTimestamp',
  'evm_setTime',
  'evm_snapshot',
  'hardhat_dropTransaction',
  'hardhat_impersonateAccount',
  'hardhat_mine',
  'hardhat_setBalance',
  'hardhat_setCode',
  'hardhat_setCoinbase',
  'hardhat_setMinGasPrice',
  'hardhat_setNextBlockBaseFeePerGas',
  'hardhat_setNonce',
  'hardhat_setPrevRandao',
  'hardhat_setStorageAt',
  'hardhat_stopImpersonatingAccount',
])

/** Not a method of the server: the mining mode that the network's configuration asks for, journaled when it changes. */
const CONFIGURE_MINING = 'og_configureMining'
/** Requests between two records of the chain's head. */
const CHECKPOINT_EVERY = 512
/** Transactions that may wait for an earlier nonce. The engine takes none while it mines at once; a network does. */
const MAX_QUEUED = 1024
const NONCE_TOO_HIGH = '"message":"Nonce too high'

type MiningInterval = number | readonly [number, number]
type Snapshot = { engineId: Hex; clock: ChainClock; queued: readonly string[] }
type Head = { number: Hex; hash: Hex; timestamp: Hex }

export type ChainOptions = {
  engine: Engine
  opened: OpenedJournal
  /** milliseconds between blocks, or null for one block per transaction */
  blockTimeMs: number | null
  /** seconds since 1970 */
  wallClock?: () => number
  /** the disk refused what was already applied: this process must end and start again from the journal */
  onFatal: (error: unknown) => void
}

/** Replays the journal into a fresh engine and opens the chain for requests. @throws OgError STATE_CORRUPT */
export async function openChain(options: ChainOptions): Promise<Chain> {
  const chain = new Chain(options)
  await chain.replay(options.opened)
  await chain.configureMining(options.blockTimeMs)
  return chain
}

export class Chain {
  readonly engine: Engine
  readonly #journal: Journal
  readonly #wallClock: () => number
  readonly #onFatal: (error: unknown) => void
  #clock: ChainClock
  /** raw transactions ahead of their sender's nonce, in order of arrival */
  #queued: string[] = []
  #snapshots = new Map<string, Snapshot>()
  #nextSnapshot = 1
  #isAutomine = true
  #interval: MiningInterval = 0
  #configuredBlockTimeMs: number | null = null
  #timer: NodeJS.Timeout | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #sinceCheckpoint = 0
  #isClosed = false
  /** false while the journal is replayed: nothing may be mined but what it says */
  #isLive = false

  constructor({ engine, opened, wallClock, onFatal }: ChainOptions) {
    this.engine = engine
    this.#journal = opened.journal
    this.#wallClock = wallClock ?? (() => Math.floor(Date.now() / 1000))
    this.#onFatal = onFatal
    this.#clock = { offsetSeconds: 0, nextTimestamp: undefined, latestTimestamp: opened.header.genesisTime }
  }

  /** Whether a method changes the chain (after aliases were resolved). */
  static isMutating(method: string): boolean {
    return MUTATING.has(method)
  }

  /** How many transactions wait for an earlier nonce of their sender. */
  get queuedCount(): number {
    return this.#queued.length
  }

  /** Sends a read to the engine. */
  read(method: string, params: readonly unknown[]): Promise<ReplyBody> {
    return this.engine.handle(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  }

  /**
   * Applies a change: into the journal, into the engine, and when it is on the disk the reply. A change the disk does not take is
   * refused before the engine sees it.
   */
  async mutate(method: string, params: readonly unknown[]): Promise<ReplyBody> {
    if (this.#isClosed) return errorBody(RPC_CODES.server, 'the chain is stopping')
    try {
      const body = await this.#inTurn(async () => {
        const request: JournalRequest = { kind: 'request', wallSeconds: this.#wallClock(), method, params }
        this.#journal.append(request)
        const reply = await this.#apply(request)
        this.#sinceCheckpoint++
        if (this.#sinceCheckpoint >= CHECKPOINT_EVERY) await this.#checkpoint()
        return reply
      })
      await this.#durable()
      return body
    } catch (error) {
      if (isOgError(error)) return ogErrorBody(error)
      return errorBody(RPC_CODES.internal, error instanceof Error ? error.message : String(error))
    }
  }

  /** Sets automine and interval to what the configuration says, if that is not what it said the last time. */
  async configureMining(blockTimeMs: number | null): Promise<void> {
    if (blockTimeMs === this.#configuredBlockTimeMs) return this.#armTimer()
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
    this.#journal.close()
  }

  /** Brings a fresh engine to the state of the journal, checking the heads it recorded on the way. */
  async replay({ records, journal }: OpenedJournal): Promise<void> {
    for (const { offset, record } of records) {
      if (record.kind === 'request') await this.#apply(record)
      else if (record.kind === 'checkpoint') {
        const head = await this.#head()
        if (head.hash === record.blockHash && BigInt(head.number) === record.blockNumber) continue
        const reason = `block ${record.blockNumber} was ${record.blockHash}, but replaying gives ${head.hash}`
        throw ogError('STATE_CORRUPT', { path: journal.path, offset, reason })
      } else throw ogError('STATE_CORRUPT', { path: journal.path, offset, reason: 'a second header' })
    }
    if (records.length > 0) await this.#catchUpEngineClock()
    this.#isLive = true
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work)
    this.#queue = turn.catch(() => undefined)
    return turn
  }

  async #durable(): Promise<void> {
    try {
      await this.#journal.durable()
    } catch (error) {
      this.#onFatal(error)
      throw error
    }
  }

  async #checkpoint(): Promise<void> {
    const { number, hash } = await this.#head()
    this.#journal.append({ kind: 'checkpoint', blockNumber: BigInt(number), blockHash: hash })
    this.#sinceCheckpoint = 0
  }

  async #head(): Promise<Head> {
    const head = parseResult<Head>(await this.read('eth_getBlockByNumber', ['latest', false]))
    if (!head) throw ogError('BUG', { reason: 'the engine has no latest block' })
    return head
  }

  /** The engine runs its own clock for `pending`; after a replay it stands at the last block. */
  async #catchUpEngineClock(): Promise<void> {
    const behind = parseResult<string>(await this.read('evm_increaseTime', [0]))
    const seconds = this.#clock.offsetSeconds - Number(behind ?? 0)
    if (seconds > 0) await this.read('evm_increaseTime', [seconds])
  }

  /** One change, live or replayed: the same requests with the same wall clock give the same chain. */
  async #apply({ method, params, wallSeconds }: JournalRequest): Promise<ReplyBody> {
    const clock = this.#clock
    switch (method) {
      case 'eth_sendRawTransaction':
      case 'eth_sendTransaction':
        return this.#isAutomine ? await this.#sendAndMine(method, params, wallSeconds) : await this.read(method, params)
      case 'evm_mine': {
        if (params[0] === undefined || params[0] === null) return await this.#mineWith(method, [], wallSeconds)
        const body = await this.read(method, params)
        if (isResult(body)) jumpedTo(clock, Number((await this.#head()).timestamp), wallSeconds)
        return body
      }
      case 'hardhat_mine': {
        await this.read('evm_setNextBlockTimestamp', [nextBlockTimestamp(clock, wallSeconds)])
        const body = await this.read(method, params)
        if (isResult(body)) jumpedTo(clock, Number((await this.#head()).timestamp), wallSeconds)
        return body
      }
      case 'evm_setNextBlockTimestamp': {
        const body = await this.read(method, params)
        if (isResult(body)) clock.nextTimestamp = Number(params[0])
        return body
      }
      case 'evm_increaseTime':
        return await this.#shiftClock(Number(params[0]))
      case 'evm_setTime':
        return await this.#shiftClock(Number(params[0]) - wallSeconds - clock.offsetSeconds)
      case 'evm_snapshot':
        return await this.#snapshot()
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
        this.#configuredBlockTimeMs = blockTimeMs
        this.#isAutomine = blockTimeMs === null
        await this.read('evm_setAutomine', [this.#isAutomine])
        return this.#setInterval(blockTimeMs ?? 0)
      }
      default:
        return await this.read(method, params)
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
    return resultBody(`0x${bytesToHex(keccak_256(hexToBytes(raw.slice(2))))}`)
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

  async #shiftClock(seconds: number): Promise<ReplyBody> {
    if (!Number.isSafeInteger(seconds)) return errorBody(RPC_CODES.invalidParams, 'expected a number of seconds')
    if (seconds < 0) return errorBody(RPC_CODES.invalidParams, 'time cannot run backwards')
    this.#clock.offsetSeconds += seconds
    this.#clock.nextTimestamp = undefined
    await this.read('evm_increaseTime', [seconds])
    return resultBody(String(this.#clock.offsetSeconds))
  }

  async #snapshot(): Promise<ReplyBody> {
    const engineId = parseResult<Hex>(await this.read('evm_snapshot', []))
    if (!engineId) return errorBody(RPC_CODES.internal, 'the engine took no snapshot')
    // The engine numbers its snapshots together with other things, so that its ids differ after a replay; ours do not.
    const id = `0x${(this.#nextSnapshot++).toString(16)}`
    this.#snapshots.set(id, { engineId, clock: { ...this.#clock }, queued: this.#queued })
    return resultBody(id)
  }

  async #revert([id]: readonly unknown[]): Promise<ReplyBody> {
    const key = snapshotKey(id)
    if (key === undefined) return errorBody(RPC_CODES.invalidParams, 'expected the id of a snapshot')
    const snapshot = this.#snapshots.get(key)
    if (!snapshot) return resultBody(false)
    const body = await this.read('evm_revert', [snapshot.engineId])
    this.#clock = { ...snapshot.clock }
    this.#queued = [...snapshot.queued]
    for (const other of this.#snapshots.keys()) {
      if (BigInt(other) >= BigInt(key)) this.#snapshots.delete(other)
    }
    await this.#catchUpEngineClock()
    return body
  }

  #setInterval(value: unknown): ReplyBody {
    const interval = parseInterval(value)
    if (interval === undefined) return errorBody(RPC_CODES.invalidParams, 'expected milliseconds or [min, max]')
    this.#interval = interval
    this.#armTimer()
    return resultBody(true)
  }

  #armTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const interval = this.#interval
    if (interval === 0 || this.#isClosed || !this.#isLive) return
    const delayMs = typeof interval === 'number' ? interval : interval[0] + Math.random() * (interval[1] - interval[0])
    this.#timer = setTimeout(() => {
      void this.mutate('evm_mine', []).then(() => this.#armTimer())
    }, delayMs)
  }
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
