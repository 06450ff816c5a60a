import { bytesToHex } from '@noble/hashes/utils.js'
import type { Hex } from '../../../client/chain/rpc.ts'
import { headerFields } from '../../../protocol/chain/block-header.ts'
import { receiptBytes } from '../../../protocol/chain/receipt-bytes.ts'
import { rlpEncode } from '../../../protocol/chain/rlp.ts'
import { rlpDecode } from '../../../protocol/chain/rlp-decode.ts'
import { type RpcTransaction, transactionBytes } from '../../../protocol/chain/transaction-bytes.ts'
import { resultBody } from '../rpc-reply.ts'
import { findFullBlock, receiptsOf, requireBlock } from './block-lookup.ts'
import type { Family, Method } from './method.ts'
import { hashParam } from './params.ts'
import { ask, refusal } from './rpc-fault.ts'

const toHex = (bytes: Uint8Array): Hex => `0x${bytesToHex(bytes)}`

/** Blocks, headers, receipts and transactions as the bytes that are hashed. */
export const rawBytes: Family = ({ chain }) => {
  const transaction = async (method: string, ...params: readonly unknown[]) => {
    const found = await ask<RpcTransaction | null>(chain, method, ...params)
    return resultBody(found ? toHex(transactionBytes(found)) : null)
  }
  const byHash: Method = ([hash]) => transaction('eth_getTransactionByHash', hashParam(hash))
  return {
    eth_getRawTransactionByHash: byHash,
    debug_getRawTransaction: byHash,
    eth_getRawTransactionByBlockHashAndIndex: (params) =>
      transaction('eth_getTransactionByBlockHashAndIndex', ...params),
    eth_getRawTransactionByBlockNumberAndIndex: (params) =>
      transaction('eth_getTransactionByBlockNumberAndIndex', ...params),
    debug_getRawHeader: async ([id]) => resultBody(toHex(rlpEncode(headerFields(await requireBlock(chain, id))))),
    debug_getRawReceipts: async ([id]) =>
      resultBody(
        (await receiptsOf(chain, await requireBlock(chain, id))).map((receipt) => toHex(receiptBytes(receipt))),
      ),
    debug_getRawBlock: async ([id]) => {
      const block = await findFullBlock(chain, id)
      if (!block) throw refusal('block not found')
      // A typed transaction is a string within the body's list, a legacy one the list itself (EIP-2718).
      const body = block.transactions.map((tx) => {
        const bytes = transactionBytes(tx)
        return Number(tx.type ?? 0) === 0 ? rlpDecode(bytes) : bytes
      })
      const withdrawals = block.withdrawalsRoot === undefined ? [] : [[]]
      return resultBody(toHex(rlpEncode([headerFields(block), body, [], ...withdrawals])))
    },
  }
}
