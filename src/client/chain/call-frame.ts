import type { Hex } from './rpc.ts'

/** A call as geth's callTracer gives it with `withLog`; nodes write a log's place among the calls as hex or as a number. */
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
  logs?: { address: Hex; topics: Hex[]; data: Hex; position?: Hex | number; index?: Hex }[]
}
