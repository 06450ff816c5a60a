import type { Logger } from 'pino'
import { ogError } from '../../errors/og-error.ts'
import { decodeSubmitLog, type FlowSubmission, SUBMIT_TOPIC } from '../../protocol/storage/submission.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { RpcClient } from '../chain/rpc.ts'

type Block = { number: Hex; hash: Hex; parentHash: Hex }
type Log = { topics: Hex[]; data: Hex; blockNumber: Hex; transactionHash: Hex; removed?: boolean }

/** Where the submissions of the chain go: in order, and from the beginning again after `clear`. */
export type SubmissionLog = {
  /** takes the next submission; false when its number is not the next one (the chain was rewound or events are missing) */
  append(submission: FlowSubmission): boolean
  clear(): void
}

const PAGE_BLOCKS = 100_000
const POLL_MS = 500

/**
 * Keeps a log equal to the `Submit` events of the chain, with no confirmations (0G storage spec §12.3). Follows by
 * polling and, whenever a request asks for something unknown, at once. A chain that went back (revert, reset) is read anew.
 */
export class FlowFollower {
  readonly #rpc: RpcClient
  readonly #flow: Hex
  readonly #submissions: SubmissionLog
  readonly #log: Logger
  #last: { number: number; hash: Hex } | undefined
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isDown = false

  constructor(options: { rpc: RpcClient; flow: Hex; submissions: SubmissionLog; log: Logger }) {
    this.#rpc = options.rpc
    this.#flow = options.flow
    this.#submissions = options.submissions
    this.#log = options.log
  }

  /** Block the log is complete up to. */
  get head(): { number: number; hash: Hex } {
    return this.#last ?? { number: 0, hash: `0x${'0'.repeat(64)}` }
  }

  /** Reads everything there is, then polls until `signal` aborts. Throws when the chain cannot be read at first. */
  async start(signal: AbortSignal): Promise<void> {
    await this.sync()
    const poll = (): void => {
      this.#timer = setTimeout(() => {
        void this.trySync().then(() => {
          if (!signal.aborted) poll()
        })
      }, POLL_MS)
      this.#timer.unref()
    }
    poll()
    signal.addEventListener('abort', () => clearTimeout(this.#timer), { once: true })
  }

  /** Catches up with what the chain holds at the time of the call. Callers share the run that starts after they asked. */
  sync(): Promise<void> {
    if (!this.#running) {
      this.#running = this.#catchUp().finally(() => {
        this.#running = undefined
      })
      return this.#running
    }
    this.#next ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined
        return this.sync()
      })
    return this.#next
  }

  /** As sync, but a chain that does not answer is only logged: the node goes on serving what it knows. */
  async trySync(): Promise<void> {
    try {
      await this.sync()
      if (this.#isDown) this.#log.info('the chain answers again')
      this.#isDown = false
    } catch (error) {
      if (!this.#isDown) this.#log.warn({ error: String(error) }, 'the chain does not answer')
      this.#isDown = true
    }
  }

  async #catchUp(): Promise<void> {
    const head = await this.#block('latest')
    if (await this.#hasRewound(head)) {
      this.#log.info({ from: this.#last?.number, to: Number(head.number) }, 'chain went back: reading it anew')
      this.#restart()
    }
    const target = Number(head.number)
    for (let from = this.#last ? this.#last.number + 1 : 0; from <= target; from += PAGE_BLOCKS) {
      if (!(await this.#readPage(from, Math.min(from + PAGE_BLOCKS - 1, target)))) {
        this.#restart()
        throw ogError('RPC_ERROR', {
          method: 'eth_getLogs',
          reason: 'the submissions of the chain are not in sequence',
        })
      }
    }
    this.#last = { number: target, hash: head.hash }
  }

  async #readPage(fromBlock: number, toBlock: number): Promise<boolean> {
    const filter = {
      address: this.#flow,
      topics: [SUBMIT_TOPIC],
      fromBlock: toQuantity(fromBlock),
      toBlock: toQuantity(toBlock),
    }
    const logs = await this.#rpc.request<Log[]>('eth_getLogs', [filter])
    return logs.every((log) => this.#submissions.append(decodeSubmitLog(log)))
  }

  async #hasRewound(head: Block): Promise<boolean> {
    if (!this.#last) return false
    const number = Number(head.number)
    if (number < this.#last.number) return true
    if (number === this.#last.number) return head.hash !== this.#last.hash
    if (number === this.#last.number + 1) return head.parentHash !== this.#last.hash
    return (await this.#block(toQuantity(this.#last.number))).hash !== this.#last.hash
  }

  #restart(): void {
    this.#submissions.clear()
    this.#last = undefined
  }

  async #block(tag: string): Promise<Block> {
    const block = await this.#rpc.request<Block | null>('eth_getBlockByNumber', [tag, false])
    if (!block) throw ogError('RPC_ERROR', { method: 'eth_getBlockByNumber', reason: `there is no block ${tag}` })
    return block
  }
}

function toQuantity(n: number): Hex {
  return `0x${n.toString(16)}`
}
