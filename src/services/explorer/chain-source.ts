import { createRpc, type Hex, type RpcClient } from '../../client/chain/rpc.ts'
import type { Receipt } from '../../client/chain/transaction.ts'
import { ogError } from '../../errors/og-error.ts'
import { postJsonText } from './post-json-text.ts'

export type ChainTransaction = {
  hash: Hex
  nonce: Hex
  blockHash: Hex
  blockNumber: Hex
  transactionIndex: Hex
  from: Hex
  to: Hex | null
  value: Hex
  gas: Hex
  gasPrice?: Hex
  input: Hex
}

export type ChainBlock = {
  number: Hex
  hash: Hex
  parentHash: Hex
  stateRoot: Hex
  timestamp: Hex
  miner: Hex
  baseFeePerGas?: Hex
  gasLimit: Hex
  gasUsed: Hex
  transactions: ChainTransaction[]
}

export type BlockHeader = Omit<ChainBlock, 'transactions'>

export const hex = (value: number): Hex => `0x${value.toString(16)}`

/** What the explorer asks the chain, many questions at a time where it can. */
export type ChainSource = {
  rpc: RpcClient
  header(block: number | 'latest'): Promise<BlockHeader | null>
  /** whole blocks with their receipts, in the order of `numbers`; fewer when the chain lacks one */
  blocks(numbers: readonly number[]): Promise<{ block: ChainBlock; receipts: Receipt[] }[]>
}

const REQUEST_TIMEOUT_MS = 30_000

/** A source that reads from the JSON-RPC endpoint `url`. */
export function createChainSource(url: string): ChainSource {
  const rpc = createRpc(url, { timeoutMs: REQUEST_TIMEOUT_MS, transport: postJsonText })
  return {
    rpc,
    header: (block) =>
      rpc.request<BlockHeader | null>('eth_getBlockByNumber', [block === 'latest' ? block : hex(block), false]),
    async blocks(numbers) {
      const replies = await batch<ChainBlock | Receipt[] | null>(
        url,
        numbers.flatMap((number) => [
          { method: 'eth_getBlockByNumber', params: [hex(number), true] },
          { method: 'eth_getBlockReceipts', params: [hex(number)] },
        ]),
      )
      return numbers.flatMap((_, i) => {
        const block = replies[2 * i] as ChainBlock | null
        const receipts = replies[2 * i + 1] as Receipt[] | null
        return block && receipts ? [{ block, receipts }] : []
      })
    },
  }
}

async function batch<T>(url: string, calls: readonly { method: string; params: unknown[] }[]): Promise<T[]> {
  if (calls.length === 0) return []
  const message = calls.map((call, id) => ({ jsonrpc: '2.0', id, ...call }))
  const signal = AbortSignal.timeout(REQUEST_TIMEOUT_MS)
  const { status, reply } = await postJsonText({ url, message, headers: {}, signal }).catch((error: Error) => {
    throw ogError('NETWORK_UNREACHABLE', { url, reason: error.message }, { cause: error })
  })
  if (!Array.isArray(reply))
    throw ogError('NETWORK_UNREACHABLE', { url, reason: `HTTP ${status} without an answer to a batch` })
  const replies = reply as { id: number; result?: T; error?: { message?: string } }[]
  const results: T[] = []
  for (const { id, result, error } of replies) {
    if (error) throw ogError('RPC_ERROR', { method: calls[id]?.method ?? '', reason: error.message ?? '' })
    results[id] = result as T
  }
  return results
}
