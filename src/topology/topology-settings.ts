import { DEV_CHAIN_ID } from './dev-accounts.ts'
import { type ForkSetting, isForkSetting } from './fork-setting.ts'
import { DEFAULT_HARDFORK, type Hardfork, isHardfork } from './hardforks.ts'

/** Programs that can execute the chain: EDR in the process of the chain, or Foundry's anvil in one of its own. */
export const ENGINES = ['edr', 'anvil'] as const

export type EngineName = (typeof ENGINES)[number]

const isEngineName = (value: unknown): value is EngineName => (ENGINES as readonly unknown[]).includes(value)

/** What `devnet up` can change about the default network; remembered by the network. */
export type TopologySettings = {
  /** milliseconds between blocks; null mines a block per transaction */
  blockTimeMs: number | null
  /** null on a fork: that of the network forked */
  chainId: number | null
  hardfork: Hardfork
  /** blocks by which the tags `finalized` and `safe` stay behind the latest block */
  finalizedLag: number
  /** the network whose state the chain begins with, instead of a genesis of its own */
  fork: ForkSetting | null
  engine: EngineName
  /** storage nodes of each shard */
  replicas: number
}

/** Settings that are part of the genesis: a network keeps the ones it was created with until it is reset. */
export const GENESIS_SETTINGS = [
  'chainId',
  'hardfork',
  'fork',
  'engine',
] as const satisfies readonly (keyof TopologySettings)[]

/** Settings as the manifest remembers them (an older manifest lacks some), completed with defaults. */
export function readSettings(settings: Record<string, unknown>): TopologySettings {
  const { blockTimeMs, chainId, hardfork, finalizedLag, engine, replicas } = settings
  const fork = isForkSetting(settings['fork']) ? settings['fork'] : null
  return {
    blockTimeMs: typeof blockTimeMs === 'number' ? blockTimeMs : null,
    chainId: typeof chainId === 'number' ? chainId : fork ? null : DEV_CHAIN_ID,
    hardfork: isHardfork(hardfork) ? hardfork : DEFAULT_HARDFORK,
    finalizedLag: typeof finalizedLag === 'number' ? finalizedLag : 0,
    fork,
    engine: isEngineName(engine) ? engine : 'edr',
    replicas: typeof replicas === 'number' ? replicas : 1,
  }
}
