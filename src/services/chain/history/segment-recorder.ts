import type { Hex } from '../../../client/chain/rpc.ts'
import type { Engine } from '../engine.ts'
import {
  type ArchivedBlock,
  type ArchivedReceipt,
  BEACON_ROOTS,
  type BlockRecord,
  type PackedGroup,
  packGroup,
} from './block-archive.ts'
import { type CanonicalBlocks, ZERO_HASH } from './canonical-blocks.ts'
import { askEngine, askEngineAll, type EngineRequest } from './engine-requests.ts'

/** Keys of the state that may have changed: an account with its slots. `isWiped` when all its slots have to be looked at. */
export type TouchedAccount = { slots: Set<string>; isWiped: boolean }
export type Touched = Map<Hex, TouchedAccount>

const BLOCKS_PER_GROUP = 32
const TRANSFER_GAS = 21_000
type Diff = Record<Hex, { storage?: Record<Hex, Hex> }>

/** The account of `address` in a set of touched keys. */
export function touch(touched: Touched, address: string): TouchedAccount {
  const key = address.toLowerCase() as Hex
  const known = touched.get(key) ?? { slots: new Set(), isWiped: false }
  touched.set(key, known)
  return known
}

/**
 * Collects, block by block behind the head, what outlives the engine of a segment: its blocks with receipts, as the chain has
 * them, and which keys of the state they touched.
 */
export class SegmentRecorder {
  readonly touched: Touched = new Map()
  readonly #engine: Engine
  readonly #canonical: CanonicalBlocks | undefined
  readonly #groups: PackedGroup[] = []
  readonly #first: number
  /** the next block to record */
  #next: number

  constructor(engine: Engine, first: number, canonical: CanonicalBlocks | undefined) {
    this.#engine = engine
    this.#first = first
    this.#next = first
    this.#canonical = canonical
  }

  /** The next block it would record. */
  get next(): number {
    return this.#next
  }

  /**
   * Records one group of blocks, if there are as many up to `head` (or `isLast`).
   * @param bulkEnds heads after requests that mined in bulk: a range of blocks without parents ends just before one
   * @returns whether it did
   */
  async advance(head: number, bulkEnds: readonly number[], isLast: boolean): Promise<boolean> {
    const count = Math.min(BLOCKS_PER_GROUP, head + 1 - this.#next)
    if (count <= 0 || (count < BLOCKS_PER_GROUP && !isLast)) return false
    const numbers = Array.from({ length: count }, (_, at) => `0x${(this.#next + at).toString(16)}`)
    const blocks: ArchivedBlock[] = []
    let next = this.#next + count
    let repeat: BlockRecord['repeat']
    // One by one as long as a bulk range may come: to read one of its blocks makes the engine keep it.
    const mayBulk = bulkEnds.some((end) => end > this.#next)
    if (mayBulk) {
      for (const number of numbers) {
        const block = await askEngine<ArchivedBlock>(this.#engine, 'eth_getBlockByNumber', number, true)
        blocks.push(block)
        if (block.parentHash !== ZERO_HASH || Number(number) === 0) continue
        repeat = await this.#bulkRange(block, bulkEnds)
        next = repeat.last + 1
        break
      }
    } else {
      const requests = numbers.map((number): EngineRequest => ['eth_getBlockByNumber', number, true])
      blocks.push(...(await askEngineAll<ArchivedBlock>(this.#engine, requests)))
    }
    const records = await this.#withReceipts(blocks)
    const last = records.at(-1)
    if (repeat && last) last.repeat = repeat
    this.#groups.push(packGroup(records))
    this.#next = next
    return true
  }

  /** Forgets what was recorded above `head`: whole groups, which are read again. */
  truncate(head: number): void {
    while (this.#next > head + 1) {
      const group = this.#groups.pop()
      this.#next = group?.firstBlock ?? this.#first
    }
  }

  /** All groups recorded so far. */
  get groups(): readonly PackedGroup[] {
    return this.#groups
  }

  /** EIP-4788 roots of the last four blocks recorded that were mined one by one, or undefined when there are not as many. */
  get beaconRoots(): Hex[] | undefined {
    const roots: Hex[] = []
    for (const group of this.#groups.toReversed()) {
      roots.unshift(...group.beaconRoots)
      if (roots.length >= BEACON_ROOTS) return roots.slice(-BEACON_ROOTS)
    }
    return undefined
  }

  async #bulkRange(first: ArchivedBlock, bulkEnds: readonly number[]): Promise<{ last: number; seconds: number }> {
    const number = Number(first.number)
    const last = Math.min(...bulkEnds.filter((end) => end > number)) - 1
    if (last === number) return { last, seconds: 0 }
    const second = `0x${(number + 1).toString(16)}`
    const { timestamp } = await askEngine<ArchivedBlock>(this.#engine, 'eth_getBlockByNumber', second, false)
    return { last, seconds: Number(timestamp) - Number(first.timestamp) }
  }

  async #withReceipts(blocks: readonly ArchivedBlock[]): Promise<BlockRecord[]> {
    const hashes = blocks.flatMap(({ transactions }) => transactions.map(({ hash }) => hash))
    const requests = hashes.map((hash): EngineRequest => ['eth_getTransactionReceipt', hash])
    const receipts = await askEngineAll<ArchivedReceipt>(this.#engine, requests)
    await this.#noteTouched(blocks, receipts)
    let at = 0
    const records: BlockRecord[] = []
    for (const block of blocks) {
      const own = receipts.slice(at, at + block.transactions.length)
      at += block.transactions.length
      records.push(await this.#canonically(block, own))
    }
    return records
  }

  async #canonically(internal: ArchivedBlock, receipts: ArchivedReceipt[]): Promise<BlockRecord> {
    if (!this.#canonical) return { block: internal, receipts }
    const block = await this.#canonical.canonicalBlock(internal)
    for (const receipt of receipts) {
      receipt['blockHash'] = block.hash
      for (const log of receipt.logs) log.blockHash = block.hash
    }
    return { block, receipts }
  }

  /** A transfer that ran no code touched its two accounts and the fee's; everything else says so when it is traced. */
  async #noteTouched(blocks: readonly ArchivedBlock[], receipts: readonly ArchivedReceipt[]): Promise<void> {
    for (const { miner } of blocks) touch(this.touched, miner)
    const traces: EngineRequest[] = []
    for (const receipt of receipts) {
      touch(this.touched, String(receipt['from']))
      const to = receipt['to']
      if (typeof to === 'string' && Number(receipt['gasUsed']) === TRANSFER_GAS) touch(this.touched, to)
      else traces.push(['debug_traceTransaction', receipt.transactionHash, PRESTATE_DIFF])
    }
    for (const { pre, post } of await askEngineAll<{ pre: Diff; post: Diff }>(this.#engine, traces)) {
      for (const [address, { storage }] of [...Object.entries(pre), ...Object.entries(post)]) {
        const account = touch(this.touched, address)
        for (const slot of Object.keys(storage ?? {})) account.slots.add(`0x${BigInt(slot).toString(16)}`)
        if (!(address in post)) account.isWiped = true
      }
    }
  }
}

const PRESTATE_DIFF = { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }
