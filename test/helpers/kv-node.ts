import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import { createRpc, type RpcClient } from '../../src/client/chain/rpc.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { startKvNode } from '../../src/services/storage-kv/start-kv-node.ts'
import { type ChildService, startChildService } from './child-service.ts'
import type { StorageNetwork } from './storage-network.ts'

/** A KV node of a storage network, in this process. */
export type TestKvNode = AsyncDisposable & { url: string; rpc: RpcClient }

/** Starts a KV node on the data directory of the network, so that a second start finds what the first one kept. */
export async function startTestKvNode(network: StorageNetwork): Promise<TestKvNode> {
  const dataDir = join(network.directory, 'storage-kv')
  mkdirSync(dataDir, { recursive: true })
  const abort = new AbortController()
  const node = await startKvNode({
    chainRpc: network.profile.rpc,
    indexer: network.profile.storage.indexer,
    flow: DEVNET_ADDRESSES.Flow,
    dataDir,
    host: '127.0.0.1',
    port: 0,
    strictPorts: false,
    log: pino({ level: 'silent' }),
    signal: abort.signal,
  })
  const url = node.endpoints['kv'] ?? ''
  return {
    url,
    rpc: createRpc(url),
    async [Symbol.asyncDispose]() {
      abort.abort()
      await node.stop()
    },
  }
}

/** The same as a process of its own, so that a test can kill it. */
export function startKvProcess(network: StorageNetwork, port = 0): Promise<ChildService> {
  return startChildService({
    folder: 'storage-kv',
    config: { chain: 'chain', gateway: 'storage-gateway', flow: DEVNET_ADDRESSES.Flow },
    dataDir: join(network.directory, 'storage-kv'),
    ports: { kv: port },
    peers: { chain: { rpc: network.profile.rpc }, 'storage-gateway': { indexer: network.profile.storage.indexer } },
  })
}
