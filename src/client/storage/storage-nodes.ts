import { ogError } from '../../errors/og-error.ts'
import { firstSegment, ownsSegment, type ShardConfig, selectNodes } from '../../protocol/storage/shard.ts'
import type { ShardedNodes } from '../../protocol/storage/wire.ts'
import { postJson } from '../../utils/post-json.ts'
import { createRpc, type RpcClient } from '../chain/rpc.ts'
import type { NetworkProfile } from '../profile.ts'

/** A service that crashed is back within two seconds; a longer outage is an error, or another node's turn. */
const RETRY_FOR_MS = 2_500

/** A storage node as the indexer lists it; long texts of `rpc` are bytes (utils/long-text-json.ts). */
export type StorageNode = { url: string; config: ShardConfig; rpc: RpcClient }

/** The nodes of a network: all of them, and the smallest shards that together hold everything. */
export type StorageNodes = { all: StorageNode[]; shards: StorageNode[] }

/**
 * Asks the indexer for the nodes and picks the narrowest shards that cover everything, so that work spreads over them.
 * @throws OgError NETWORK_UNREACHABLE, STORAGE_NODES_MISSING
 */
export async function findStorageNodes(
  profile: Pick<NetworkProfile, 'storage'>,
  signal?: AbortSignal,
): Promise<StorageNodes> {
  const indexer = createRpc(profile.storage.indexer, { retryForMs: RETRY_FOR_MS })
  const { trusted } = await indexer.request<ShardedNodes>('indexer_getShardedNodes', [], { signal })
  const all = (trusted ?? []).map(({ url, config }) => ({
    url,
    config,
    rpc: createRpc(url, { retryForMs: RETRY_FOR_MS, transport: postJson }),
  }))
  const shards = selectNodes(all, 1, 'max')
  if (!shards) throw ogError('STORAGE_NODES_MISSING', { nodes: all.map(describeNode).join(', ') || 'none' })
  return { all, shards }
}

/** Nodes that may hold a segment of a file, narrow shards before wide ones. */
export function holdersOf(nodes: readonly StorageNode[], startEntryIndex: number, index: number): StorageNode[] {
  const global = firstSegment(startEntryIndex) + index
  return nodes
    .filter(({ config }) => ownsSegment(config, global))
    .toSorted((a, b) => b.config.numShard - a.config.numShard)
}

/** `http://… (shard 1/2)`. */
export function describeNode({ url, config }: { url: string; config: ShardConfig }): string {
  return `${url} (shard ${config.shardId}/${config.numShard})`
}
