import type { Logger } from 'pino'
import { isOgError } from '../../errors/og-error.ts'
import type { AddressIndex, IndexHead } from './address-index.ts'
import { Refusal } from './answer.ts'
import { type ChainSource, MAX_RANGE } from './chain-source.ts'
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
    const latest = await this.#source.header('latest')
    if (!latest) return
    const target = Number(latest.number)
    await this.#rewindTo(target)
    for (let next = (this.#index.head?.number ?? -1) + 1; next <= target; ) {
      const end = Math.min(target, next + MAX_RANGE - 1)
      const isDone = await this.#take(next, end)
      // Something changed below our feet: start over with the chain as it is now, at the next pass.
      if (!isDone) return this.#run()
      next = end + 1
    }
  }

  /** Reads blocks first to end; false when the chain is no longer the one the reading began with. */
  async #take(first: number, end: number): Promise<boolean> {
    const before = await this.#source.header(end)
    if (!before) return false
    const busy = await this.#source.busyBlocks(first, end)
    for (let i = 0; i < busy.length; i += BLOCKS_AT_ONCE) {
      const wanted = busy.slice(i, i + BLOCKS_AT_ONCE)
      const blocks = await this.#source.blocks(wanted)
      const after = await this.#source.header(end)
      if (after?.hash !== before.hash || blocks.length !== wanted.length) return false
      const last = blocks.at(-1)
      if (!last) continue
      const rows = blocks.map(({ block, receipts }) => rowsOf(block, receipts))
      this.#index.add(
        headOf(last.block),
        blocks.map(({ block }) => headOf(block)),
        rows.flatMap(({ transactions }) => transactions),
        rows.flatMap(({ transfers }) => transfers),
      )
    }
    this.#index.add(headOf(before), [], [], [])
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
