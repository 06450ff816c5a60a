import type { Logger } from 'pino'
import { isOgError } from '../../errors/og-error.ts'
import type { AddressIndex, IndexHead } from './address-index.ts'
import { Refusal } from './answer.ts'
import type { BlockHeader, ChainSource } from './chain-source.ts'
import { rowsOf } from './index-rows.ts'
import { internalCalls, type TraceFrame } from './internal-calls.ts'

const POLL_MS = 1_000
/** How long a question waits for the index to reach the head of the chain. */
const FRESH_WITHIN_MS = 20_000
/** Full blocks that are held at a time. */
const BLOCKS_AT_ONCE = 32
const TRACES_AT_ONCE = 64

/**
 * Keeps the index equal to the chain: follows by polling and, before each answer, at once. A chain that went back (evm_revert,
 * reset, another branch) is read again from the last block both have in common. Calls inside transactions are traced only when
 * somebody asks for them: tracing costs the chain as much as running them again.
 */
export class ChainFollower {
  readonly #source: ChainSource
  readonly #index: AddressIndex
  readonly #log: Logger
  #running: Promise<void> | undefined
  #tracing: Promise<void> | undefined
  #isDown = false

  constructor(source: ChainSource, index: AddressIndex, log: Logger) {
    this.#source = source
    this.#index = index
    this.#log = log
  }

  /** Follows in the background until `signal` aborts. */
  follow(signal: AbortSignal): void {
    let timer: NodeJS.Timeout
    const poll = (): void => {
      void this.#advanceQuietly().then(() => {
        if (signal.aborted) return
        timer = setTimeout(poll, POLL_MS)
        timer.unref()
      })
    }
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
    poll()
  }

  /** Resolves when the index holds every block the chain had at the call. @throws Refusal when that takes too long */
  async fresh(): Promise<void> {
    // A pass that runs may have begun before the block that is asked for.
    await within(this.#running?.catch(() => undefined))
    await within(this.#advance())
  }

  /** The same, and the calls inside every transaction. */
  async traced(): Promise<void> {
    await this.fresh()
    this.#tracing ??= this.#trace().finally(() => {
      this.#tracing = undefined
    })
    await within(this.#tracing)
  }

  /** Waits for what is under way to end. */
  async idle(): Promise<void> {
    await Promise.allSettled([this.#running, this.#tracing])
  }

  async #advanceQuietly(): Promise<void> {
    try {
      await this.#advance()
      this.#isDown = false
    } catch (error) {
      if (!this.#isDown)
        this.#log.warn({ error: isOgError(error) ? error.message : String(error) }, 'chain not readable')
      this.#isDown = true
    }
  }

  #advance(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(): Promise<void> {
    for (let isDone = false; !isDone; ) {
      const latest = await this.#source.header('latest')
      if (!latest) return
      await this.#rewindTo(Number(latest.number))
      isDone = await this.#readTo(latest)
    }
  }

  /**
   * Reads from the index's head to `latest`; false when the chain is no longer the one the reading began with. Two blocks with one
   * state root have no transaction between them, since each raises a nonce: what lies there is never looked at. The engine makes
   * blocks that were mined by the million only when somebody looks, and then keeps them.
   */
  async #readTo(latest: BlockHeader): Promise<boolean> {
    let low = this.#index.head ? await this.#source.header(this.#index.head.number) : undefined
    const waiting = [latest]
    for (let high = waiting.at(-1); high; high = waiting.at(-1)) {
      const [first, last] = [low ? Number(low.number) + 1 : 0, Number(high.number)]
      const isEmpty = low?.stateRoot === high.stateRoot && BigInt(high.stateRoot) !== 0n
      if (!isEmpty && last - first >= BLOCKS_AT_ONCE) {
        const middle = await this.#source.header(Math.floor((first + last) / 2))
        if (!middle) return false
        waiting.push(middle)
        continue
      }
      if (!(await this.#take(isEmpty || last < first ? [] : range(first, last), high, latest))) return false
      low = high
      waiting.pop()
    }
    return true
  }

  /** Puts blocks into the index, up to `high`. */
  async #take(numbers: number[], high: BlockHeader, latest: BlockHeader): Promise<boolean> {
    const blocks = await this.#source.blocks(numbers)
    if (blocks.length < numbers.length || !(await this.#has(headOf(latest)))) return false
    const busy = blocks.filter(({ block }) => block.transactions.length > 0)
    const rows = busy.map(({ block, receipts }) => rowsOf(block, receipts))
    this.#index.add(
      headOf(high),
      busy.map(({ block }) => headOf(block)),
      rows.flatMap(({ transactions }) => transactions),
      rows.flatMap(({ transfers }) => transfers),
    )
    return true
  }

  /** Takes the index back to the last block that the chain still has. */
  async #rewindTo(target: number): Promise<void> {
    const head = this.#index.head
    if (!head) return
    if (head.number <= target && (await this.#has(head))) return
    for (const block of this.#index.blocksBelow(head.number)) {
      if (block.number > target || !(await this.#has(block))) continue
      this.#log.info({ block: block.number }, 'the chain went back')
      return this.#index.rewind(block)
    }
    this.#index.rewind(undefined)
  }

  async #has({ number, hash }: IndexHead): Promise<boolean> {
    return (await this.#source.header(number))?.hash === hash
  }

  async #trace(): Promise<void> {
    const last = this.#index.head?.number ?? -1
    for (let traced = this.#index.tracedTo; traced < last; traced = this.#index.tracedTo) {
      const found = this.#index.traceable(traced, last, TRACES_AT_ONCE)
      // A block is traced as a whole or not at all: the last one of a full page may go on.
      const isWhole = found.length < TRACES_AT_ONCE
      const end = isWhole ? last : lastWholeBlock(found)
      const wanted = isWhole ? found : this.#index.traceable(traced, end, Number.MAX_SAFE_INTEGER)
      const calls = []
      for (const { block, position, hash } of wanted) {
        const frame = await this.#source.rpc.request<TraceFrame>('debug_traceTransaction', [
          hash,
          { tracer: 'callTracer' },
        ])
        calls.push(...internalCalls(block, position, frame))
      }
      if (this.#index.head === undefined || this.#index.head.number < end) return
      this.#index.addCalls(end, calls)
    }
  }
}

function lastWholeBlock(found: readonly { block: number }[]): number {
  const last = found.at(-1)?.block ?? 0
  const first = found[0]?.block ?? 0
  return last > first ? last - 1 : last
}

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i)

const headOf = ({ number, hash }: { number: string; hash: IndexHead['hash'] }): IndexHead => ({
  number: Number(number),
  hash,
})

async function within(work: Promise<void> | undefined): Promise<void> {
  if (!work) return
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, FRESH_WITHIN_MS, 'late')
  })
  const winner = await Promise.race([work, late]).finally(() => clearTimeout(timer))
  if (winner === 'late') throw new Refusal('The index is still reading the chain, please try again in a minute')
}
