import { isOgError, ogError } from '../../errors/og-error.ts'
import { ChainState, CONFIGURE_MINING } from './chain-state.ts'
import type { Engine } from './engine.ts'
import type { Journal, OpenedJournal } from './journal.ts'
import type { JournalRequest } from './journal-record.ts'
import { errorBody, ogErrorBody, type ReplyBody, RPC_CODES } from './rpc-reply.ts'

/**
 * The chain: requests that change it go through one queue into the journal and then to its state. It orders, keeps and replays; what a
 * request does is ChainState's business, and it knows nothing of sockets.
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

/** Requests after which the clock by which blocks are mined may be another. */
const MINING_MODE = new Set(['evm_setIntervalMining', CONFIGURE_MINING])
/** Requests between two records of the chain's head. */
const CHECKPOINT_EVERY = 512

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
  readonly #state: ChainState
  readonly #journal: Journal
  readonly #wallClock: () => number
  readonly #onFatal: (error: unknown) => void
  #timer: NodeJS.Timeout | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #sinceCheckpoint = 0
  #isClosed = false

  constructor({ engine, opened, wallClock, onFatal }: ChainOptions) {
    this.#state = new ChainState(engine, opened.header.genesisTime)
    this.#journal = opened.journal
    this.#wallClock = wallClock ?? (() => Math.floor(Date.now() / 1000))
    this.#onFatal = onFatal
  }

  /** Whether a method changes the chain (after aliases were resolved). */
  static isMutating(method: string): boolean {
    return MUTATING.has(method)
  }

  /** How many transactions wait for an earlier nonce of their sender. */
  get queuedCount(): number {
    return this.#state.queuedCount
  }

  get engine(): Engine {
    return this.#state.engine
  }

  /** Sends a read to the engine. */
  read(method: string, params: readonly unknown[]): Promise<ReplyBody> {
    return this.#state.read(method, params)
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
        const reply = await this.#state.apply(request)
        if (MINING_MODE.has(method)) this.#armTimer()
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
    this.#journal.close()
  }

  /** Brings a fresh engine to the state of the journal, checking the heads it recorded on the way. */
  async replay({ records, journal }: OpenedJournal): Promise<void> {
    for (const { offset, record } of records) {
      if (record.kind === 'request') await this.#state.apply(record)
      else if (record.kind === 'checkpoint') {
        const head = await this.#state.head()
        if (head.hash === record.blockHash && BigInt(head.number) === record.blockNumber) continue
        const reason = `block ${record.blockNumber} was ${record.blockHash}, but replaying gives ${head.hash}`
        throw ogError('STATE_CORRUPT', { path: journal.path, offset, reason })
      } else throw ogError('STATE_CORRUPT', { path: journal.path, offset, reason: 'a second header' })
    }
    if (records.length > 0) await this.#state.catchUpEngineClock()
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
    this.#timer = setTimeout(() => {
      void this.mutate('evm_mine', []).then(() => this.#armTimer())
    }, delayMs)
  }
}
