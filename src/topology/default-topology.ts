import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DEVNET_ADDRESSES } from '../contracts/address-book.ts'
import { genesisFilePath } from '../contracts/genesis.ts'
import { ogError } from '../errors/og-error.ts'
import type { NetworkPlan } from '../runtime/network-plan.ts'
import type { ServiceDefinition } from '../runtime/service-definition.ts'
import { chainService } from './chain-service.ts'
import { configHash, sha256 } from './config-hash.ts'
import { DEV_ACCOUNTS, DEV_CHAIN_ID, DEV_MNEMONIC } from './dev-accounts.ts'
import { explorerService } from './explorer-service.ts'
import { forkTopology } from './fork-topology.ts'
import { probeHttp, probeListed } from './probes.ts'
import { serviceEntry } from './service-entry.ts'
import { storageKv, storageNetwork } from './storage-services.ts'
import { GENESIS_SETTINGS, readSettings } from './topology-settings.ts'

/** Neuron (wei) per token. A thousand tokens in and out cost 0.00015 0G. */
const PRICES = { priceIn: '50000000000', priceOut: '100000000000' }
const PROVIDER_INDEX = 5
const PROVIDER_SIGNER_INDEX = 6
const ORACLE_INDEX = 7

/** The model that ships with the package; two levels up from src/topology as from dist/topology. */
const MODEL_DIR = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'models', 'og-tiny')

function accountAt(index: number): string {
  const account = DEV_ACCOUNTS.find((candidate) => candidate.index === index)
  if (!account) throw ogError('BUG', { reason: `no development account ${index}` })
  return account.address
}

function computeProvider(chainId: number | null): ServiceDefinition {
  return {
    name: 'compute-1',
    kind: 'compute-provider',
    entry: serviceEntry('compute-provider'),
    config: {
      chain: 'chain',
      gateway: 'storage-gateway',
      ...(chainId === null ? {} : { chainId }),
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
    // A provider that its owner took off the list works as before.
    liveness: (endpoints) => probeHttp(`${endpoints['broker']}/v1/models`),
  }
}

function agentOracle(): ServiceDefinition {
  return {
    name: 'agent-oracle',
    kind: 'agent-oracle',
    entry: serviceEntry('agent-oracle'),
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

async function contractBook(): Promise<Record<string, { address: string; abiHash: string }>> {
  // Only needed once everything runs: 100 KB of ABIs have no place in the daemon's start.
  const { CONTRACT_NAMES, contractAbi } = await import('../contracts/abi.ts')
  const rows = CONTRACT_NAMES.map((name) => {
    const abiHash = `0x${sha256(JSON.stringify(contractAbi(name)))}`
    return [name, { address: DEVNET_ADDRESSES[name], abiHash }] as const
  })
  return Object.fromEntries(rows)
}

/**
 * The network of `0g devnet up`: chain, two storage shards (each as often as asked for) behind a gateway with the indexer, a KV
 * node, one compute provider, agent oracle, explorer.
 * @throws FILE_NOT_FOUND when the genesis has not been built
 */
export async function defaultTopology(remembered: Record<string, unknown>): Promise<NetworkPlan> {
  const settings = readSettings(remembered)
  if (settings.fork) return forkTopology(settings, settings.fork)
  const genesisFile = genesisFilePath()
  const genesis = await readFile(genesisFile)
  return {
    definitions: [
      chainService(genesisFile, settings),
      ...storageNetwork(settings.replicas),
      storageKv(),
      computeProvider(settings.chainId),
      agentOracle(),
      explorerService(),
    ],
    configHash: configHash(settings, sha256(genesis)),
    settings,
    genesisSettings: GENESIS_SETTINGS,
    describe: async (endpointsOf) => {
      const { rpc, ws } = endpointsOf('chain')
      return {
        chain: { id: settings.chainId ?? DEV_CHAIN_ID, rpc: rpc ?? '', ws: ws ?? '' },
        mnemonic: DEV_MNEMONIC,
        accounts: DEV_ACCOUNTS.map(({ index, address, role }) => ({ index, address, role })),
        contracts: await contractBook(),
      }
    },
  }
}
