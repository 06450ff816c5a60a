import { ogError } from '../../errors/og-error.ts'
import type { NetworkProfile } from '../profile.ts'
import { abiAt, itemsById, namedItems, selectorOf } from './abi-of.ts'
import type { CallFrame } from './call-frame.ts'
import { CONSOLE_ADDRESS, consoleLine } from './console-log.ts'
import { type DecodedValue, decodeCallTo, decodeLog, decodeParameters, named } from './decode-abi.ts'
import { revertWords } from './explain-revert.ts'
import { nameOf } from './names.ts'
import { createRpc, type Hex } from './rpc.ts'

/** One call of a transaction with what it did, in order. */
export type TraceCall = {
  kind: 'call'
  type: string
  from: string
  /** label or address; `code of X` for what X borrows by DELEGATECALL; null for a creation that failed */
  to: string | null
  toAddress: Hex | null
  /** null when no ABI knows it, or when it is a plain transfer */
  function: string | null
  args: DecodedValue[]
  input: Hex
  outputs: DecodedValue[]
  output: Hex
  valueWei: bigint
  gasUsed: number
  /** why it failed, decoded; null when it did not */
  error: string | null
  steps: TraceStep[]
}

type TraceStep =
  | TraceCall
  | { kind: 'event'; contract: string; event: string | null; args: DecodedValue[]; topics: readonly Hex[]; data: Hex }
  | { kind: 'console'; line: string }

export type Trace = {
  txHash: Hex
  status: 'success' | 'reverted'
  gasUsed: number
  consoleLines: string[]
  call: TraceCall
}

type Options = { profile: NetworkProfile; signal?: AbortSignal | undefined }

/** The answer of the node's call tracer, as it comes. @throws OgError NOT_ON_CHAIN, VALUE_INVALID, RPC_ERROR when the node has no tracer */
export async function traceRaw(hash: string, { profile, signal }: Options): Promise<CallFrame> {
  if (!/^0x[0-9a-f]{64}$/i.test(hash)) {
    throw ogError('VALUE_INVALID', {
      value: hash,
      expected: 'a transaction hash',
      example: '0x followed by 64 hex digits',
    })
  }
  const rpc = createRpc(profile.rpc)
  const receipt = await rpc.request<object | null>('eth_getTransactionReceipt', [hash], { signal })
  if (!receipt) throw ogError('NOT_ON_CHAIN', { what: `the mined transaction ${hash}`, network: profile.name })
  const tracer = { tracer: 'callTracer', tracerConfig: { withLog: true } }
  return await rpc.request<CallFrame>('debug_traceTransaction', [hash, tracer], { signal })
}

/** The call tree of a mined transaction: names, arguments, values, gas, events, `console.log` lines and why what failed, failed. */
export async function traceTransaction(hash: string, options: Options): Promise<Trace> {
  const frame = await traceRaw(hash, options)
  const call = callOf(options.profile, frame, null)
  const status = frame.error === undefined ? 'success' : 'reverted'
  return { txHash: hash as Hex, status, gasUsed: call.gasUsed, consoleLines: consoleLinesOf(call), call }
}

function callOf(profile: NetworkProfile, frame: CallFrame, parent: string | null): TraceCall {
  const isCreation = frame.type.startsWith('CREATE')
  const isBorrowed = frame.type === 'DELEGATECALL' || frame.type === 'CALLCODE'
  const to = frame.to ? (nameOf(profile, frame.to) ?? (isBorrowed && parent ? `code of ${parent}` : frame.to)) : null
  const decoded = isCreation || !frame.to ? undefined : decodeFrame(profile, frame)
  return {
    kind: 'call',
    type: frame.type,
    from: nameOf(profile, frame.from) ?? frame.from,
    to,
    toAddress: frame.to ?? null,
    function: decoded?.name ?? null,
    args: decoded?.args ?? [],
    input: frame.input,
    outputs: isCreation || frame.error !== undefined ? [] : outputsOf(profile, frame),
    output: frame.output ?? '0x',
    valueWei: isBorrowed ? 0n : BigInt(frame.value ?? '0x0'),
    gasUsed: Number(frame.gasUsed),
    error: frame.error === undefined ? null : reasonOf(profile, frame),
    steps: stepsOf(profile, frame, isBorrowed ? parent : to),
  }
}

/** Code behind a proxy is called with the selectors of the proxy's name. */
function decodeFrame(profile: NetworkProfile, frame: CallFrame) {
  const behind = abiAt(profile, frame.to ?? null) ? (frame.to ?? null) : frame.from
  return decodeCallTo(profile, behind, frame.input)
}

function outputsOf(profile: NetworkProfile, { to, from, input, output = '0x' }: CallFrame): DecodedValue[] {
  const selector = input.slice(0, 10)
  if (output === '0x' || selector.length < 10) return []
  const abi = abiAt(profile, to ?? null) ?? abiAt(profile, from) ?? []
  const own = namedItems(abi).find((item) => item.type === 'function' && selectorOf(item) === selector)
  const item = own ?? itemsById(profile, 'functions', selector)[0]?.item
  const outputs = item?.outputs ?? []
  const decoded = outputs.length === 0 ? undefined : decodeParameters(outputs, output)
  return decoded ? named(outputs, decoded.values, profile) : []
}

function reasonOf(profile: NetworkProfile, { output, error, revertReason }: CallFrame): string {
  const words = output !== undefined && output.length >= 10 ? revertWords(profile, output) : undefined
  return words?.reason ?? revertReason ?? error ?? 'it failed'
}

/** Calls and events in the order they happened: a log's position counts the calls before it. */
function stepsOf(profile: NetworkProfile, frame: CallFrame, self: string | null): TraceStep[] {
  const calls = frame.calls ?? []
  const logs = frame.logs ?? []
  const steps: TraceStep[] = []
  for (let at = 0; at <= calls.length; at++) {
    for (const log of logs) {
      if (Math.min(Number(log.position ?? calls.length), calls.length) === at) steps.push(eventOf(profile, log))
    }
    const call = calls[at]
    if (call) steps.push(consoleStep(call) ?? callOf(profile, call, self))
  }
  return steps
}

function consoleStep({ to, input }: CallFrame): TraceStep | undefined {
  const line = to?.toLowerCase() === CONSOLE_ADDRESS ? consoleLine(input) : undefined
  return line === undefined ? undefined : { kind: 'console', line }
}

function eventOf(profile: NetworkProfile, log: { address: Hex; topics: Hex[]; data: Hex }): TraceStep {
  const decoded = decodeLog(profile, log)
  return {
    kind: 'event',
    contract: nameOf(profile, log.address) ?? log.address,
    event: decoded?.name ?? null,
    args: decoded?.args ?? [],
    topics: log.topics,
    data: log.data,
  }
}

function consoleLinesOf(call: TraceCall): string[] {
  return call.steps.flatMap((step) => {
    if (step.kind === 'console') return [step.line]
    return step.kind === 'call' ? consoleLinesOf(step) : []
  })
}
