import type { Hex } from '../../../client/chain/rpc.ts'
import type { RpcTransaction } from '../../../protocol/chain/transaction-bytes.ts'
import { resultBody } from '../rpc-reply.ts'
import { type Block, findBlock, heightOf } from './block-lookup.ts'
import { intrinsicGas } from './intrinsic-gas.ts'
import type { Family, Reader } from './method.ts'
import { addressParam, hashParam, listParam, numberParam, objectParam, optional } from './params.ts'
import { ask, invalidParams, refusal } from './rpc-fault.ts'
import { stateDiff } from './state-diff.ts'
import type { StateChange } from './trace-shapes.ts'

type Trace = {
  action: { from?: Hex; to?: Hex; address?: Hex; gas?: Hex; callType?: string }
  result?: { address?: Hex; output?: Hex; gasUsed?: Hex; code?: Hex } | null
  traceAddress: number[]
  type: string
  subtraces: number
  error?: string
  blockHash?: Hex
  blockNumber?: number
  transactionHash?: Hex
  transactionPosition?: number
}

const MAX_FILTER_BLOCKS = 10_000
const MAX_TRACES = 10_000

/** The traces of OpenEthereum, from the engine's flatCallTracer. */
export const parityTraces: Family = ({ chain }) => {
  const replay = async (hash: Hex, kinds: ReadonlySet<unknown>) => {
    const traces = await tracesOf(chain, hash)
    const first = traces[0]?.result
    const change = kinds.has('stateDiff')
      ? await ask<StateChange>(chain, 'debug_traceTransaction', hash, DIFF_TRACER)
      : undefined
    return {
      output: first?.output ?? first?.code ?? '0x',
      stateDiff: change ? stateDiff(change) : null,
      trace: kinds.has('trace') ? traces.map(withoutPlace) : [],
      vmTrace: null,
      transactionHash: hash,
    }
  }
  return {
    trace_transaction: async ([hash]) => resultBody(await knownTraces(chain, hashParam(hash))),
    trace_get: async ([hash, path]) => {
      const wanted = listParam(path, 'a trace address')
        .map((step) => numberParam(step, 'a step'))
        .join()
      const traces = await knownTraces(chain, hashParam(hash))
      return resultBody(traces?.find(({ traceAddress }) => traceAddress.join() === wanted) ?? null)
    },
    trace_block: async ([id]) => {
      const block = await findBlock(chain, id)
      return resultBody(block ? await blockTraces(chain, block) : null)
    },
    trace_filter: async ([filter]) => resultBody(await filterTraces(chain, objectParam(filter, 'a filter'))),
    trace_replayTransaction: async ([hash, kinds]) => {
      const wanted = traceKinds(kinds)
      if (!(await knownTraces(chain, hashParam(hash)))) throw refusal('transaction not found')
      return resultBody(await replay(hashParam(hash), wanted))
    },
    trace_replayBlockTransactions: async ([id, kinds]) => {
      const wanted = traceKinds(kinds)
      const block = await findBlock(chain, id)
      if (!block) return resultBody(null)
      const replays: object[] = []
      for (const hash of block.transactions) replays.push(await replay(hash, wanted))
      return resultBody(replays)
    },
  }
}

const DIFF_TRACER = { tracer: 'prestateTracer', tracerConfig: { diffMode: true } }
const FLAT_TRACER = { tracer: 'flatCallTracer' }

function traceKinds(kinds: unknown): ReadonlySet<unknown> {
  const wanted = new Set(listParam(kinds, 'kinds of traces'))
  if (wanted.has('vmTrace')) throw invalidParams('vmTrace is not made here: debug_traceTransaction gives every step')
  return wanted
}

/** Traces of a mined transaction; null when there is none. */
async function knownTraces(reader: Reader, hash: Hex): Promise<Trace[] | null> {
  const transaction = await ask<RpcTransaction | null>(reader, 'eth_getTransactionByHash', hash)
  return transaction?.blockHash ? await tracesOf(reader, hash) : null
}

/**
 * The engine starts the outermost call with the whole gas limit. Parity's traces start it with what was left after the intrinsic gas,
 * which the engine does deduct from `gasUsed`.
 */
async function tracesOf(reader: Reader, hash: Hex): Promise<Trace[]> {
  const [traces, transaction] = await Promise.all([
    ask<Trace[]>(reader, 'debug_traceTransaction', hash, FLAT_TRACER),
    ask<RpcTransaction>(reader, 'eth_getTransactionByHash', hash),
  ])
  const [first, ...rest] = traces
  if (!first) return []
  const gas: Hex = `0x${(BigInt(transaction.gas) - intrinsicGas(transaction)).toString(16)}`
  return [{ ...first, action: { ...first.action, gas } }, ...rest]
}

async function blockTraces(reader: Reader, block: Block): Promise<Trace[]> {
  const traces: Trace[] = []
  for (const hash of block.transactions) traces.push(...(await tracesOf(reader, hash)))
  return traces
}

/** Within a replay the place of a trace goes without saying. */
function withoutPlace(trace: Trace): object {
  const { blockHash: _, blockNumber: __, transactionHash: ___, transactionPosition: ____, ...rest } = trace
  return rest
}

async function filterTraces(reader: Reader, filter: Record<string, unknown>): Promise<Trace[]> {
  const blockNumber = async (tag: unknown, otherwise: number) => {
    if (tag === undefined || tag === null) return otherwise
    const block = await findBlock(reader, tag)
    return block ? Number(block.number) : await heightOf(reader)
  }
  const from = await blockNumber(filter['fromBlock'], 0)
  const to = await blockNumber(filter['toBlock'], await heightOf(reader))
  if (to - from >= MAX_FILTER_BLOCKS) throw invalidParams(`a filter may span ${MAX_FILTER_BLOCKS} blocks`)
  const after = optional(filter['after'], 0, (value) => numberParam(value, 'after'))
  const count = Math.min(
    MAX_TRACES,
    optional(filter['count'], MAX_TRACES, (value) => numberParam(value, 'count')),
  )
  const isMeant = addressFilter(filter)
  const found: Trace[] = []
  let skipped = 0
  for (let number = from; number <= to && found.length < count; number++) {
    const block = await findBlock(reader, number)
    for (const trace of block ? await blockTraces(reader, block) : []) {
      if (!isMeant(trace)) continue
      if (skipped < after) skipped++
      else if (found.length < count) found.push(trace)
    }
  }
  return found
}

/** Both address lists must match when both are given, unless `mode` is "union". */
function addressFilter(filter: Record<string, unknown>): (trace: Trace) => boolean {
  const addresses = (name: string) => new Set(listParam(filter[name], name).map((value) => addressParam(value)))
  const senders = addresses('fromAddress')
  const receivers = addresses('toAddress')
  const isSender = ({ action }: Trace) => senders.has(action.from ?? action.address ?? '0x')
  const isReceiver = ({ action, result }: Trace) => receivers.has(action.to ?? result?.address ?? '0x')
  if (filter['mode'] === 'union' && senders.size > 0 && receivers.size > 0) {
    return (trace) => isSender(trace) || isReceiver(trace)
  }
  return (trace) => (senders.size === 0 || isSender(trace)) && (receivers.size === 0 || isReceiver(trace))
}
