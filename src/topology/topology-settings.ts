import { DEV_CHAIN_ID } from './dev-accounts.ts'
import { DEFAULT_HARDFORK, type Hardfork, isHardfork } from './hardforks.ts'

/** What `devnet up` can change about the default network; remembered by the network. */
export type TopologySettings = {
  /** milliseconds between blocks; null mines a block per transaction */
  blockTimeMs: number | null
  chainId: number
  hardfork: Hardfork
  /** blocks by which the tags `finalized` and `safe` stay behind the latest block */
  finalizedLag: number
  /** storage nodes of each shard */
  replicas: number
}

/** Settings that are part of the genesis: a network keeps the ones it was created with until it is reset. */
export const GENESIS_SETTINGS = ['chainId', 'hardfork'] as const satisfies readonly (keyof TopologySettings)[]

/** Settings as the manifest remembers them (an older manifest lacks some), completed with defaults. */
export function readSettings(settings: Record<string, unknown>): TopologySettings {
  const { blockTimeMs, chainId, hardfork, finalizedLag, replicas } = settings
  return {
    blockTimeMs: typeof blockTimeMs === 'number' ? blockTimeMs : null,
    chainId: typeof chainId === 'number' ? chainId : DEV_CHAIN_ID,
    hardfork: isHardfork(hardfork) ? hardfork : DEFAULT_HARDFORK,
    finalizedLag: typeof finalizedLag === 'number' ? finalizedLag : 0,
    replicas: typeof replicas === 'number' ? replicas : 1,
  }
}
