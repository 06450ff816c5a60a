import { malformedParams, serverError } from '../../protocol/storage/rpc-faults.ts'
import { parseHash, parseIndex } from '../../protocol/storage/rpc-params.ts'
import { type SelectMethod, type ShardConfig, selectNodes } from '../../protocol/storage/shard.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { FileInfo, ShardedNode, ShardedNodes } from '../../protocol/storage/wire.ts'
import { RpcFault, type RpcMethods } from '../../runtime/child/json-rpc-http.ts'
import { take } from './full-range-methods.ts'
import type { FullRangeNode } from './full-range-node.ts'
import type { NodeClient } from './node-client.ts'
import { covers } from './node-set.ts'

const FULL_RANGE: ShardConfig = { shardId: 0, numShard: 1 }
/** Long, because an SDK gives up when a node it needs is left out; one that is gone refuses the connection at once. */
const LISTING_TIMEOUT_MS = 15_000

/** The `indexer_*` methods (0G storage spec §5.1). The full-range node comes first, then the shards; nodes that joined are `discovered`. */
export function indexerMethods(node: FullRangeNode): RpcMethods {
  return {
    indexer_getShardedNodes: async (): Promise<ShardedNodes> => {
      const [trusted, discovered] = await Promise.all([trustedNodes(node), discoveredNodes(node)])
      return { trusted, discovered }
    },
    indexer_getSelectedNodes: async ([replica, method, fullTrusted, dropped]): Promise<ShardedNodes> =>
      await select(node, {
        replica: take(parseIndex(replica ?? 1, 'expectedReplica')),
        method: parseMethod(method),
        isFullTrusted: fullTrusted !== false,
        dropped: Array.isArray(dropped) ? dropped : [],
      }),
    indexer_getNodeLocations: () => ({}),
    indexer_getFileLocations: async ([root]): Promise<ShardedNode[] | null> =>
      await fileLocations(node, take(parseHash(root, 'root'))),
  }
}

/** Every trusted node that answers, with the time it took. */
async function trustedNodes(node: FullRangeNode): Promise<ShardedNode[]> {
  const answers = await Promise.all(
    node.nodes.trusted.map(async ({ url, call }): Promise<ShardedNode | undefined> => {
      const startedAt = performance.now()
      try {
        const config = await call<ShardConfig>('zgs_getShardConfig', [], LISTING_TIMEOUT_MS)
        return { url, config, latency: Math.round(performance.now() - startedAt), since: 0 }
      } catch {
        return undefined
      }
    }),
  )
  const shards = answers.filter((answer) => answer !== undefined)
  return covers(shards) ? [{ url: node.url, config: FULL_RANGE, latency: 0, since: 0 }, ...shards] : shards
}

async function discoveredNodes(node: FullRangeNode): Promise<ShardedNode[]> {
  const joined = await node.nodes.discovered(node.url)
  return joined.map(({ url, config }) => ({ url, config, latency: 0, since: Math.floor(Date.now() / 1000) }))
}

/** Up to three fifths of the replicas from nodes that joined, when the caller trusts them; the rest from those configured (§5.1). */
async function select(
  node: FullRangeNode,
  wish: { replica: number; method: SelectMethod; isFullTrusted: boolean; dropped: unknown[] },
): Promise<ShardedNodes> {
  const { replica, method, dropped } = wish
  const keep = (nodes: ShardedNode[]): ShardedNode[] => nodes.filter(({ url }) => !dropped.includes(url))
  const fromJoined = wish.isFullTrusted ? 0 : Math.floor((replica * 3) / 5)
  const joined = fromJoined > 0 ? selectNodes(keep(await discoveredNodes(node)), fromJoined, method) : undefined
  const trusted = selectNodes(keep(await trustedNodes(node)), replica - (joined ? fromJoined : 0), method)
  if (trusted) return { trusted, discovered: joined ?? [] }
  const reason = 'cannot select a subset from the returned nodes that meets the replication requirement'
  throw new RpcFault(serverError(reason))
}

/** Trusted nodes that have a file whole, when they cover all shards; else those that joined are asked too. */
async function fileLocations(node: FullRangeNode, root: Hex): Promise<ShardedNode[] | null> {
  const info = await node.infoByRoot(root, true)
  if (!info) throw new RpcFault(serverError('file not found'))
  const trusted = await holding(node.nodes.trusted, await trustedNodes(node), info)
  if (info.finalized) trusted.unshift({ url: node.url, config: FULL_RANGE, latency: 0, since: 0 })
  if (covers(trusted)) return trusted
  const joined = await node.nodes.discovered(node.url)
  const all = [...trusted, ...(await holding(joined, await discoveredNodes(node), info))]
  return covers(all) ? all : null
}

/** Those of the nodes listed that say they have a file whole. */
async function holding(
  clients: readonly NodeClient[],
  listed: readonly ShardedNode[],
  { tx }: FileInfo,
): Promise<ShardedNode[]> {
  const found = await Promise.all(
    listed.map(async (candidate) => {
      const client = clients.find(({ url }) => url === candidate.url)
      try {
        const known = await client?.call<FileInfo | null>('zgs_getFileInfoByTxSeq', [tx.seq], LISTING_TIMEOUT_MS)
        return known?.finalized && known.tx.dataMerkleRoot === tx.dataMerkleRoot ? candidate : undefined
      } catch {
        return undefined
      }
    }),
  )
  return found.filter((candidate) => candidate !== undefined)
}

function parseMethod(method: unknown): SelectMethod {
  if (method === undefined || method === null || method === '') return 'min'
  if (method === 'min' || method === 'max' || method === 'random') return method
  const shards = Number(method)
  if (Number.isSafeInteger(shards) && shards > 0) return shards
  throw new RpcFault(malformedParams('method: expected min, max, random or a positive number'))
}
