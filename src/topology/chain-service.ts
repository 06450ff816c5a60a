import { DEVNET_ADDRESSES } from '../contracts/address-book.ts'
import type { ServiceDefinition } from '../runtime/service-definition.ts'
import { DEV_MNEMONIC } from './dev-accounts.ts'
import { probeChain, probeProcess } from './probes.ts'
import { serviceEntry } from './service-entry.ts'
import type { TopologySettings } from './topology-settings.ts'

/** The chain of a network, or one that runs alone: `0g chain node`. */
export function chainService(genesisFile: string, settings: TopologySettings): ServiceDefinition {
  const { chainId, hardfork, blockTimeMs, finalizedLag, engine } = settings
  const fork = settings.fork && { url: settings.fork.url, blockNumber: settings.fork.blockNumber }
  return {
    name: 'chain',
    kind: 'chain',
    entry: serviceEntry('chain'),
    config: { chainId, mnemonic: DEV_MNEMONIC, genesisFile, hardfork, blockTimeMs, finalizedLag, fork, engine },
    preferredPorts: { rpc: 8545 },
    dependsOn: [],
    probe: (endpoints) => probeChain(endpoints['rpc'], fork ? undefined : DEVNET_ADDRESSES.Flow),
    liveness: (endpoints) => probeProcess(endpoints['rpc'], 'web3_clientVersion'),
  }
}
