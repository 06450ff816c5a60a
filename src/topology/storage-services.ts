import { DEVNET_ADDRESSES } from '../contracts/address-book.ts'
import type { ServiceDefinition } from '../runtime/service-definition.ts'
import { probeIndexer, probeKv, probeStorageNode } from './probes.ts'
import { serviceEntry } from './service-entry.ts'

const FIRST_STORAGE_PORT = 5678

/**
 * Segments are memory outside the heap, so each 16 MiB of them makes V8 look through a heap that holds little. With its helper
 * threads that takes more than the rest of the work (docs/adr/0005).
 */
const CARRIES_SEGMENTS = ['--no-concurrent-marking']

/** One storage node that keeps the segments of shard `shardId` of `numShard`. */
export function storageNode(name: string, shardId: number, numShard: number): ServiceDefinition {
  return {
    name,
    kind: 'storage-node',
    shard: `${shardId}/${numShard}`,
    entry: serviceEntry('storage-node'),
    execArgv: CARRIES_SEGMENTS,
    config: { shardId, numShard, chain: 'chain', flow: DEVNET_ADDRESSES.Flow, market: DEVNET_ADDRESSES.Market },
    preferredPorts: { node: FIRST_STORAGE_PORT + shardId },
    dependsOn: ['chain'],
    probe: (endpoints) => probeStorageNode(endpoints['node']),
  }
}

/** The gateway of the storage nodes named, with the indexer. */
export function storageGateway(nodes: readonly string[]): ServiceDefinition {
  return {
    name: 'storage-gateway',
    kind: 'storage-gateway',
    entry: serviceEntry('storage-gateway'),
    execArgv: CARRIES_SEGMENTS,
    config: { nodes, chain: 'chain', flow: DEVNET_ADDRESSES.Flow },
    preferredPorts: { indexer: 12_345, node: FIRST_STORAGE_PORT + nodes.length },
    dependsOn: ['chain', ...nodes],
    probe: (endpoints) => probeIndexer(endpoints['indexer'], nodes.length + 1),
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
  }
}
