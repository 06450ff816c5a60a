import { ogError } from '../../errors/og-error.ts'
import { parseShardedNodes } from '../../protocol/storage/node-answers.ts'
import {
  firstSegment,
  missingShards,
  ownsSegment,
  type ShardConfig,
  selectNodes,
} from '../../protocol/storage/shard.ts'
import type { ShardedNode } from '../../protocol/storage/wire.ts'
import { postJson } from '../../utils/post-json.ts'
import { createRpc, type RpcClient } from '../chain/rpc.ts'
import type { NetworkProfile } from '../profile.ts'

/** A service that crashed is back within two seconds; a longer outage is an error, or another node's turn. */
const RETRY_FOR_MS = 2_500

/**
 * A storage node as the indexer lists it; long texts of `rpc` are bytes (utils/long-text-json.ts). `isTrusted`: configured by who
 * runs the indexer; others joined, and serve what is proven like everything else.
 */
export type StorageNode = { url: string; config: ShardConfig; rpc: RpcClient; isTrusted?: boolean }

/** The nodes of a network: all of them, and the smallest shards that together hold everything. */
export type StorageNodes = { all: StorageNode[]; shards: StorageNode[] }

/** Which network, and whether it is a devnet: there a full-range node is the gateway, which stores nothing itself. */
type Network = Pick<NetworkProfile, 'storage' | 'mnemonic'>

/**
 * Asks the indexer for the nodes and picks the narrowest shards that cover everything, so that work spreads over them;
 * `replicas` times over when asked.
 * @throws OgError NETWORK_UNREACHABLE, STORAGE_NODES_MISSING, STORAGE_REPLICAS_MISSING
 */
export async function findStorageNodes(
  profile: Network,
  { replicas = 1, signal }: { replicas?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<StorageNodes> {
  const all = await listStorageNodes(profile, signal)
  const trusted = all.filter(({ isTrusted }) => isTrusted)
  const shards = selectNodes(trusted, 1, 'max') ?? selectNodes(all, 1, 'max')
  if (!shards) {
    const missing = missingShards(all.map(({ config }) => config)).map(
      ({ shardId, numShard }) => `${shardId}/${numShard}`,
    )
    const nodes = all.map(describeNode).join(', ') || 'none'
    throw ogError('STORAGE_NODES_MISSING', { missing: missing.join(', '), nodes })
  }
  if (replicas === 1) return { all, shards }
  const storing = profile.mnemonic === undefined ? all : all.filter(({ config }) => config.numShard > 1)
  const copies = selectNodes(storing.length > 0 ? storing : all, replicas, 'max')
  if (!copies) throw ogError('STORAGE_REPLICAS_MISSING', { replicas, nodes: storing.map(describeNode).join(', ') })
  return { all, shards: copies }
}

/** The nodes the indexer lists, whatever they hold. @throws OgError NETWORK_UNREACHABLE */
export async function listStorageNodes(
  profile: Pick<NetworkProfile, 'storage'>,
  signal?: AbortSignal,
): Promise<StorageNode[]> {
  const indexer = createRpc(profile.storage.indexer, { retryForMs: RETRY_FOR_MS })
  const method = 'indexer_getShardedNodes'
  const answer = parseShardedNodes(await indexer.request<unknown>(method, [], { signal }))
  if (!answer) throw ogError('RPC_ERROR', { method, reason: `${indexer.url} answers with something else` })
  const { trusted, discovered } = answer
  const connect = ({ url, config }: ShardedNode, isTrusted: boolean): StorageNode => ({
    url,
    config,
    rpc: createRpc(url, { retryForMs: RETRY_FOR_MS, transport: postJson }),
    isTrusted,
  })
  return [
    ...(trusted ?? []).map((node) => connect(node, true)),
    ...(discovered ?? []).map((node) => connect(node, false)),
  ]
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
