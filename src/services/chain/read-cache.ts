import type { Chain } from './chain.ts'
import { isResult, type ReplyBody } from './rpc-reply.ts'

/** Reads of the latest or a given state: what they answer changes with the chain only. */
const CACHED: ReadonlySet<string> = new Set([
  'eth_accounts',
  'eth_blockNumber',
  'eth_call',
  'eth_chainId',
  'eth_gasPrice',
  'eth_getBalance',
  'eth_getBlockByHash',
  'eth_getBlockByNumber',
  'eth_getBlockReceipts',
  'eth_getCode',
  'eth_getLogs',
  'eth_getStorageAt',
  'eth_getTransactionByHash',
  'eth_getTransactionCount',
  'eth_getTransactionReceipt',
  'eth_maxPriorityFeePerGas',
  'net_version',
])

/** Of keys and replies together; when it is full, all are forgotten. */
const MAX_CHARS = 16 * 1024 * 1024
/** A reply that is larger is rare, and would push out hundreds of others. */
const MAX_REPLY_CHARS = 64 * 1024

/**
 * Answers of the chain as it stands, forgotten as a whole with its next change: between two blocks, user interfaces and indexers ask the
 * same again and again. Nothing about `pending` is kept, because that runs with the clock.
 */
export class ReadCache {
  readonly #chain: Chain
  #version = -1
  #chars = 0
  readonly #replies = new Map<string, ReplyBody>()

  constructor(chain: Chain) {
    this.#chain = chain
  }

  /** The reply that is known, or else the one of `ask`. */
  answer(method: string, params: readonly unknown[], ask: () => Promise<ReplyBody>): Promise<ReplyBody> | ReplyBody {
    if (!CACHED.has(method)) return ask()
    const key = params.length === 0 ? method : method + JSON.stringify(params)
    if (key.includes('"pending"')) return ask()
    const { version } = this.#chain
    if (version !== this.#version) this.#forget(version)
    return this.#replies.get(key) ?? this.#remember(key, version, ask)
  }

  async #remember(key: string, version: number, ask: () => Promise<ReplyBody>): Promise<ReplyBody> {
    const body = await ask()
    const isOfThisVersion = version % 2 === 0 && this.#chain.version === version && this.#version === version
    if (isOfThisVersion && body.length + key.length <= MAX_REPLY_CHARS && isResult(body)) {
      if (this.#chars > MAX_CHARS) this.#forget(version)
      this.#chars += body.length + key.length
      this.#replies.set(key, body)
    }
    return body
  }

  #forget(version: number): void {
    this.#replies.clear()
    this.#chars = 0
    this.#version = version
  }
}
