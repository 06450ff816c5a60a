import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEVNET_ADDRESSES } from '../contracts/address-book.ts'
import { genesisFilePath } from '../contracts/genesis.ts'
import { ogError } from '../errors/og-error.ts'
import type { NetworkPlan } from '../runtime/network-plan.ts'
import type { ServiceDefinition } from '../runtime/service-definition.ts'
import { DEV_ACCOUNTS, DEV_CHAIN_ID, DEV_MNEMONIC } from './dev-accounts.ts'
import { probeChain, probeHttp, probeIndexer, probeKv, probeListed, probeStorageNode } from './probes.ts'

/** What `devnet up` can change about the default network; remembered by the network. */
type TopologySettings = {
  /** milliseconds between blocks; null mines a block per transaction */
  blockTimeMs: number | null
}

const HARDFORK = 'prague'
const SHARDS = ['storage-0', 'storage-1']
const FIRST_STORAGE_PORT = 5678
/** Neuron (wei) per token. A thousand tokens in and out cost 0.00015 0G. */
const PRICES = { priceIn: '50000000000', priceOut: '100000000000' }
const PROVIDER_INDEX = 5
const PROVIDER_SIGNER_INDEX = 6
const ORACLE_INDEX = 7

const HERE = dirname(fileURLToPath(import.meta.url))

/** Entry script of a service, beside this one in the sources as in dist/. */
const entryOf = (folder: string): string =>
  join(HERE, '..', 'services', folder, `main${extname(fileURLToPath(import.meta.url))}`)

/** The model that ships with the package; two levels up from src/topology as from dist/topology. */
const MODEL_DIR = join(HERE, '..', '..', 'models', 'og-tiny')

function accountAt(index: number): string {
  const account = DEV_ACCOUNTS.find((candidate) => candidate.index === index)
  if (!account) throw ogError('BUG', { reason: `no development account ${index}` })
  return account.address
}

function chain(genesisFile: string, settings: TopologySettings): ServiceDefinition {
  return {
    name: 'chain',
    kind: 'chain',
    entry: entryOf('chain'),
    config: {
      chainId: DEV_CHAIN_ID,
      mnemonic: DEV_MNEMONIC,
      genesisFile,
      hardfork: HARDFORK,
      blockTimeMs: settings.blockTimeMs,
    },
    preferredPorts: { rpc: 8545 },
    dependsOn: [],
    probe: (endpoints) => probeChain(endpoints['rpc'], DEVNET_ADDRESSES.Flow),
  }
}

/**
 * Segments are memory outside the heap, so each 16 MiB of them makes V8 look through a heap that holds little. With its helper
 * threads that takes more than the rest of the work (docs/adr/0005).
 */
const CARRIES_SEGMENTS = ['--no-concurrent-marking']

function storageNode(name: string, shardId: number): ServiceDefinition {
  const numShard = SHARDS.length
  return {
    name,
    kind: 'storage-node',
    shard: `${shardId}/${numShard}`,
    entry: entryOf('storage-node'),
    execArgv: CARRIES_SEGMENTS,
    config: { shardId, numShard, chain: 'chain', flow: DEVNET_ADDRESSES.Flow, market: DEVNET_ADDRESSES.Market },
    preferredPorts: { node: FIRST_STORAGE_PORT + shardId },
    dependsOn: ['chain'],
    probe: (endpoints) => probeStorageNode(endpoints['node']),
  }
}

function storageGateway(): ServiceDefinition {
  return {
    name: 'storage-gateway',
    kind: 'storage-gateway',
    entry: entryOf('storage-gateway'),
    execArgv: CARRIES_SEGMENTS,
    config: { nodes: SHARDS, chain: 'chain', flow: DEVNET_ADDRESSES.Flow },
    preferredPorts: { indexer: 12_345, node: FIRST_STORAGE_PORT + SHARDS.length },
    dependsOn: ['chain', ...SHARDS],
    probe: (endpoints) => probeIndexer(endpoints['indexer'], SHARDS.length + 1),
  }
}

