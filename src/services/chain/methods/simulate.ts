import type { CallFrame } from '../../../client/chain/call-frame.ts'
import type { Hex } from '../../../client/chain/rpc.ts'
import { errorBody, resultBody } from '../rpc-reply.ts'
import { type BlockReceipt, type FullBlock, receiptsOf, requireBlock } from './block-lookup.ts'
import type { Family } from './method.ts'
import {
  addressParam,
  bigintParam,
  hashParam,
  listParam,
  numberParam,
  objectParam,
  optional,
  toQuantity,
  toWord,
} from './params.ts'
import { ask, invalidParams, RpcFault } from './rpc-fault.ts'
import { applyStateOverrides, change, type Scratch } from './state-overrides.ts'
import { isCreation } from './trace-shapes.ts'

type Options = { validation: boolean; traceTransfers: boolean; returnFullTransactions: boolean; gasCap: bigint }
type Log = { address: Hex; topics: Hex[]; data: Hex }

/** As in geth: more would hold the node up for others. */
const MAX_BLOCKS = 256
const BLOCK_SECONDS = 1
/** where geth puts the logs it makes of transfers of the native token */
const TRANSFER_ADDRESS: Hex = '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee'
const TRANSFER_TOPIC: Hex = '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef'
const NOBODY: Hex = '0x0000000000000000000000000000000000000000'
/** error codes of eth_simulateV1 in the execution API */
const CODES = {
  blockNumber: -38020,
  timestamp: -38021,
  gasLimit: -38015,
  tooMany: -38026,
  vmError: -32015,
  reverted: 3,
}

/**
 * eth_simulateV1: blocks of calls on top of the latest block, mined for real in a turn of their own and undone. Without `validation` the
 * base fee is zero; anybody may send in any case. Blocks come one second apart.
 */
export const simulate: Family = ({ chain, gasCap }) => ({
  eth_simulateV1: async ([payload, at]) => {
    const request = objectParam(payload, 'a simulation')
    const states = listParam(request['blockStateCalls'], 'blockStateCalls').map((one) => objectParam(one, 'a block'))
    if (states.length === 0) throw invalidParams('expected at least one block in blockStateCalls')
    if (states.length > MAX_BLOCKS) throw fault(CODES.tooMany, `a simulation may have ${MAX_BLOCKS} blocks`)
    const options: Options = {
      validation: request['validation'] === true,
      traceTransfers: request['traceTransfers'] === true,
      returnFullTransactions: request['returnFullTransactions'] === true,
      gasCap,
    }
    return await chain.exclusively(async (turn) => {
      const head = await requireBlock(turn, 'latest')
      if ((await requireBlock(turn, at)).number !== head.number && at !== 'pending') {
        throw invalidParams('simulations start from the latest block')
      }
      return await turn.simulate(async (scratch) => {
        await scratch.mutate('evm_setAutomine', [false])
        for (const { hash } of await ask<{ hash: Hex }[]>(scratch, 'eth_pendingTransactions')) {
          await scratch.mutate('hardhat_dropTransaction', [hash])
        }
        const blocks: object[] = []
        for (const state of states) blocks.push(...(await simulateBlock(scratch, state, options, blocks.length)))
        return resultBody(blocks)
      })
    })
  },
})

async function simulateBlock(
  scratch: Scratch,
  state: Record<string, unknown>,
  options: Options,
  soFar: number,
): Promise<object[]> {
  const overrides = objectParam(state['blockOverrides'] ?? {}, 'blockOverrides')
  const parent = await requireBlock(scratch, 'latest')
  const height = Number(parent.number)
  const number = optional(overrides['number'], height + 1, (value) => numberParam(value, 'number'))
  if (number <= height) throw fault(CODES.blockNumber, 'block numbers must rise')
  if (number - height + soFar > MAX_BLOCKS) throw fault(CODES.tooMany, `a simulation may have ${MAX_BLOCKS} blocks`)
  const time = optional(overrides['time'], Number(parent.timestamp) + BLOCK_SECONDS * (number - height), (value) =>
    numberParam(value, 'time'),
  )
  if (time < Number(parent.timestamp) + number - height) throw fault(CODES.timestamp, 'block times must rise')
  const gap: object[] = []
  for (let at = height + 1; at < number; at++) {
    await change(scratch, 'evm_mine', Number(parent.timestamp) + at - height)
    gap.push({ ...(await requireBlock(scratch, 'latest')), calls: [] })
  }
  await applyBlockOverrides(scratch, overrides, options)
  await applyStateOverrides(scratch, objectParam(state['stateOverrides'] ?? {}, 'stateOverrides'))
  const calls = listParam(state['calls'], 'calls').map((call) => objectParam(call, 'a call'))
  const hashes = await sendCalls(scratch, calls, options)
  await change(scratch, 'evm_mine', time)
  const block = await ask<FullBlock>(scratch, 'eth_getBlockByNumber', 'latest', true)
  if (block.transactions.length < hashes.length)
    throw fault(CODES.gasLimit, 'the calls do not fit in the gas limit of the block')
  const receipts = await receiptsOf(scratch, { ...block, transactions: hashes })
  const results: object[] = []
  let logIndex = 0
  for (const receipt of receipts) {
    const { result, logs } = await callResult(scratch, receipt, options, logIndex, block.timestamp)
    results.push(result)
    logIndex += logs
  }
  const transactions = options.returnFullTransactions ? block.transactions : block.transactions.map(({ hash }) => hash)
  return [...gap, { ...block, transactions, calls: results }]
}

