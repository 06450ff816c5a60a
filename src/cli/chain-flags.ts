import { Flags } from '@oclif/core'
import { type ForkSetting, parseFork } from '../topology/fork-setting.ts'
import { HARDFORKS } from '../topology/hardforks.ts'
import { ENGINES, type EngineName, type TopologySettings } from '../topology/topology-settings.ts'
import { durationFlag } from './duration-flag.ts'

const MAX_LAG = 1_000_000

/** Flags of every command that starts a chain. A network remembers them, so none has a default here. */
export const chainFlags = {
  'block-time': durationFlag({ description: 'time between blocks; 0 mines a block per transaction (remembered)' }),
  hardfork: Flags.option({ options: HARDFORKS })({
    description: 'rules of the EVM, prague unless given; fixed at genesis, amsterdam is experimental',
  }),
  'chain-id': Flags.integer({
    description: 'chain id, 31337 unless given; fixed at genesis',
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    helpValue: 'ID',
  }),
  fork: Flags.custom<ForkSetting>({
    description:
      'begin with the state of galileo, mainnet or a URL, each with @BLOCK; only the chain runs then; fixed at genesis',
    helpValue: 'NETWORK[@BLOCK]',
    parse: async (text) => parseFork(text),
  })(),
  engine: Flags.option({ options: ENGINES })({
    description: 'what executes the chain: edr unless given, or anvil for compute-heavy contracts; fixed at genesis',
  }),
  'download-engine': Flags.boolean({
    description: 'with --engine anvil: fetch anvil from npm if it is neither in OG_ANVIL nor on the PATH',
    dependsOn: ['engine'],
  }),
  'finalized-lag': Flags.integer({
    description: 'blocks by which `finalized` and `safe` stay behind the latest, 0 unless given (remembered)',
    min: 0,
    max: MAX_LAG,
    helpValue: 'K',
  }),
}

type ChainFlags = {
  fork?: ForkSetting | undefined
  engine?: EngineName | undefined
  'block-time'?: number | undefined
  hardfork?: TopologySettings['hardfork'] | undefined
  'chain-id'?: number | undefined
  'finalized-lag'?: number | undefined
}

/** The settings that the flags given ask for; what was left out stays as the network remembers it. */
export function chainSettings(flags: ChainFlags): Partial<TopologySettings> {
  const blockTime = flags['block-time']
  return {
    // A fork has the id of the network forked, whatever this network had before.
    ...(flags.fork === undefined ? {} : { fork: flags.fork, chainId: null }),
    ...(flags.engine === undefined ? {} : { engine: flags.engine }),
    ...(blockTime === undefined ? {} : { blockTimeMs: blockTime || null }),
    ...(flags.hardfork === undefined ? {} : { hardfork: flags.hardfork }),
    ...(flags['chain-id'] === undefined ? {} : { chainId: flags['chain-id'] }),
    ...(flags['finalized-lag'] === undefined ? {} : { finalizedLag: flags['finalized-lag'] }),
  }
}
