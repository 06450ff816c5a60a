import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { createRpc, type RpcClient } from '../../src/client/chain/rpc.ts'
import type { NetworkProfile } from '../../src/client/profile.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import type { ShardConfig } from '../../src/protocol/storage/shard.ts'
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

/** Chain with the real contracts, two shards (each `replicas` times) and the gateway. */
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
  /** starts node `i` again on its port, with its data; node i stores shard i modulo 2 */
  startShard: (i: number) => Promise<void>
  /** starts one more node, which joins by its peers; a process when the others are */
  join: (name: string, shard: ShardConfig, peers: string[]) => Promise<RpcClient>
  /** where node `i` keeps its data */
  dataDirOf: (i: number) => string
}

/** Starts a storage network; `asProcesses` forks the nodes, so that a test can kill them. */
export async function startStorageNetwork(
  options: {
    asProcesses?: boolean
    replicas?: number
    store?: StorageNodeOptions['store']
    scrubBytesPerSecond?: number
  } = {},
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
  const count = 2 * (options.replicas ?? 1)
  const names = Array.from({ length: count }, (_, i) => `storage-${i}`)
  const known = names.map(() => Promise.withResolvers<string>())
  const dataDirOf = (i: number): string => join(directory, `storage-${i}`)
  const startShard = async (i: number): Promise<void> => {
    const dataDir = dataDirOf(i)
    const port = urls[i] ? Number(new URL(urls[i]).port) : 0
    const config = { shardId: i % 2, numShard: 2, chain: 'chain', flow }
    const others = known.filter((_, k) => k !== i && count > 2).map(({ promise }) => promise)
    if (options.asProcesses) {
      const peers = { chain: { rpc: chain.url } }
      const peerUrls = urls.filter((url, k) => url && k !== i && count > 2)
      const withPeers = { ...config, peerUrls }
      processes[i] = await startChildService({
        folder: 'storage-node',
        config: withPeers,
        dataDir,
        ports: { node: port },
        peers,
      })
      urls[i] = processes[i].endpoints['node'] ?? ''
      return
    }
    const host = '127.0.0.1'
    const common = { ...config, dataDir, host, port, strictPorts: false, log, signal: abort.signal }
    const node = await startStorageNode({
      ...common,
      chainRpc: chain.url,
      peers: others,
      ...(options.store ? { store: options.store } : {}),
      ...(options.scrubBytesPerSecond ? { scrubBytesPerSecond: options.scrubBytesPerSecond } : {}),
    })
    urls[i] = node.endpoints['node'] ?? ''
    known[i]?.resolve(urls[i])
    stops.push(() => node.stop())
  }
  await Promise.all(names.map((_, i) => startShard(i)))
  // Processes that started together could not be told of each other yet.
  if (options.asProcesses && count > 2) {
    const pairs = urls.flatMap((url, i) => urls.slice(i + 1).map((other) => [url, other] as const))
    await Promise.all(pairs.map(([url, other]) => createRpc(url).request('admin_addPeer', [other])))
  }
  const joinNetwork = async (name: string, shard: ShardConfig, peers: string[]): Promise<RpcClient> => {
    const dataDir = join(directory, name)
    if (options.asProcesses) {
      const config = { ...shard, chain: 'chain', flow, peerUrls: peers }
      const started = { folder: 'storage-node', config, dataDir, peers: { chain: { rpc: chain.url } } }
      const child = await startChildService(started)
      processes.push(child)
      return createRpc(child.endpoints['node'] ?? '')
    }
    const where = { dataDir, host: '127.0.0.1', port: 0, strictPorts: false, log, signal: abort.signal }
    const node = await startStorageNode({ ...shard, ...where, flow, chainRpc: chain.url, peers })
    stops.push(() => node.stop())
    return createRpc(node.endpoints['node'] ?? '')
  }
  const gateway = await startStorageGateway({
    nodes: urls.map((url, i) => ({ name: `storage-${i}`, url })),
    host: '127.0.0.1',
    ports: { indexer: 0, node: 0 },
    strictPorts: false,
    log,
    signal: abort.signal,
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
    join: joinNetwork,
    dataDirOf,
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
