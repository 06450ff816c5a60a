import type { Hex } from '../../client/chain/rpc.ts'
import type { Receipt, RpcLog } from '../../client/chain/transaction.ts'
import { addressOf, blockOf, decimal, hashOf, numberOf, ok, optionalAddress, pageOf, Refusal, rows } from './answer.ts'
import { hex } from './chain-source.ts'
import type { Action, Explorer } from './explorer.ts'
import type { Parameters } from './parameters.ts'

const MAX_LOGS = 1_000

/** `module=transaction`. */
export const transactionActions: Readonly<Record<string, Action>> = {
  async getstatus({ rpc }, parameters) {
    const receipt = await rpc.request<Receipt | null>('eth_getTransactionReceipt', [hashOf(parameters)])
    const isError = receipt?.status === '0x0'
    return ok({ isError: isError ? '1' : '0', errDescription: isError ? 'execution reverted' : '' })
  },

  async gettxreceiptstatus({ rpc }, parameters) {
    const receipt = await rpc.request<Receipt | null>('eth_getTransactionReceipt', [hashOf(parameters)])
    return ok({ status: receipt ? decimal(receipt.status) : '' })
  },
}

/** `module=logs`. */
export const logActions: Readonly<Record<string, Action>> = {
  async getLogs({ rpc, follower, index }, parameters) {
    const { limit, skip } = pageOf(parameters, MAX_LOGS)
    const conditions = topicConditions(parameters)
    const head = Number(await rpc.request<Hex>('eth_blockNumber'))
    const address = optionalAddress(parameters, 'address')
    const logs = await rpc.request<RpcLog[]>('eth_getLogs', [
      {
        fromBlock: hex(Math.min(blockOf(parameters, 'fromBlock', 0), head)),
        toBlock: hex(Math.min(blockOf(parameters, 'toBlock', head), head)),
        ...(address ? { address } : {}),
        ...(conditions.isConjunction ? { topics: conditions.topics } : {}),
      },
    ])
    await follower.fresh()
    const found = conditions.isConjunction ? logs : logs.filter(({ topics }) => conditions.matches(topics))
    const list = found.slice(skip, skip + limit).map((log) => {
      const transaction = index.transaction(log.transactionHash)
      const quantity = (value: string | undefined) => `0x${BigInt(value ?? '0').toString(16)}`
      return {
        address: log.address,
        topics: log.topics,
        data: log.data,
        blockNumber: log.blockNumber,
        blockHash: log.blockHash,
        timeStamp: quantity(transaction && String(transaction.timestamp)),
        gasPrice: quantity(transaction?.gasPrice),
        gasUsed: quantity(transaction?.gasUsed),
        logIndex: log.logIndex,
        transactionHash: log.transactionHash,
        transactionIndex: log.transactionIndex,
      }
    })
    return rows(list, 'No records found')
  },
}

/** topic0…topic3, joined by topicA_B_opr: "and" unless one says "or". */
function topicConditions(parameters: Parameters) {
  const topics = [0, 1, 2, 3].map((i) => parameters.get(`topic${i}`)?.toLowerCase() || null)
  for (const [i, topic] of topics.entries())
    if (topic !== null && !/^0x[0-9a-f]{64}$/.test(topic)) throw new Refusal(`Error! Invalid topic${i}`)
  const isOr = (a: number, b: number) => parameters.get(`topic${a}_${b}_opr`)?.toLowerCase() === 'or'
  const named = topics.flatMap((topic, i) => (topic === null ? [] : [i]))
  const isConjunction = !named.some((a) => named.some((b) => a < b && isOr(a, b)))
  while (topics.at(-1) === null) topics.pop()
  const matches = (found: readonly string[]): boolean =>
    named.reduce<boolean | undefined>((result, i, at) => {
      const here = found[i] === topics[i]
      if (result === undefined) return here
      return isOr(named[at - 1] ?? 0, i) ? result || here : result && here
    }, undefined) ?? true
  return { topics, isConjunction, matches }
}

