import { malformedParams, serverError } from '../../protocol/storage/rpc-faults.ts'
import { parseHash, parseIndex } from '../../protocol/storage/rpc-params.ts'
import { type SelectMethod, type ShardConfig, selectNodes } from '../../protocol/storage/shard.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { ShardedNode, ShardedNodes } from '../../protocol/storage/wire.ts'
import { RpcFault, type RpcMethods } from '../../runtime/child/json-rpc-http.ts'
import { take } from './full-range-methods.ts'
import type { FullRangeNode } from './full-range-node.ts'

const FULL_RANGE: ShardConfig = { shardId: 0, numShard: 1 }

/** The `indexer_*` methods (0G storage spec §5.1). The full-range node comes first, then the shards. */
export function indexerMethods(node: FullRangeNode, fullRangeUrl: string): RpcMethods {
  const trusted = (): Promise<ShardedNode[]> => trustedNodes(node, fullRangeUrl)
  return {
    indexer_getShardedNodes: async (): Promise<ShardedNodes> => ({ trusted: await trusted(), discovered: [] }),
    indexer_getSelectedNodes: async ([replica, method, , dropped]): Promise<ShardedNodes> => {
      const without = Array.isArray(dropped) ? dropped : []
      const nodes = (await trusted()).filter(({ url }) => !without.includes(url))
      const selected = selectNodes(nodes, take(parseIndex(replica ?? 1, 'expectedReplica')), parseMethod(method))
      if (selected) return { trusted: selected, discovered: [] }
      const reason = 'cannot select a subset from the returned nodes that meets the replication requirement'
      throw new RpcFault(serverError(reason))
    },
    indexer_getNodeLocations: () => ({}),
    indexer_getFileLocations: async ([root]): Promise<ShardedNode[] | null> => {
      const hash = take(parseHash(root, 'root'))
      return await fileLocations(node, await trusted(), hash, fullRangeUrl)
    },
  }
}

/** Every node that answers, with the time it took. */
async function trustedNodes(node: FullRangeNode, fullRangeUrl: string): Promise<ShardedNode[]> {
  const answers = await Promise.all(
    node.shards.map(async ({ url, call }): Promise<ShardedNode | undefined> => {
      const startedAt = performance.now()
      try {
        const config = await call<ShardConfig>('zgs_getShardConfig', [])
        return { url, config, latency: Math.round(performance.now() - startedAt), since: 0 }
      } catch {
        return undefined
      }
    }),
  )
  const shards = answers.filter((answer) => answer !== undefined)
  const isWhole = selectNodes(shards, 1, 'max') !== undefined
  return isWhole ? [{ url: fullRangeUrl, config: FULL_RANGE, latency: 0, since: 0 }, ...shards] : shards
}

async function fileLocations(
  node: FullRangeNode,
  trusted: ShardedNode[],
  root: Hex,
  fullRangeUrl: string,
): Promise<ShardedNode[] | null> {
  const info = await node.infoByRoot(root, true)
  if (!info) throw new RpcFault(serverError('file not found'))
  const holders = await Promise.all(
    trusted.map(async (candidate) => {
      if (candidate.url === fullRangeUrl) return info.finalized ? candidate : undefined
      const shard = node.shards.find(({ url }) => url === candidate.url)
      const known = await shard?.call<{ finalized: boolean } | null>('zgs_getFileInfoByTxSeq', [info.tx.seq])
      return known?.finalized ? candidate : undefined
    }),
  )
  const found = holders.filter((holder) => holder !== undefined)
  return selectNodes(found, 1, 'min') ? found : null
}

function parseMethod(method: unknown): SelectMethod {
  if (method === undefined || method === null || method === '') return 'min'
  if (method === 'min' || method === 'max' || method === 'random') return method
  const shards = Number(method)
  if (Number.isSafeInteger(shards) && shards > 0) return shards
  throw new RpcFault(malformedParams('method: expected min, max, random or a positive number'))
}
