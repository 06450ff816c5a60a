import type { FullBlock } from '../../src/client/chain/reexecute/reexecute-block.ts'
import type { RpcClient } from '../../src/client/chain/rpc.ts'
import { blockHash } from '../../src/protocol/chain/block-header.ts'
import { orderedTrieRoot } from '../../src/protocol/chain/ordered-trie.ts'
import { logsBloom, type RpcReceipt, receiptBytes } from '../../src/protocol/chain/receipt-bytes.ts'
import { rlpData, rlpEncode, rlpQuantity } from '../../src/protocol/chain/rlp.ts'
import { transactionBytes, transactionHash } from '../../src/protocol/chain/transaction-bytes.ts'
import type { Tamper } from './tampering-node.ts'

export type Forgery = { block: FullBlock; receipts: RpcReceipt[] }

/**
 * The lies of a node about its block `number` that fit together: what `change` did to the block and its receipts, with every root, sum, bloom
 * filter and hash that follows from it computed again. Only execution can find it out.
 */
export async function forgeBlock(
  rpc: RpcClient,
  number: number,
  change: (forgery: Forgery) => void,
): Promise<{ tamper: Tamper; forged: Forgery }> {
  const tag = `0x${number.toString(16)}`
  const block = await rpc.request<FullBlock>('eth_getBlockByNumber', [tag, true])
  const receipts = await rpc.request<RpcReceipt[]>('eth_getBlockReceipts', [tag])
  const honestHash = block.hash
  const forged: Forgery = structuredClone({ block, receipts })
  change(forged)
  reconcile(forged)
  const isThisBlock = (id: unknown) => id === tag || id === honestHash || id === forged.block.hash || id === 'latest'
  const tamper: Tamper = (method, result, params) => {
    switch (method) {
      case 'eth_getBlockByNumber':
      case 'eth_getBlockByHash': {
        if (!isThisBlock(params[0])) return result
        const transactions = params[1] ? forged.block.transactions : forged.block.transactions.map(({ hash }) => hash)
        return { ...forged.block, transactions }
      }
      case 'eth_getBlockReceipts':
        return isThisBlock(params[0]) ? forged.receipts : result
      case 'eth_getTransactionByHash':
        return forged.block.transactions.find(({ hash }) => hash === params[0]) ?? result
      case 'eth_getTransactionReceipt':
        return forged.receipts.find(({ transactionHash: hash }) => hash === params[0]) ?? result
      default:
        return result
    }
  }
  return { tamper, forged }
}

function reconcile({ block, receipts }: Forgery): void {
  let cumulative = 0n
  for (const [index, tx] of block.transactions.entries()) {
    tx.hash = transactionHash(tx)
    tx.transactionIndex = `0x${index.toString(16)}`
    const receipt = receipts[index]
    if (!receipt) continue
    cumulative += BigInt(receipt.gasUsed)
    receipt.cumulativeGasUsed = `0x${cumulative.toString(16)}`
    receipt.transactionHash = tx.hash
  }
  block.gasUsed = `0x${cumulative.toString(16)}`
  block.transactionsRoot = orderedTrieRoot(block.transactions.map(transactionBytes))
  block.receiptsRoot = orderedTrieRoot(receipts.map(receiptBytes))
  block.logsBloom = logsBloom(receipts)
  if (block.withdrawals && block.withdrawals.length > 0) {
    block.withdrawalsRoot = orderedTrieRoot(
      block.withdrawals.map(({ index, validatorIndex, address, amount }) =>
        rlpEncode([rlpQuantity(index), rlpQuantity(validatorIndex), rlpData(address), rlpQuantity(amount)]),
      ),
    )
  }
  block.hash = blockHash(block)
  for (const tx of block.transactions) tx.blockHash = block.hash
}
