import { refusal } from './methods/rpc-fault.ts'

/**
 * Requests that run code. The engine runs one after the other and keeps what it recorded until it is done; so few are handed to it at once, the
 * others wait here in order, and more than fit in the queue are refused. Reads of blocks and accounts pass by the queue.
 */
const HEAVY =
  /^(eth_(call|estimateGas|createAccessList|simulateV1|fillTransaction)$|debug_trace|trace_|ots_|anvil_(deal|setERC20))/

const AT_ONCE = 4
const MAX_WAITING = 10_000

export class CallGate {
  #running = 0
  readonly #waiting: (() => void)[] = []

  /** Whether a method runs code. */
  static isHeavy(method: string): boolean {
    return HEAVY.test(method)
  }

  /** Runs `work` when it is its turn. @throws RpcFault when too many wait */
  async pass<T>(work: () => Promise<T> | T): Promise<T> {
    if (this.#running >= AT_ONCE) {
      if (this.#waiting.length >= MAX_WAITING)
        throw refusal(`${MAX_WAITING} calls are waiting already: try again later`)
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    } else this.#running++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}
