import { join } from 'node:path'
import type { NetworkProfile } from './profile.ts'

type Preset = Pick<NetworkProfile, 'name' | 'chainId' | 'rpc' | 'contracts' | 'storage'>

/** The public networks: addresses of the 0G storage spec §3.9 and the compute spec §1.1, as documented in November 2026. */
export const PRESETS = {
  galileo: {
    name: 'galileo',
    chainId: 16602,
    rpc: 'https://evmrpc-testnet.0g.ai',
    contracts: {
      Flow: '0x22e03a6a89b950f1c82ec5e74f8eca321a105296',
      LedgerManager: '0xe70830508dac0a97e6c087c75f402f9be669e406',
      InferenceServing: '0xa79f4c8311ff93c06b8cfb403690cc987c93f91e',
    },
    storage: { indexer: 'https://indexer-storage-testnet-turbo.0g.ai' },
  },
  mainnet: {
    name: 'mainnet',
    chainId: 16661,
    rpc: 'https://evmrpc.0g.ai',
    contracts: {
      Flow: '0x62d4144db0f0a6fbbaeb6296c785c71b3d57c526',
      LedgerManager: '0x2de54c845cd948b72d2e32e39586fe89607074e3',
      InferenceServing: '0x47340d900bdfec2bd393c626e12ea0656f938d84',
    },
    storage: { indexer: 'https://indexer-storage-turbo.0g.ai' },
  },
} as const satisfies Record<string, Preset>

export type PublicNetwork = keyof typeof PRESETS

/** True for the name of a public network that has a preset. */
export function isPublicNetwork(name: string): name is PublicNetwork {
  return Object.hasOwn(PRESETS, name)
}

/** Profile of a public network; the client keeps its keystore and receipts under `userState`. */
export function presetProfile(name: PublicNetwork, userState: string): NetworkProfile {
  return { ...PRESETS[name], stateDir: join(userState, 'networks', name), accounts: [] }
}
