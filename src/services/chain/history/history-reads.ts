import type { Hex } from '../../../client/chain/rpc.ts'
import { isOgError } from '../../../errors/og-error.ts'
import type { ChainState } from '../chain-state.ts'
import { isResult, ogErrorBody, parseResult, type ReplyBody, resultBody } from '../rpc-reply.ts'
import type { ArchivedBlock, ArchivedLog, BlockRecord } from './block-archive.ts'
import { askEngine } from './engine-requests.ts'
import type { History } from './history.ts'
import { feeHistory } from './past-fees.ts'
import { logQuery, pastLogs } from './past-logs.ts'
import { settledBlock } from './settled-block.ts'

type Read = (params: readonly unknown[]) => Promise<ReplyBody>

/** Reads of a state, and where among their parameters the block stands. */
const STATE_READS: Record<string, number> = {
  debug_traceCall: 1,
  eth_call: 1,
  eth_estimateGas: 1,
  eth_getBalance: 1,
  eth_getCode: 1,
  eth_getProof: 2,
  eth_getStorageAt: 2,
  eth_getTransactionCount: 1,
}

/**
 * Answers reads of a chain some of whose blocks are older than its engine: from the archive, from an engine of the past made anew, or from
 * the engine at work with its block hashes replaced by the chain's.
 */
export class HistoryReads {
  readonly #history: History
  readonly #state: ChainState

  constructor(history: History, state: ChainState) {
    this.#history = history
    this.#state = state
  }

  /** Whether this read needs more than the engine at work. */
  concerns(method: string): boolean {
    if (this.#history.base === undefined) return method in STATE_READS && this.#state.bulkEnds.length > 0
    return method in STATE_READS || method in this.#reads
  }

  /** The answer, in the words of the engine. */
  async read(method: string, params: readonly unknown[]): Promise<ReplyBody> {
    try {
      return await this.#answer(method, params)
    } catch (error) {
      if (isOgError(error)) return ogErrorBody(error)
      throw error
    }
  }

  /** the last block below the engine at work */
  get #base(): number {
    return Number(this.#history.base?.number ?? -1)
  }

  #answer(method: string, params: readonly unknown[]): Promise<ReplyBody> {
    const at = STATE_READS[method]
    if (at !== undefined) return this.#readState(method, params, at)
    const read = this.#reads[method]
    return read ? read(params) : this.#ask(method, params)
  }

