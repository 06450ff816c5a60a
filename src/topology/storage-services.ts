import { DEVNET_ADDRESSES } from '../contracts/address-book.ts'
import type { ShardConfig } from '../protocol/storage/shard.ts'
import type { ServiceDefinition } from '../runtime/service-definition.ts'
import { probeIndexer, probeKv, probeProcess, probeStorageNode } from './probes.ts'
import { serviceEntry } from './service-entry.ts'

const FIRST_STORAGE_PORT = 5678

/**
 * Segments are memory outside the heap, so each 16 MiB of them makes V8 look through a heap that holds little. With its helper
 * threads that takes more than the rest of the work (docs/adr/0005).
 */
const CARRIES_SEGMENTS = ['--no-concurrent-marking']

const NUM_SHARD = 2

/** Nodes of all shards, `replicas` of each, and the gateway in front of them. Names: storage-0, storage-1, storage-0-2, storage-1-2, … */
export function storageNetwork(replicas: number): ServiceDefinition[] {
  const nodes = Array.from({ length: replicas * NUM_SHARD }, (_, i) => {
    const shardId = i % NUM_SHARD
    const copy = Math.floor(i / NUM_SHARD) + 1
    // The port after the first nodes is the gateway's.
    const port = FIRST_STORAGE_PORT + (copy > 1 ? i + 1 : i)
    return { name: copy === 1 ? `storage-${shardId}` : `storage-${shardId}-${copy}`, shardId, port }
  })
  const names = nodes.map(({ name }) => name)
  const peersOf = (name: string): string[] => (replicas > 1 ? names.filter((other) => other !== name) : [])
  return [
    ...nodes.map(({ name, shardId, port }) =>
      storageNode({ name, shard: { shardId, numShard: NUM_SHARD }, port, config: { peers: peersOf(name) } }),
    ),
    storageGateway(names),
  ]
}

/** One storage node; `config` says who its peers are, and on which contract it looks for submissions when it is not a devnet's. */
export function storageNode(node: {
  name: string
  shard: ShardConfig
  port: number
  config: { peers?: string[]; peerUrls?: string[]; flow?: string }
}): ServiceDefinition {
  const { name, shard } = node
  return {
    name,
    kind: 'storage-node',
    shard: `${shard.shardId}/${shard.numShard}`,
    entry: serviceEntry('storage-node'),
    execArgv: CARRIES_SEGMENTS,
    config: { ...shard, chain: 'chain', flow: DEVNET_ADDRESSES.Flow, market: DEVNET_ADDRESSES.Market, ...node.config },
    preferredPorts: { node: node.port },
    dependsOn: ['chain'],
    probe: (endpoints) => probeStorageNode(endpoints['node']),
    liveness: (endpoints) => probeProcess(endpoints['node'], 'zgs_getShardConfig'),
  }
}

/** The gateway of the storage nodes named, with the indexer. */
function storageGateway(nodes: readonly string[]): ServiceDefinition {
  return {
    name: 'storage-gateway',
    kind: 'storage-gateway',
    entry: serviceEntry('storage-gateway'),
    execArgv: CARRIES_SEGMENTS,
    config: { nodes, chain: 'chain', flow: DEVNET_ADDRESSES.Flow },
    preferredPorts: { indexer: 12_345, node: FIRST_STORAGE_PORT + NUM_SHARD },
    dependsOn: ['chain', ...nodes],
    probe: (endpoints) => probeIndexer(endpoints['indexer'], nodes.length + 1),
    liveness: (endpoints) => probeProcess(endpoints['indexer'], 'indexer_getNodeLocations'),
  }
}

/** The KV node, which follows the chain and reads through the gateway. */
export function storageKv(): ServiceDefinition {
  return {
    name: 'storage-kv',
    kind: 'storage-kv',
    entry: serviceEntry('storage-kv'),
    config: { chain: 'chain', gateway: 'storage-gateway', flow: DEVNET_ADDRESSES.Flow },
    preferredPorts: { kv: 6789 },
    dependsOn: ['chain', 'storage-gateway'],
    probe: (endpoints) => probeKv(endpoints['kv']),
    liveness: (endpoints) => probeProcess(endpoints['kv'], 'kv_getStatus'),
  }
}