function storageKv(): ServiceDefinition {
  return {
    name: 'storage-kv',
    kind: 'storage-kv',
    entry: entryOf('storage-kv'),
    config: { chain: 'chain', gateway: 'storage-gateway', flow: DEVNET_ADDRESSES.Flow },
    preferredPorts: { kv: 6789 },
    dependsOn: ['chain', 'storage-gateway'],
    probe: (endpoints) => probeKv(endpoints['kv']),
  }
}

function computeProvider(): ServiceDefinition {
  return {
    name: 'compute-1',
    kind: 'compute-provider',
    entry: entryOf('compute-provider'),
    config: {
      chain: 'chain',
      gateway: 'storage-gateway',
      chainId: DEV_CHAIN_ID,
      mnemonic: DEV_MNEMONIC,
      providerIndex: PROVIDER_INDEX,
      signerIndex: PROVIDER_SIGNER_INDEX,
      contracts: DEVNET_ADDRESSES,
      ...PRICES,
      model: 'og-tiny',
      modelDir: MODEL_DIR,
    },
    preferredPorts: { broker: 3080 },
    dependsOn: ['chain', 'storage-gateway'],
    probe: async (endpoints, peer) => {
      await probeHttp(`${endpoints['broker']}/v1/models`)
      await probeListed(peer('chain')['rpc'], DEVNET_ADDRESSES.InferenceServing, accountAt(PROVIDER_INDEX))
    },
  }
}

function agentOracle(): ServiceDefinition {
  return {
    name: 'agent-oracle',
    kind: 'agent-oracle',
    entry: entryOf('agent-oracle'),
    config: {
      chain: 'chain',
      gateway: 'storage-gateway',
      mnemonic: DEV_MNEMONIC,
      signerIndex: ORACLE_INDEX,
      contracts: DEVNET_ADDRESSES,
    },
    preferredPorts: { oracle: 3090 },
    dependsOn: ['chain', 'storage-gateway'],
    probe: (endpoints) => probeHttp(`${endpoints['oracle']}/health`),
  }
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

async function contractBook(): Promise<Record<string, { address: string; abiHash: string }>> {
  // Only needed once everything runs: 100 KB of ABIs have no place in the daemon's start.
  const { CONTRACT_NAMES, contractAbi } = await import('../contracts/abi.ts')
  const rows = CONTRACT_NAMES.map((name) => {
    const abiHash = `0x${sha256(JSON.stringify(contractAbi(name)))}`
    return [name, { address: DEVNET_ADDRESSES[name], abiHash }] as const
  })
  return Object.fromEntries(rows)
}

function readSettings(settings: Record<string, unknown>): TopologySettings {
  const blockTimeMs = settings['blockTimeMs']
  return { blockTimeMs: typeof blockTimeMs === 'number' ? blockTimeMs : null }
}

/**
 * The network of `0g devnet up`: chain, two storage shards behind a gateway with the indexer, a KV node, one compute provider, agent oracle.
 * @throws FILE_NOT_FOUND when the genesis has not been built
 */
export async function defaultTopology(remembered: Record<string, unknown>): Promise<NetworkPlan> {
  const settings = readSettings(remembered)
  const genesisFile = genesisFilePath()
  const genesis = await readFile(genesisFile)
  return {
    definitions: [
      chain(genesisFile, settings),
      ...SHARDS.map(storageNode),
      storageGateway(),
      storageKv(),
      computeProvider(),
      agentOracle(),
    ],
    configHash: sha256(`${DEV_CHAIN_ID} ${DEV_MNEMONIC} ${HARDFORK} ${sha256(genesis)}`),
    settings,
    describe: async (endpointsOf) => {
      const { rpc, ws } = endpointsOf('chain')
      return {
        chain: { id: DEV_CHAIN_ID, rpc: rpc ?? '', ws: ws ?? '' },
        mnemonic: DEV_MNEMONIC,
        accounts: DEV_ACCOUNTS.map(({ index, address, role }) => ({ index, address, role })),
        contracts: await contractBook(),
      }
    },
  }
}