async function applyBlockOverrides(
  scratch: Scratch,
  overrides: Record<string, unknown>,
  { validation }: Options,
): Promise<void> {
  const { gasLimit, feeRecipient, prevRandao, baseFeePerGas } = overrides
  const fee = optional(baseFeePerGas, validation ? undefined : 0n, (value) => bigintParam(value, 'baseFeePerGas'))
  // Senders pay for their gas at any base fee but zero, and without validation they are not asked to have the money.
  if (!validation && fee !== 0n) throw invalidParams('a base fee needs validation')
  if (fee !== undefined) await change(scratch, 'hardhat_setNextBlockBaseFeePerGas', toQuantity(fee))
  if (gasLimit) await change(scratch, 'evm_setBlockGasLimit', toQuantity(bigintParam(gasLimit, 'gasLimit')))
  if (feeRecipient) await change(scratch, 'hardhat_setCoinbase', addressParam(feeRecipient, 'feeRecipient'))
  if (prevRandao) await change(scratch, 'hardhat_setPrevRandao', hashParam(prevRandao, 'prevRandao'))
}

/** Puts the calls as transactions into the pool, in order. */
async function sendCalls(
  scratch: Scratch,
  calls: readonly Record<string, unknown>[],
  { validation, gasCap }: Options,
): Promise<Hex[]> {
  const owned = new Set(await ask<Hex[]>(scratch, 'eth_accounts'))
  const borrowed = new Map<Hex, boolean>()
  const hashes: Hex[] = []
  try {
    for (const call of calls) {
      const from = optional(call['from'], NOBODY, (value) => addressParam(value, 'a sender'))
      if (!owned.has(from) && !borrowed.has(from)) {
        // A user may be impersonating it already; then it stays so.
        borrowed.set(from, await change<boolean>(scratch, 'hardhat_stopImpersonatingAccount', from))
        await change(scratch, 'hardhat_impersonateAccount', from)
      }
      const { input, data, ...rest } = call
      const free = validation || 'gasPrice' in call || 'maxFeePerGas' in call ? {} : { gasPrice: '0x0' }
      const transaction = { gas: toQuantity(gasCap), ...rest, ...free, from, data: input ?? data ?? '0x' }
      hashes.push(await change<Hex>(scratch, 'eth_sendTransaction', transaction))
    }
  } finally {
    for (const [address, wasImpersonated] of borrowed) {
      if (!wasImpersonated) await scratch.mutate('hardhat_stopImpersonatingAccount', [address])
    }
  }
  return hashes
}

async function callResult(
  scratch: Scratch,
  receipt: BlockReceipt,
  { traceTransfers }: Options,
  firstLog: number,
  blockTimestamp: Hex,
): Promise<{ result: object; logs: number }> {
  const tracer = { tracer: 'callTracer', tracerConfig: { withLog: true } }
  const frame = await ask<CallFrame>(scratch, 'debug_traceTransaction', receipt.transactionHash, tracer)
  const found = traceTransfers ? [...logsWithTransfers(frame)] : receipt.logs
  const logs = found.map(({ address, topics, data }, at) => ({
    address,
    topics,
    data,
    blockHash: receipt.blockHash,
    blockNumber: receipt.blockNumber,
    blockTimestamp,
    transactionHash: receipt.transactionHash,
    transactionIndex: receipt.transactionIndex,
    logIndex: toQuantity(firstLog + at),
    removed: false,
  }))
  const returnData = frame.output ?? '0x'
  const base = { returnData: isCreation(frame) && !frame.error ? '0x' : returnData, logs, gasUsed: receipt.gasUsed }
  const isReverted = frame.error !== undefined && /revert/i.test(frame.error)
  const error = isReverted
    ? { code: CODES.reverted, message: 'execution reverted', data: returnData }
    : { code: CODES.vmError, message: frame.error ?? 'the transaction failed' }
  const result = receipt.status === '0x1' ? { ...base, status: '0x1' } : { ...base, status: '0x0', error }
  return { result, logs: logs.length }
}

/** Logs of a frame in the order they were made, each transfer of the native token as a log of its own (ERC-7528). */
function* logsWithTransfers(frame: CallFrame): Generator<Log> {
  if (frame.error) return
  const { logs = [], calls = [] } = frame
  if (BigInt(frame.value ?? 0) > 0n && frame.type !== 'DELEGATECALL' && frame.type !== 'CALLCODE') {
    const topics = [TRANSFER_TOPIC, toWord(BigInt(frame.from)), toWord(BigInt(frame.to ?? 0))]
    yield { address: TRANSFER_ADDRESS, topics, data: toWord(BigInt(frame.value ?? 0)) }
  }
  for (let position = 0; position <= calls.length; position++) {
    yield* logs.filter((log) => Number(log.position ?? 0) === position)
    const call = calls[position]
    if (call) yield* logsWithTransfers(call)
  }
}

function fault(code: number, message: string): RpcFault {
  return new RpcFault(errorBody(code, message))
}
