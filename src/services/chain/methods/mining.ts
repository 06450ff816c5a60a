import type { CallFrame } from '../../../client/chain/call-frame.ts'
import type { Hex } from '../../../client/chain/rpc.ts'
import type { RpcTransaction } from '../../../protocol/chain/transaction-bytes.ts'
import { SET_TIMESTAMP_INTERVAL } from '../chain-state.ts'
import type { Turn } from '../chain-turn.ts'
import { translateErrors } from '../error-translation.ts'
import { isResult, resultBody } from '../rpc-reply.ts'
import { type FullBlock, heightOf, requireBlock } from './block-lookup.ts'
import type { Family, Method } from './method.ts'
import { numberParam, optional, toQuantity } from './params.ts'
import { ask, invalidParams, RpcFault, resultOf } from './rpc-fault.ts'

const MS_PER_SECOND = 1_000
/** what evm_mine may be asked for at once; hardhat_mine, which makes no block before somebody looks at it, knows no bound */
const MAX_BLOCKS = 10_000

/** what anvil_mine mines one by one */
const MAX_SINGLE_BLOCKS = 256n

type MineOptions = { timestamp: number | undefined; blocks: number }

/** Blocks and their clock, in the units of each dialect: anvil_ in seconds, evm_ and hardhat_ intervals in milliseconds. */
export const mining: Family = ({ chain }) => {
  const change = async (method: string, params: readonly unknown[]) =>
    translateErrors(method, await chain.mutate(method, params))
  /** as anvil answers what it only does */
  const silently = async (method: string, params: readonly unknown[]) => {
    const body = await change(method, params)
    return isResult(body) ? resultBody(null) : body
  }
  const mineBlocks: Method = (params) => change('hardhat_mine', params.map(blockCount))
  const mineMany: Method = async (params) => {
    const options = mineOptions(params)
    if (options.blocks === 1)
      return await change('evm_mine', options.timestamp === undefined ? [] : [options.timestamp])
    await chain.exclusively((turn) => mine(turn, options))
    return resultBody('0')
  }
  const mineDetailed: Method = async (params) => {
    const options = mineOptions(params)
    return await chain.exclusively(async (turn) => {
      const before = await heightOf(turn)
      await mine(turn, options)
      const blocks: FullBlock[] = []
      for (let number = before + 1; number <= (await heightOf(turn)); number++)
        blocks.push(await detailed(turn, number))
      return resultBody(blocks)
    })
  }
  const seconds = (value: unknown) => numberParam(value, 'a number of seconds')
  return {
    evm_mine: mineMany,
    evm_mine_detailed: mineDetailed,
    anvil_mine_detailed: mineDetailed,
    hardhat_mine: mineBlocks,
    anvil_mine: async ([count, interval]) => {
      const blocks = blockCount(count)
      const apart = optional<number | undefined>(interval, chain.timestampInterval, seconds)
      if (BigInt(blocks) <= MAX_SINGLE_BLOCKS) {
        await chain.exclusively((turn) => mineSingly(turn, Number(blocks), apart))
        return resultBody(null)
      }
      if (apart === undefined) return await silently('hardhat_mine', [blocks])
      // anvil counts the interval from the latest block on, Hardhat from the first new one.
      await chain.exclusively(async (turn) => {
        const { timestamp } = await requireBlock(turn, 'latest')
        await turn.mutate('evm_setNextBlockTimestamp', [Number(timestamp) + apart])
        resultOf('hardhat_mine', await turn.mutate('hardhat_mine', [blocks, toQuantity(apart)]))
      })
      return resultBody(null)
    },
    evm_setAutomine: (params) => change('evm_setAutomine', params),
    anvil_setAutomine: async ([isOn]) => {
      if (typeof isOn !== 'boolean') throw invalidParams('expected true or false')
      // In anvil there is one mode: to mine at once ends an interval.
      const requests = [{ method: 'evm_setAutomine', params: [isOn] }]
      if (isOn) requests.unshift({ method: 'evm_setIntervalMining', params: [0] as never })
      await chain.mutateAll(requests)
      return resultBody(null)
    },
    hardhat_getAutomine: () => chain.read('hardhat_getAutomine', []),
    anvil_getAutomine: () => chain.read('hardhat_getAutomine', []),
    evm_setIntervalMining: (params) => change('evm_setIntervalMining', params),
    anvil_setIntervalMining: async ([interval]) => {
      const milliseconds = seconds(interval) * MS_PER_SECOND
      await chain.mutateAll([
        { method: 'evm_setAutomine', params: [false] },
        { method: 'evm_setIntervalMining', params: [milliseconds] },
      ])
      return resultBody(null)
    },
    anvil_getIntervalMining: () => {
      const { interval } = chain
      const average = typeof interval === 'number' ? interval : (interval[0] + interval[1]) / 2
      return resultBody(average === 0 ? null : average / MS_PER_SECOND)
    },
    evm_increaseTime: ([value]) => change('evm_increaseTime', [seconds(value)]),
    anvil_increaseTime: async ([value]) => {
      const body = await change('evm_increaseTime', [seconds(value)])
      return isResult(body) ? resultBody(Number(resultOf<string>('evm_increaseTime', body))) : body
    },
    evm_setTime: ([value]) => change('evm_setTime', [seconds(value)]),
    anvil_setTime: ([value]) => change('evm_setTime', [seconds(value)]),
    evm_setNextBlockTimestamp: ([value]) => change('evm_setNextBlockTimestamp', [seconds(value)]),
    anvil_setNextBlockTimestamp: ([value]) => silently('evm_setNextBlockTimestamp', [seconds(value)]),
    anvil_setBlockTimestampInterval: ([value]) => change(SET_TIMESTAMP_INTERVAL, [seconds(value)]),
    anvil_removeBlockTimestampInterval: async () => {
      const had = chain.timestampInterval !== undefined
      if (had) await chain.mutate(SET_TIMESTAMP_INTERVAL, [null])
      return resultBody(had)
    },
  }
}

