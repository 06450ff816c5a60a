import type { Hex } from '../../../client/chain/rpc.ts'
import { blockHash, type RpcHeader } from '../../../protocol/chain/block-header.ts'
import type { Engine } from '../engine.ts'
import { askEngineAll, type EngineRequest } from './engine-requests.ts'

export const ZERO_HASH: Hex = `0x${'00'.repeat(32)}`
const HEADERS_PER_READ = 64

/** The last block before a segment: what the engine of the segment takes for it has another hash. */
export type SegmentBase = { number: number; hash: Hex }

/**
 * Hashes of the blocks of a segment. Its engine began anew and knows another hash for the block it builds on, so all it
 * makes has other hashes than the chain: these headers get the chain's parent hash and the hash that follows from it. Blocks that the
 * engine mined in bulk have no parent hash (they never had); they and all after them are the same on both sides.
 */
export class CanonicalBlocks {
  readonly #engine: Engine
  readonly #base: SegmentBase
  /** canonical hash of base.number + 1 + index */
  readonly #hashes: { internal: Hex; canonical: Hex }[] = []
  readonly #toCanonical = new Map<string, Hex>()
  readonly #toInternal = new Map<string, Hex>()
  #sameFrom = Number.POSITIVE_INFINITY
  #syncing: Promise<void> | undefined

  constructor(engine: Engine, base: SegmentBase) {
    this.#engine = engine
    this.#base = base
  }

  /** The chain's hash of a block that the engine calls `internal`; the same for all others. */
  async canonical(internal: Hex): Promise<Hex> {
    if (!this.#toCanonical.has(internal)) await this.sync()
    return this.#toCanonical.get(internal) ?? internal
  }

  /** Text in which every block hash of the engine's is replaced by the chain's. */
  async canonicalText(text: string): Promise<string> {
    const pattern = /"blockHash":"(0x[0-9a-f]{64})"/g
    for (const [, internal] of text.matchAll(pattern)) {
      if (internal === undefined || this.#toCanonical.has(internal)) continue
      await this.sync()
      break
    }
    return text.replace(pattern, (found, internal: Hex) => {
      const canonical = this.#toCanonical.get(internal)
      return canonical ? `"blockHash":"${canonical}"` : found
    })
  }

  /** The engine's hash of one of its blocks. */
  async internal(canonical: string): Promise<Hex | undefined> {
    if (!this.#toInternal.has(canonical)) await this.sync()
    return this.#toInternal.get(canonical)
  }

  /** A block as the chain has it: with its own hash, its parent's, and that hash in its transactions. */
  async canonicalBlock<T extends RpcHeader & { transactions?: unknown[] }>(block: T): Promise<T> {
    const isPending = block.hash === null
    if (block.parentHash === ZERO_HASH) return block
    await this.#know(isPending ? block.parentHash : block.hash)
    const parentHash = this.#parentOf(block)
    if (parentHash === block.parentHash) return block
    const hash = isPending ? block.hash : (this.#toCanonical.get(block.hash) ?? blockHash({ ...block, parentHash }))
    const transactions = block.transactions?.map((transaction) =>
      typeof transaction === 'object' ? { ...transaction, blockHash: hash } : transaction,
    )
    return { ...block, hash, parentHash, ...(transactions ? { transactions } : {}) }
  }

  /** Follows the engine up to its head. */
  sync(): Promise<void> {
    this.#syncing ??= this.#sync().finally(() => {
      this.#syncing = undefined
    })
    return this.#syncing
  }

  /** Forgets the blocks above `head`: the engine went back. */
  truncate(head: number): void {
    for (const { internal, canonical } of this.#hashes.splice(Math.max(0, head - this.#base.number))) {
      this.#toCanonical.delete(internal)
      this.#toInternal.delete(canonical)
    }
    if (this.#sameFrom > head) this.#sameFrom = Number.POSITIVE_INFINITY
  }

  async #know(internal: Hex): Promise<void> {
    if (!this.#toCanonical.has(internal)) await this.sync()
  }

  #parentOf(block: RpcHeader): Hex {
    if (Number(block.number) === this.#base.number + 1) return this.#base.hash
    return this.#toCanonical.get(block.parentHash) ?? block.parentHash
  }

  async #sync(): Promise<void> {
    if (this.#sameFrom !== Number.POSITIVE_INFINITY) return
    // Mostly there is one new block, which a read of two shows; what is beyond the head is null.
    for (let count = 2; ; count = Math.min(count * 2, HEADERS_PER_READ)) {
      const from = this.#base.number + 1 + this.#hashes.length
      const requests = Array.from(
        { length: count },
        (_, at): EngineRequest => ['eth_getBlockByNumber', `0x${(from + at).toString(16)}`, false],
      )
      for (const block of await askEngineAll<RpcHeader | null>(this.#engine, requests)) {
        if (!block) return
        if (block.parentHash === ZERO_HASH) {
          this.#sameFrom = Number(block.number)
          return
        }
        this.#add(block)
      }
    }
  }

  #add(block: RpcHeader): void {
    const canonical = blockHash({ ...block, parentHash: this.#parentOf(block) })
    this.#hashes.push({ internal: block.hash, canonical })
    this.#toCanonical.set(block.hash, canonical)
    this.#toInternal.set(canonical, block.hash)
  }
}
