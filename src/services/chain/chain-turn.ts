import type { ReplyBody } from './rpc-reply.ts'

/** A request, aliases resolved. */
export type ChainRequest = { method: string; params: readonly unknown[] }

/** The head moved: blocks above `ancestor` up to `head` are new, and what stood above `ancestor` before is gone. */
export type HeadChange = { ancestor: number; head: number }

/** The chain inside one turn of `exclusively`: nobody else reads or changes it. Of no use once the turn is over. */
export type Turn = {
  read(method: string, params: readonly unknown[]): Promise<ReplyBody>
  /** Applies a change. All changes of a turn reach the journal together when it ends: all of them survive a crash or none. */
  mutate(method: string, params: readonly unknown[]): Promise<ReplyBody>
  /**
   * Runs `work` and undoes what it changed, as evm_snapshot and evm_revert would, mining mode included: no trace in the journal, in snapshot
   * ids or in the chain. What evm_revert does not undo (impersonated accounts, the gas price floor) `work` has
   * to put back, and it reverts to no snapshot older than itself.
   */
  simulate<T>(work: (scratch: Pick<Turn, 'read' | 'mutate'>) => Promise<T>): Promise<T>
}
