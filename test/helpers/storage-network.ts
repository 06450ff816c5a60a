import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { createRpc, type RpcClient } from '../../src/client/chain/rpc.ts'
import type { NetworkProfile } from '../../src/client/profile.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import { startStorageGateway } from '../../src/services/storage-gateway/start-storage-gateway.ts'
import { type StorageNodeOptions, startStorageNode } from '../../src/services/storage-node/start-storage-node.ts'
import { type ChildService, startChildService } from './child-service.ts'
import { accounts, MNEMONIC, startTestChain, type TestChain, testProfile } from './test-chain.ts'

const log = pino({ level: 'silent' })

/** The content the specification's vectors are made of: it repeats every 251 bytes. */
export function vectorContent(size: number, offset = 0): Uint8Array {
  const period = Uint8Array.from({ length: 251 }, (_, i) => ((i + offset) * 31) % 251)
  return size === 0 ? new Uint8Array(0) : new Uint8Array(Buffer.alloc(size, period))
}

/** Chain with the real contracts, two shards and the gateway. */
export type StorageNetwork = AsyncDisposable & {
  profile: NetworkProfile
  chain: TestChain
  indexer: RpcClient
  gateway: RpcClient
  shards: RpcClient[]
  directory: string
  wallet: (typeof accounts)[number]
  /** nodes that run as processes of their own, when asked for */
  processes: ChildService[]
  /** starts shard `i` again on its port, with its data */
  startShard: (i: number) => Promise<void>
}

/** Starts a storage network; `asProcesses` forks the shards, so that a test can kill them. */
export async function startStorageNetwork(
  options: { asProcesses?: boolean; store?: StorageNodeOptions['store'] } = {},
): Promise<StorageNetwork> {
  const directory = mkdtempSync(join(tmpdir(), 'og-storage-'))
  const chain = await startTestChain(
    { genesisFile: genesisFilePath() },
    { path: directory, [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }) },
  )
  const abort = new AbortController()
  const processes: ChildService[] = []
  const stops: (() => Promise<unknown>)[] = []
  const urls: string[] = []
  const flow = DEVNET_ADDRESSES.Flow
  const startShard = async (i: number): Promise<void> => {
    const dataDir = join(directory, `storage-${i}`)
    const port = urls[i] ? Number(new URL(urls[i]).port) : 0
    const config = { shardId: i, numShard: 2, chain: 'chain', flow }
    if (options.asProcesses) {
      const peers = { chain: { rpc: chain.url } }
      processes[i] = await startChildService({ folder: 'storage-node', config, dataDir, ports: { node: port }, peers })
      urls[i] = processes[i].endpoints['node'] ?? ''
      return
    }
    const host = '127.0.0.1'
    const common = { ...config, dataDir, host, port, strictPorts: false, log, signal: abort.signal }
    const node = await startStorageNode({
      ...common,
      chainRpc: chain.url,
      ...(options.store ? { store: options.store } : {}),
    })
    urls[i] = node.endpoints['node'] ?? ''
    stops.push(() => node.stop())
  }
  await Promise.all([startShard(0), startShard(1)])
  const gateway = await startStorageGateway({
    nodes: urls.map((url, i) => ({ name: `storage-${i}`, url })),
    host: '127.0.0.1',
    ports: { indexer: 0, node: 0 },
    strictPorts: false,
    log,
  })
  stops.push(() => gateway.stop())
  const indexer = gateway.endpoints['indexer'] ?? ''
  const profile: NetworkProfile = {
    ...testProfile(chain.url, directory),
    contracts: DEVNET_ADDRESSES,
    storage: { indexer },
    mnemonic: MNEMONIC,
  }
  return {
    profile,
    chain,
    directory,
    processes,
    startShard,
    indexer: createRpc(indexer),
    gateway: createRpc(gateway.endpoints['node'] ?? ''),
    shards: urls.map((url) => createRpc(url)),
    wallet: accounts[1] as (typeof accounts)[number],
    async [Symbol.asyncDispose]() {
      abort.abort()
      await Promise.all([...stops.map((stop) => stop()), ...processes.map((node) => node.stop())])
      await chain[Symbol.asyncDispose]()
    },
  }
}