/** evm_mine takes nothing, a time, or anvil's `{timestamp, blocks}`. */
function mineOptions([first]: readonly unknown[]): MineOptions {
  if (typeof first !== 'object' || first === null) {
    return {
      timestamp: optional<number | undefined>(first, undefined, (value) => numberParam(value, 'a time')),
      blocks: 1,
    }
  }
  const { timestamp, blocks } = first as { timestamp?: unknown; blocks?: unknown }
  const options = {
    timestamp: optional<number | undefined>(timestamp, undefined, (value) => numberParam(value, 'a time')),
    blocks: optional(blocks, 1, (value) => numberParam(value, 'a number of blocks')),
  }
  if (options.blocks > MAX_BLOCKS)
    throw invalidParams(`evm_mine mines ${MAX_BLOCKS} blocks at most; hardhat_mine any number`)
  return options
}

/** One request per block, so that anvil_rollback can go back to each of them. */
async function mineSingly(turn: Turn, blocks: number, apart: number | undefined): Promise<void> {
  for (let block = 0; block < blocks; block++) {
    const { timestamp } = await requireBlock(turn, 'latest')
    const time = apart !== undefined ? [Number(timestamp) + apart] : block > 0 ? [Number(timestamp) + 1] : []
    resultOf('evm_mine', await turn.mutate('evm_mine', time))
  }
}

async function mine(turn: Turn, { timestamp, blocks }: MineOptions): Promise<void> {
  for (let block = 0; block < blocks; block++) {
    const body = await turn.mutate('evm_mine', timestamp === undefined || block > 0 ? [] : [timestamp])
    if (!isResult(body)) throw new RpcFault(translateErrors('evm_mine', body))
  }
}

/** A block whose transactions say what they returned, and why they reverted. */
async function detailed(turn: Turn, number: number): Promise<FullBlock> {
  const block = await ask<FullBlock>(turn, 'eth_getBlockByNumber', toQuantity(number), true)
  const transactions: RpcTransaction[] = []
  for (const tx of block.transactions) {
    const frame = await ask<CallFrame>(turn, 'debug_traceTransaction', tx.hash, { tracer: 'callTracer' })
    const output: Hex = frame.output ?? '0x'
    const reason = frame.revertReason === undefined ? {} : { revertReason: frame.revertReason }
    transactions.push(Object.assign({}, tx, { output }, reason))
  }
  return { ...block, transactions }
}

function blockCount(value: unknown): Hex {
  return value === undefined || value === null ? '0x1' : toQuantity(numberParam(value, 'a number of blocks'))
}
