import type { Hex } from '../../../client/chain/rpc.ts'
import type { RpcHeader } from '../../../protocol/chain/block-header.ts'
import type { RpcReceipt } from '../../../protocol/chain/receipt-bytes.ts'
import type { RpcTransaction } from '../../../protocol/chain/transaction-bytes.ts'
import type { Reader } from './method.ts'
import { ask, invalidParams, refusal } from './rpc-fault.ts'

/** A block with the hashes of its transactions. */
export type Block = RpcHeader & { transactions: Hex[]; size: Hex; uncles: Hex[] }
/** A block with its transactions. */
export type FullBlock = RpcHeader & { transactions: RpcTransaction[]; size: Hex; uncles: Hex[] }
export type BlockReceipt = RpcReceipt & {
  blockNumber: Hex
  blockHash: Hex
  from: Hex
  to: Hex | null
  contractAddress: Hex | null
  effectiveGasPrice: Hex
  logsBloom: Hex
}

const TAGS = new Set(['latest', 'pending', 'earliest', 'safe', 'finalized'])

/** The request that answers with a block: `id` is a tag, a number, a hash, or an object with one of the latter two (EIP-1898). */
export function blockRequest(id: unknown, withTransactions: boolean): [method: string, params: unknown[]] {
  const wanted = wantedBlock(id)
  return /^0x[0-9a-f]{64}$/i.test(wanted)
    ? ['eth_getBlockByHash', [wanted, withTransactions]]
    : ['eth_getBlockByNumber', [wanted, withTransactions]]
}

function wantedBlock(id: unknown): string {
  if (id === undefined || id === null) return 'latest'
  if (typeof id === 'object') {
    const { blockHash, blockNumber } = id as { blockHash?: unknown; blockNumber?: unknown }
    const wanted = blockHash ?? blockNumber
    if (typeof wanted === 'string' || typeof wanted === 'number') return wantedBlock(wanted)
    throw invalidParams('expected a block: {blockHash} or {blockNumber}')
  }
  if (typeof id === 'number' && Number.isSafeInteger(id) && id >= 0) return `0x${id.toString(16)}`
  if (typeof id === 'string') {
    if (TAGS.has(id) || /^0x[0-9a-f]{64}$/i.test(id)) return id
    if (/^(0x[0-9a-f]{1,16}|\d{1,16})$/i.test(id)) return `0x${BigInt(id).toString(16)}`
  }
  throw invalidParams('expected a block: a number, a hash or one of latest, pending, earliest, safe, finalized')
}

/** The block with the hashes of its transactions, or null when there is none. */
export function findBlock(reader: Reader, id: unknown): Promise<Block | null> {
  const [method, params] = blockRequest(id, false)
  return ask<Block | null>(reader, method, ...params)
}

/** Like {@link findBlock}, with the transactions in full. */
export function findFullBlock(reader: Reader, id: unknown): Promise<FullBlock | null> {
  const [method, params] = blockRequest(id, true)
  return ask<FullBlock | null>(reader, method, ...params)
}

/** The block. @throws RpcFault when there is none */
export async function requireBlock(reader: Reader, id: unknown): Promise<Block> {
  const block = await findBlock(reader, id)
  if (block) return block
  throw refusal('block not found')
}

/** The mined or waiting transaction. @throws RpcFault when the chain does not know it */
export async function requireTransaction(reader: Reader, hash: Hex): Promise<RpcTransaction> {
  const transaction = await ask<RpcTransaction | null>(reader, 'eth_getTransactionByHash', hash)
  if (transaction) return transaction
  throw refusal('transaction not found')
}

/** Receipts of a block in order. */
export function receiptsOf(reader: Reader, { transactions }: Block): Promise<BlockReceipt[]> {
  return Promise.all(transactions.map((hash) => ask<BlockReceipt>(reader, 'eth_getTransactionReceipt', hash)))
}

/** Height of the latest block. */
export async function heightOf(reader: Reader): Promise<number> {
  return Number(await ask<Hex>(reader, 'eth_blockNumber'))
}
