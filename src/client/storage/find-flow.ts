import { isOgError, ogError } from '../../errors/og-error.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { NodeStatus, ShardedNodes } from '../../protocol/storage/wire.ts'
import { createRpc } from '../chain/rpc.ts'

/**
 * Address of the Flow contract, as the nodes of a network name it; `peers` are URLs of nodes or indexers.
 * @throws OgError NETWORK_UNREACHABLE when none of them answers
 */
export async function findFlow(peers: readonly string[], signal?: AbortSignal): Promise<Hex> {
  let failure: unknown
  for (const peer of peers) {
    try {
      const { networkIdentity } = await statusOf(peer, signal)
      return networkIdentity.flowAddress
    } catch (error) {
      signal?.throwIfAborted()
      failure = error
    }
  }
  throw failure ?? ogError('NETWORK_UNREACHABLE', { url: 'no peer', reason: 'none was named' })
}

async function statusOf(url: string, signal: AbortSignal | undefined): Promise<NodeStatus> {
  try {
    return await createRpc(url).request<NodeStatus>('zgs_getStatus', [], { signal })
  } catch (error) {
    if (!isOgError(error) || error.code !== 'RPC_ERROR') throw error
    const { trusted } = await createRpc(url).request<ShardedNodes>('indexer_getShardedNodes', [], { signal })
    const [first] = trusted ?? []
    if (!first) throw ogError('NETWORK_UNREACHABLE', { url, reason: 'it lists no storage nodes' })
    return await createRpc(first.url).request<NodeStatus>('zgs_getStatus', [], { signal })
  }
}
