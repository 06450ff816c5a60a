import type { Hex } from '../../client/chain/rpc.ts'

/** One frame of debug_traceTransaction with callTracer. */
export type TraceFrame = {
  type: string
  from?: Hex
  to?: Hex
  value?: Hex
  gas?: Hex
  gasUsed?: Hex
  input?: Hex
  error?: string
  calls?: TraceFrame[]
}

/** A call inside a transaction, as Etherscan's `txlistinternal` tells them. */
export type InternalCall = {
  block: number
  position: number
  number: number
  sender: Hex
  recipient: Hex | null
  created: Hex | null
  value: string
  type: string
  gas: string
  gasUsed: string
  error: string
  /** places in the tree, from the root: `0_1` */
  path: string
  /** code of a creation; empty for calls */
  input: string
}

/** Deeper than the EVM's own limit on calls, so that only broken answers are cut. */
const MAX_DEPTH = 1_100

/**
 * The calls of a trace that Etherscan shows: those that move 0G or make a contract. A call within one that failed failed too.
 * Walks without recursion: a trace may be as deep as the EVM allows.
 */
export function internalCalls(block: number, position: number, root: TraceFrame): InternalCall[] {
  const found: InternalCall[] = []
  const waiting = children(root, '', root.error ?? '').reverse()
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { frame, path, error } = next
    const isCreation = frame.type === 'CREATE' || frame.type === 'CREATE2'
    const value = frame.type === 'DELEGATECALL' ? 0n : BigInt(frame.value ?? '0x0')
    if (isCreation || value > 0n)
      found.push({
        block,
        position,
        number: found.length,
        sender: lower(frame.from ?? '0x'),
        recipient: isCreation ? null : lower(frame.to ?? '0x'),
        created: isCreation && frame.to ? lower(frame.to) : null,
        value: value.toString(),
        type: frame.type.toLowerCase(),
        gas: BigInt(frame.gas ?? '0x0').toString(),
        gasUsed: BigInt(frame.gasUsed ?? '0x0').toString(),
        error,
        path,
        input: isCreation ? (frame.input ?? '') : '',
      })
    if (path.split('_').length < MAX_DEPTH) waiting.push(...children(frame, `${path}_`, error).reverse())
  }
  return found
}

function children(frame: TraceFrame, prefix: string, error: string) {
  return (frame.calls ?? []).map((call, i) => ({ frame: call, path: `${prefix}${i}`, error: call.error ?? error }))
}

const lower = (text: Hex): Hex => text.toLowerCase() as Hex
