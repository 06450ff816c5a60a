import type { CallFrame } from '../../../client/chain/call-frame.ts'
import type { Hex } from '../../../client/chain/rpc.ts'
import type { RpcTransaction } from '../../../protocol/chain/transaction-bytes.ts'
import { resultBody } from '../rpc-reply.ts'
import {
  type Block,
  type BlockReceipt,
  type FullBlock,
  findBlock,
  findFullBlock,
  heightOf,
  receiptsOf,
  requireTransaction,
} from './block-lookup.ts'
import type { Family, Reader } from './method.ts'
import { addressParam, bigintParam, hashParam, numberParam, toQuantity } from './params.ts'
import { ask } from './rpc-fault.ts'
import { framesOf, isCreation } from './trace-shapes.ts'
import { findBySenderAndNonce } from './txpool.ts'

/** Blocks one search may look at before it answers with what it has. */
const MAX_SEARCHED_BLOCKS = 20_000
const MAX_PAGE = 1_000
const OPERATION = { transfer: 0, selfDestruct: 1, create: 2, create2: 3 } as const

/** The namespace of the Otterscan explorer, API level 8. */
export const otterscan: Family = ({ chain }) => ({
  ots_getApiLevel: () => resultBody(8),
  ots_hasCode: async ([address, block]) =>
    resultBody((await ask<Hex>(chain, 'eth_getCode', addressParam(address), block ?? 'latest')) !== '0x'),
  ots_getInternalOperations: async ([hash]) => {
    const operations: object[] = []
    for (const { frame, depth } of framesOf(await callFrame(chain, hashParam(hash)))) {
      const type = operationOf(frame)
      if (depth > 0 && type !== undefined) {
        operations.push({ type, from: frame.from, to: frame.to ?? null, value: frame.value ?? '0x0' })
      }
    }
    return resultBody(operations)
  },
  ots_traceTransaction: async ([hash]) => {
    const frames = [...framesOf(await callFrame(chain, hashParam(hash)))]
    return resultBody(
      frames.map(({ frame, depth }) => ({
        type: frame.type,
        depth,
        from: frame.from,
        to: frame.to ?? null,
        value: frame.value ?? null,
        input: frame.input,
        output: frame.output ?? '0x',
      })),
    )
  },
  ots_getTransactionError: async ([hash]) => {
    const frame = await callFrame(chain, hashParam(hash))
    return resultBody(frame.error ? (frame.output ?? '0x') : '0x')
  },
  ots_getBlockDetails: async ([id]) => resultBody(await details(chain, await findBlock(chain, id))),
  ots_getBlockDetailsByHash: async ([hash]) =>
    resultBody(await details(chain, await findBlock(chain, hashParam(hash)))),
  ots_getBlockTransactions: async ([id, page, size]) => {
    const block = await findFullBlock(chain, id)
    if (!block) return resultBody(null)
    const pageSize = Math.min(MAX_PAGE, numberParam(size, 'a page size'))
    const first = numberParam(page, 'a page') * pageSize
    const transactions = block.transactions.slice(first, first + pageSize)
    const receipts = await receiptsOf(chain, { ...block, transactions: transactions.map(({ hash }) => hash) })
    return resultBody({
      fullblock: { ...summary(block, block.transactions.length), transactions: transactions.map(shortInput) },
      receipts: receipts.map((receipt) => ({ ...receipt, logs: null, logsBloom: null, timestamp: block.timestamp })),
    })
  },
  ots_searchTransactionsBefore: (params) => search(chain, params, 'before'),
  ots_searchTransactionsAfter: (params) => search(chain, params, 'after'),
  ots_getTransactionBySenderAndNonce: async ([sender, nonce]) =>
    resultBody((await findBySenderAndNonce(chain, addressParam(sender), bigintParam(nonce, 'a nonce'))) ?? null),
  ots_getContractCreator: async ([address]) => resultBody(await creatorOf(chain, addressParam(address))),
})

function operationOf(frame: CallFrame): number | undefined {
  if (frame.type === 'CREATE') return OPERATION.create
  if (frame.type === 'CREATE2') return OPERATION.create2
  if (frame.type === 'SELFDESTRUCT') return OPERATION.selfDestruct
  return frame.type === 'CALL' && BigInt(frame.value ?? 0) > 0n ? OPERATION.transfer : undefined
}

