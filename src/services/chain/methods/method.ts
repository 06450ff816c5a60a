import type { Hex } from '../../../client/chain/rpc.ts'
import type { Chain } from '../chain.ts'
import type { Turn } from '../chain-turn.ts'
import type { PendingFeed } from '../pending-feed.ts'
import type { ReplyBody } from '../rpc-reply.ts'

/** What the methods of one chain share. */
export type MethodContext = {
  chain: Chain
  clientVersion: string
  /** keys the node holds, in the order of eth_accounts */
  privateKeys: readonly Hex[]
  /** what one call or transaction may use */
  gasCap: bigint
  /** what a call gets that names no gas; the engine's own default when undefined */
  callGas: bigint | undefined
  /** transactions as they are accepted */
  pending: PendingFeed
}

/** Answers one request. It may throw an RpcFault. */
export type Method = (params: readonly unknown[]) => ReplyBody | Promise<ReplyBody>

/** Methods of one subject, by the name a client calls. */
export type Family = (context: MethodContext) => Readonly<Record<string, Method>>

/** Where a method reads from: the chain, or the chain within a turn. */
export type Reader = Pick<Turn, 'read'>