/** `module=block`. */
export const blockActions: Readonly<Record<string, Action>> = {
  async getblockreward({ source }, parameters) {
    const number = numberOf(parameters, 'blockno')
    const [found] = await source.blocks([number])
    if (!found) throw new Refusal('Error! Block number already pass or not found')
    const { block, receipts } = found
    const baseFee = BigInt(block.baseFeePerGas ?? '0x0')
    const reward = receipts.reduce(
      (sum, { effectiveGasPrice, gasUsed }) => sum + (BigInt(effectiveGasPrice) - baseFee) * BigInt(gasUsed),
      0n,
    )
    return ok({
      blockNumber: String(number),
      timeStamp: decimal(block.timestamp),
      blockMiner: block.miner,
      blockReward: reward.toString(),
      uncles: [],
      uncleInclusionReward: '0',
    })
  },

  async getblocknobytime({ source }, parameters) {
    const wanted = numberOf(parameters, 'timestamp')
    const closest = parameters.get('closest') ?? 'before'
    if (closest !== 'before' && closest !== 'after') throw new Refusal('Error! Invalid closest')
    const head = await source.header('latest')
    // The last block at or before that time, by halving: time never goes back along the chain.
    let [low, high] = [-1, Number(head?.number ?? 0)]
    const timeOf = async (number: number) => Number((await source.header(number))?.timestamp ?? 0)
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((await timeOf(middle)) <= wanted) low = middle
      else high = middle - 1
    }
    const isExact = low >= 0 && (await timeOf(low)) === wanted
    const number = closest === 'before' || isExact ? low : low + 1
    if (number < 0 || number > Number(head?.number ?? 0)) throw new Refusal('Error! No closest block found')
    return ok(String(number))
  },
}

/** `module=gastracker`. */
export const gasActions: Readonly<Record<string, Action>> = {
  async gasoracle({ rpc, source }) {
    const [head, tip] = await Promise.all([
      source.header('latest'),
      rpc.request<Hex>('eth_maxPriorityFeePerGas').catch(() => '0x0' as Hex),
    ])
    const base = BigInt(head?.baseFeePerGas ?? '0x0')
    const price = gwei(base + BigInt(tip))
    const ratio = Number(head?.gasUsed ?? 0) / Math.max(1, Number(head?.gasLimit ?? 1))
    return ok({
      LastBlock: decimal(head?.number),
      SafeGasPrice: price,
      ProposeGasPrice: price,
      FastGasPrice: price,
      suggestBaseFee: gwei(base),
      gasUsedRatio: String(ratio),
    })
  },
}

/** `module=stats`. */
export const statsActions: Readonly<Record<string, Action>> = {
  async tokensupply({ rpc }, parameters) {
    const call = { to: addressOf(parameters, 'contractaddress'), data: '0x18160ddd' }
    const supply = await rpc.request<Hex>('eth_call', [call, 'latest'])
    if (supply.length !== 66) throw new Refusal('Error! The contract tells no supply')
    return ok(decimal(supply))
  },
}

function gwei(wei: bigint): string {
  const digits = wei.toString().padStart(10, '0')
  return `${digits.slice(0, -9)}.${digits.slice(-9)}`.replace(/\.?0+$/, '')
}

type ProxyReply = { jsonrpc: '2.0'; id: 1; result: unknown }

/** `module=proxy`: parameters of each action in the order of its JSON-RPC method. Answers are JSON-RPC's own. */
const PROXY: Readonly<Record<string, (parameters: Parameters) => unknown[]>> = {
  eth_blockNumber: () => [],
  eth_gasPrice: () => [],
  eth_getBlockByNumber: (p) => [p.get('tag') ?? 'latest', p.get('boolean') === 'true'],
  eth_getBlockTransactionCountByNumber: (p) => [p.get('tag') ?? 'latest'],
  eth_getTransactionByHash: (p) => [hashOf(p)],
  eth_getTransactionByBlockNumberAndIndex: (p) => [p.get('tag') ?? 'latest', p.get('index') ?? '0x0'],
  eth_getTransactionReceipt: (p) => [hashOf(p)],
  eth_getTransactionCount: (p) => [addressOf(p), p.get('tag') ?? 'latest'],
  eth_getCode: (p) => [addressOf(p), p.get('tag') ?? 'latest'],
  eth_getStorageAt: (p) => [addressOf(p), p.get('position') ?? '0x0', p.get('tag') ?? 'latest'],
  eth_sendRawTransaction: (p) => [p.get('hex') ?? '0x'],
  eth_call: (p) => [callOf(p), p.get('tag') ?? 'latest'],
  eth_estimateGas: (p) => [callOf(p)],
}

function callOf(parameters: Parameters): Record<string, string> {
  const names = ['from', 'to', 'data', 'value', 'gas', 'gasPrice']
  return Object.fromEntries(names.flatMap((name) => (parameters.get(name) ? [[name, parameters.get(name) ?? '']] : [])))
}

/** The JSON-RPC method of that name, or undefined when the proxy has none. */
export function proxyAction(
  name: string,
): ((explorer: Explorer, parameters: Parameters) => Promise<ProxyReply>) | undefined {
  const parametersOf = Object.hasOwn(PROXY, name) ? PROXY[name] : undefined
  return (
    parametersOf &&
    (async ({ rpc }, parameters) => ({
      jsonrpc: '2.0',
      id: 1,
      result: await rpc.request(name, parametersOf(parameters)),
    }))
  )
}
