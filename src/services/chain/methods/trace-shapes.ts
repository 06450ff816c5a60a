import type { Hex } from '../../../client/chain/rpc.ts'

/** A frame of the engine's callTracer. */
export type CallFrame = {
  type: string
  from: Hex
  to?: Hex
  value?: Hex
  gas: Hex
  gasUsed: Hex
  input: Hex
  output?: Hex
  error?: string
  revertReason?: string
  calls?: CallFrame[]
  logs?: { address: Hex; topics: Hex[]; data: Hex; position?: Hex; index?: Hex }[]
}

type Account = { balance?: Hex; nonce?: number; code?: Hex; storage?: Record<Hex, Hex> }
/** Accounts as the engine's prestateTracer gives them. */
export type Prestate = Record<Hex, Account>
/** The same with diffMode. */
export type StateChange = { pre: Prestate; post: Prestate }

/** Every frame with its depth, callers before what they call. */
export function* framesOf(frame: CallFrame, depth = 0): Generator<{ frame: CallFrame; depth: number }> {
  yield { frame, depth }
  for (const call of frame.calls ?? []) yield* framesOf(call, depth + 1)
}

/** Whether a frame makes a contract. */
export function isCreation({ type }: CallFrame): boolean {
  return type === 'CREATE' || type === 'CREATE2'
}