async function callFrame(reader: Reader, hash: Hex): Promise<CallFrame> {
  await requireTransaction(reader, hash)
  return await ask<CallFrame>(reader, 'debug_traceTransaction', hash, { tracer: 'callTracer' })
}

/** The block with a count of its transactions in their place. There is no block reward. */
async function details(reader: Reader, block: Block | null): Promise<object | null> {
  if (!block) return null
  const receipts = await receiptsOf(reader, block)
  const fees = receipts.reduce(
    (sum, { gasUsed, effectiveGasPrice }) => sum + BigInt(gasUsed) * BigInt(effectiveGasPrice),
    0n,
  )
  return {
    block: summary(block, block.transactions.length),
    issuance: { blockReward: '0x0', uncleReward: '0x0', issuance: '0x0' },
    totalFees: toQuantity(fees),
  }
}

function summary(block: Block | FullBlock, transactionCount: number): object {
  const { transactions: _, logsBloom: __, ...fields } = block
  return { ...fields, logsBloom: null, transactionCount }
}

/** A list shows which function was called, not with what. */
function shortInput(tx: RpcTransaction): RpcTransaction {
  return { ...tx, input: tx.input.slice(0, 10) as Hex }
}

/** One page of the transactions an address takes part in, newest first; 0 stands for the newest or the oldest block there is. */
async function search(
  reader: Reader,
  [address, from, size]: readonly unknown[],
  direction: 'before' | 'after',
): Promise<string> {
  const wanted = addressParam(address)
  const pageSize = Math.min(MAX_PAGE, numberParam(size, 'a page size'))
  const start = numberParam(from, 'a block number')
  const height = await heightOf(reader)
  const step = direction === 'before' ? -1 : 1
  const first = start === 0 ? (direction === 'before' ? height : 0) : start + step
  const txs: RpcTransaction[] = []
  const receipts: object[] = []
  let number = first
  for (let looked = 0; number >= 0 && number <= height; number += step) {
    if (txs.length >= pageSize || looked++ >= MAX_SEARCHED_BLOCKS) break
    const block = await findFullBlock(reader, number)
    for (const tx of step < 0 ? (block?.transactions ?? []).toReversed() : (block?.transactions ?? [])) {
      if (!(await takesPart(reader, tx, wanted))) continue
      const receipt = await ask<BlockReceipt>(reader, 'eth_getTransactionReceipt', tx.hash)
      txs.push(tx)
      receipts.push({ ...receipt, timestamp: block?.timestamp })
    }
  }
  const isEnd = number < 0 || number > height
  if (direction === 'after') {
    txs.reverse()
    receipts.reverse()
  }
  const [firstPage, lastPage] = direction === 'before' ? [first === height, isEnd] : [isEnd, first === 0]
  return resultBody({ txs, receipts, firstPage, lastPage })
}

async function takesPart(reader: Reader, tx: RpcTransaction, address: Hex): Promise<boolean> {
  if (tx.from === address || tx.to === address) return true
  const frame = await ask<CallFrame>(reader, 'debug_traceTransaction', tx.hash, { tracer: 'callTracer' })
  for (const { frame: inner } of framesOf(frame)) if (inner.from === address || inner.to === address) return true
  return false
}

/** Who made a contract, and in which transaction: in the first block at whose end it has code, found by halving. */
async function creatorOf(reader: Reader, address: Hex): Promise<{ hash: Hex; creator: Hex } | null> {
  const hasCode = async (height: number) =>
    (await ask<Hex>(reader, 'eth_getCode', address, toQuantity(height))) !== '0x'
  let high = await heightOf(reader)
  if (!(await hasCode(high))) return null
  for (let low = 0; low < high; ) {
    const middle = Math.floor((low + high) / 2)
    if (await hasCode(middle)) high = middle
    else low = middle + 1
  }
  const block = await findBlock(reader, high)
  for (const hash of block?.transactions ?? []) {
    for (const { frame } of framesOf(await callFrame(reader, hash))) {
      if (isCreation(frame) && frame.to === address) return { hash, creator: frame.from }
    }
  }
  return null
}
