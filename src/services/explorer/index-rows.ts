import type { Hex } from '../../client/chain/rpc.ts'
import type { Receipt } from '../../client/chain/transaction.ts'
import type { ChainBlock, ChainTransaction } from './chain-source.ts'

/** `Transfer(address,address,uint256)` of ERC-20 and ERC-721; the latter indexes its third argument. */
const TRANSFER = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'

export type TransactionRow = {
  block: number
  position: number
  hash: Hex
  sender: Hex
  recipient: Hex | null
  created: Hex | null
  timestamp: number
  blockHash: Hex
  nonce: string
  value: string
  gas: string
  gasPrice: string
  gasUsed: string
  cumulativeGasUsed: string
  status: number
  input: Hex
}

export type TransferRow = {
  block: number
  position: number
  logIndex: number
  token: Hex
  sender: Hex
  recipient: Hex
  /** 20 or 721 */
  standard: number
  /** amount, or the id of the token */
  value: string
}

/** What the index keeps of a block. */
export function rowsOf(
  block: ChainBlock,
  receipts: readonly Receipt[],
): {
  transactions: TransactionRow[]
  transfers: TransferRow[]
} {
  const byHash = new Map(receipts.map((receipt) => [receipt.transactionHash, receipt]))
  const transactions: TransactionRow[] = []
  const transfers: TransferRow[] = []
  for (const transaction of block.transactions) {
    const receipt = byHash.get(transaction.hash)
    if (!receipt) continue
    transactions.push(transactionRow(block, transaction, receipt))
    transfers.push(...transferRows(receipt))
  }
  return { transactions, transfers }
}

function transactionRow(block: ChainBlock, transaction: ChainTransaction, receipt: Receipt): TransactionRow {
  return {
    block: Number(block.number),
    position: Number(transaction.transactionIndex),
    hash: lower(transaction.hash),
    sender: lower(transaction.from),
    recipient: transaction.to && lower(transaction.to),
    created: receipt.contractAddress && lower(receipt.contractAddress),
    timestamp: Number(block.timestamp),
    blockHash: block.hash,
    nonce: BigInt(transaction.nonce).toString(),
    value: BigInt(transaction.value).toString(),
    gas: BigInt(transaction.gas).toString(),
    gasPrice: BigInt(receipt.effectiveGasPrice ?? transaction.gasPrice ?? '0x0').toString(),
    gasUsed: BigInt(receipt.gasUsed).toString(),
    cumulativeGasUsed: BigInt(receipt.cumulativeGasUsed).toString(),
    status: Number(receipt.status),
    input: transaction.input,
  }
}

function transferRows(receipt: Receipt): TransferRow[] {
  return receipt.logs.flatMap(({ address, topics, data, logIndex }) => {
    if (topics[0] !== TRANSFER || topics.length < 3) return []
    const value = topics[3] ?? data
    if (!/^0x[0-9a-f]{64}$/i.test(value)) return []
    return [
      {
        block: Number(receipt.blockNumber),
        position: Number(receipt.transactionIndex),
        logIndex: Number(logIndex),
        token: lower(address),
        sender: topicAddress(topics[1]),
        recipient: topicAddress(topics[2]),
        standard: topics.length === 4 ? 721 : 20,
        value: BigInt(value).toString(),
      },
    ]
  })
}

const lower = (text: Hex): Hex => text.toLowerCase() as Hex
const topicAddress = (topic: Hex | undefined): Hex => `0x${(topic ?? '').slice(-40).toLowerCase()}`