  readonly #reads: Record<string, Read> = {
    eth_getBlockByNumber: ([block, full]) => this.#block(block, (record) => blockAs(record, full)),
    eth_getBlockByHash: ([block, full]) => this.#block(block, (record) => blockAs(record, full)),
    eth_getBlockTransactionCountByNumber: ([block]) => this.#block(block, countOf),
    eth_getBlockTransactionCountByHash: ([block]) => this.#block(block, countOf),
    eth_getTransactionByBlockNumberAndIndex: ([block, index]) =>
      this.#block(block, (record) => transactionOf(record, index)),
    eth_getTransactionByBlockHashAndIndex: ([block, index]) =>
      this.#block(block, (record) => transactionOf(record, index)),
    eth_getTransactionByHash: (params) =>
      this.#transaction('eth_getTransactionByHash', params, ({ block }, hash) =>
        block.transactions.find((transaction) => transaction.hash === hash),
      ),
    eth_getTransactionReceipt: (params) =>
      this.#transaction('eth_getTransactionReceipt', params, ({ receipts }, hash) =>
        receipts.find(({ transactionHash }) => transactionHash === hash),
      ),
    eth_getLogs: ([filter]) => this.#logs(filter),
    eth_feeHistory: (params) => this.#feeHistory(params),
    debug_traceTransaction: (params) => this.#trace(params),
  }

  #ask(method: string, params: readonly unknown[]): Promise<ReplyBody> {
    return this.#state.read(method, params)
  }

  /** The number of an archived block that a parameter names: undefined for one of the engine at work, null for none. */
  async #archivedNumber(block: unknown): Promise<number | undefined> {
    const wanted =
      typeof block === 'object' && block !== null
        ? (Reflect.get(block, 'blockHash') ?? Reflect.get(block, 'blockNumber'))
        : block
    if (wanted === 'earliest') return 0
    if (typeof wanted !== 'string' || !/^0x[0-9a-f]+$/i.test(wanted)) {
      return wanted === 'pending' || (await this.#height()) > this.#base ? undefined : this.#base
    }
    if (wanted.length !== 66) return Number(wanted) <= this.#base ? Number(wanted) : undefined
    const record = this.#history.blockByHash(wanted.toLowerCase())
    return record && Number(record.block.number)
  }

  async #height(): Promise<number> {
    return Number(await askEngine<Hex>(this.#state.engine, 'eth_blockNumber'))
  }

  async #block(block: unknown, pick: (record: BlockRecord) => unknown): Promise<ReplyBody> {
    const number = await this.#archivedNumber(block)
    if (number !== undefined) {
      const record = this.#history.blockByNumber(number)
      return resultBody(record ? pick(record) : null)
    }
    const body = await this.#engineBlock(block, true)
    const internal = parseResult<ArchivedBlock | null>(body)
    if (!internal) return body
    const canonical = (await this.#history.canonical?.canonicalBlock(internal)) ?? internal
    return resultBody(pick({ block: canonical, receipts: [] }))
  }

  async #engineBlock(block: unknown, full: boolean): Promise<ReplyBody> {
    if (typeof block !== 'string' || block.length !== 66) return await this.#ask('eth_getBlockByNumber', [block, full])
    const internal = await this.#history.canonical?.internal(block.toLowerCase())
    return await this.#ask('eth_getBlockByHash', [internal ?? block, full])
  }

  async #transaction(
    method: string,
    params: readonly unknown[],
    pick: (record: BlockRecord, hash: string) => unknown,
  ): Promise<ReplyBody> {
    const body = await this.#ask(method, params)
    if (!isResult(body)) return body
    if (body !== '{"result":null}') return (await this.#history.canonical?.canonicalText(body)) ?? body
    const hash = String(params[0]).toLowerCase()
    const record = this.#history.blockByTransaction(hash)
    return record ? resultBody(pick(record, hash) ?? null) : body
  }

  async #readState(method: string, params: readonly unknown[], at: number): Promise<ReplyBody> {
    const ask = (state: ChainState, number: number) =>
      state.read(method, params.toSpliced(at, 1, `0x${number.toString(16)}`))
    const number = await this.#archivedNumber(params[at])
    // The engine at work knows the state at its base, too: it began with it.
    if (number === this.#base) return await ask(this.#state, number)
    const segment = number === undefined ? undefined : this.#history.segmentOf(number)
    const past = number === undefined ? undefined : await this.#history.past(number)
    if (past && segment && number !== undefined) {
      return await ask(past, await settledBlock(past, number, Math.max(0, segment.first - 1)))
    }
    const [block] = await this.#engineParam(params[at])
    return await this.#ask(method, at < params.length ? params.toSpliced(at, 1, await this.#settled(block)) : params)
  }

  /** The block of the engine at work to ask for the state of the one named. */
  async #settled(block: unknown): Promise<unknown> {
    if (this.#state.bulkEnds.length === 0) return block
    const wanted =
      typeof block === 'object' && block !== null
        ? (Reflect.get(block, 'blockHash') ?? Reflect.get(block, 'blockNumber'))
        : block
    if (typeof wanted !== 'string' || !/^0x[0-9a-f]+$/i.test(wanted)) return block
    const isHash = wanted.length === 66
    const method = isHash ? 'eth_getBlockByHash' : 'eth_getBlockByNumber'
    const found = parseResult<ArchivedBlock | null>(await this.#ask(method, [wanted, false]))
    if (!found) return block
    const number = await settledBlock(this.#state, Number(found.number), Math.max(0, this.#base))
    return `0x${number.toString(16)}`
  }

  /** A block parameter with the hash that the engine knows. */
  async #engineParam(block: unknown): Promise<[unknown]> {
    const hash = typeof block === 'object' && block !== null ? Reflect.get(block, 'blockHash') : block
    if (typeof hash !== 'string' || hash.length !== 66) return [block]
    const internal = (await this.#history.canonical?.internal(hash.toLowerCase())) ?? hash
    return [typeof block === 'object' ? { ...block, blockHash: internal } : internal]
  }

  async #trace(params: readonly unknown[]): Promise<ReplyBody> {
    const record = this.#history.blockByTransaction(String(params[0]).toLowerCase())
    const past = record && (await this.#history.past(Number(record.block.number)))
    return await (past ?? this.#state).read('debug_traceTransaction', params)
  }

  async #logs(filter: unknown): Promise<ReplyBody> {
    const wanted = (typeof filter === 'object' && filter !== null ? filter : {}) as Record<string, unknown>
    const query = logQuery(wanted)
    const { blockHash, fromBlock, toBlock } = wanted
    if (!query) return await this.#ask('eth_getLogs', [filter])
    if (blockHash !== undefined) {
      const number = await this.#archivedNumber(blockHash)
      if (number !== undefined) return resultBody(await pastLogs(this.#history, number, number, query))
      const internal = await this.#history.canonical?.internal(String(blockHash).toLowerCase())
      return await this.#canonicalLogs([{ ...wanted, blockHash: internal ?? blockHash }])
    }
    const from = await this.#archivedNumber(fromBlock ?? 'latest')
    const to = await this.#archivedNumber(toBlock ?? 'latest')
    if (from === undefined) return await this.#canonicalLogs([filter])
    const past = await pastLogs(this.#history, from, to ?? this.#base, query)
    if (to !== undefined) return resultBody(past)
    const firstOfEngine = `0x${(this.#base + 1).toString(16)}`
    const body = await this.#canonicalLogs([{ ...wanted, fromBlock: firstOfEngine }])
    const recent = parseResult<ArchivedLog[]>(body)
    // Beyond the head there is nothing to add; the engine calls a range that begins there an error.
    if (!recent) return (await this.#height()) <= this.#base ? resultBody(past) : body
    return resultBody([...past, ...recent])
  }

  async #canonicalLogs(params: readonly unknown[]): Promise<ReplyBody> {
    const body = await this.#ask('eth_getLogs', params)
    return (await this.#history.canonical?.canonicalText(body)) ?? body
  }

  async #feeHistory(params: readonly unknown[]): Promise<ReplyBody> {
    const [count, newest, percentiles] = params
    const newestArchived = await this.#archivedNumber(newest)
    const height = await this.#height()
    const isNumber = typeof newest === 'string' && newest.startsWith('0x')
    const last = newestArchived ?? (isNumber ? Number(newest) : height)
    const blocks = Math.min(Number(count), last + 1, 1024)
    if (newest === 'pending' || !Number.isSafeInteger(blocks) || blocks < 1 || last > height)
      return await this.#ask('eth_feeHistory', params)
    const first = last - blocks + 1
    if (first > this.#base) return await this.#ask('eth_feeHistory', params)
    const records: BlockRecord[] = []
    for (let number = first; number <= last; number++) {
      const record = await this.#recordAt(number, Array.isArray(percentiles))
      if (record) records.push(record)
    }
    const next = last < height ? await this.#recordAt(last + 1, false) : undefined
    const pending = next ?? {
      block: await askEngine<ArchivedBlock>(this.#state.engine, 'eth_getBlockByNumber', 'pending', false),
    }
    const wanted = Array.isArray(percentiles) ? percentiles.map(Number) : undefined
    return resultBody(feeHistory(records, pending.block.baseFeePerGas ?? '0x0', wanted))
  }

  async #recordAt(number: number, withReceipts: boolean): Promise<BlockRecord | undefined> {
    if (number <= this.#base) return this.#history.blockByNumber(number)
    const { engine } = this.#state
    const block = await askEngine<ArchivedBlock>(engine, 'eth_getBlockByNumber', `0x${number.toString(16)}`, true)
    const receipts: BlockRecord['receipts'] = []
    for (const { hash } of withReceipts ? block.transactions : []) {
      receipts.push(await askEngine(engine, 'eth_getTransactionReceipt', hash))
    }
    return { block, receipts }
  }
}

function blockAs({ block }: BlockRecord, full: unknown): unknown {
  return full === true ? block : { ...block, transactions: block.transactions.map(({ hash }) => hash) }
}

function countOf({ block }: BlockRecord): Hex {
  return `0x${block.transactions.length.toString(16)}`
}

function transactionOf({ block }: BlockRecord, index: unknown): unknown {
  return block.transactions[Number(index)] ?? null
}
