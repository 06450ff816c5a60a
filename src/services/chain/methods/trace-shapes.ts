import type { CallFrame } from '../../../client/chain/call-frame.ts'
import type { Hex } from '../../../client/chain/rpc.ts'

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
