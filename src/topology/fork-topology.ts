import { createRpc } from '../client/chain/rpc.ts'
import { PRESETS } from '../client/presets.ts'
import { genesisFilePath } from '../contracts/genesis.ts'
import type { NetworkPlan } from '../runtime/network-plan.ts'
import { chainService } from './chain-service.ts'
import { configHash } from './config-hash.ts'
import { DEV_ACCOUNTS, DEV_MNEMONIC } from './dev-accounts.ts'
import type { ForkSetting } from './fork-setting.ts'
import { GENESIS_SETTINGS, type TopologySettings } from './topology-settings.ts'

/**
 * A devnet that begins with the state of another network: the chain alone. Storage nodes, providers and oracle of that network stay
 * where they are; local ones would have nothing of what its contracts promise. The contracts are those of the network forked, where
 * we know them.
 */
export function forkTopology(settings: TopologySettings, fork: ForkSetting): NetworkPlan {
  const contracts = fork.network ? Object.entries(PRESETS[fork.network].contracts) : []
  return {
    definitions: [chainService(genesisFilePath(), settings)],
    configHash: configHash(settings, JSON.stringify(fork)),
    settings,
    genesisSettings: GENESIS_SETTINGS,
    describe: async (endpointsOf) => {
      const { rpc = '', ws = '' } = endpointsOf('chain')
      const client = createRpc(rpc)
      const id = Number(await client.request<string>('eth_chainId', []))
      const { forkedNetwork } = await client.request<{ forkedNetwork?: { forkBlockNumber: number } }>(
        'hardhat_metadata',
        [],
      )
      const blockNumber = forkedNetwork?.forkBlockNumber ?? fork.blockNumber ?? 0
      return {
        chain: { id, rpc, ws, fork: { url: fork.url, network: fork.network, blockNumber } },
        mnemonic: DEV_MNEMONIC,
        accounts: DEV_ACCOUNTS.map(({ index, address, role }) => ({ index, address, role })),
        contracts: Object.fromEntries(contracts.map(([name, address]) => [name, { address, abiHash: '' }])),
      }
    },
  }
}
