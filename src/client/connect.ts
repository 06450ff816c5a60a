import { ogError } from '../errors/og-error.ts'
import { devnetPaths, userStateDir } from '../runtime/devnet-paths.ts'
import { existingDevnetRoot } from '../runtime/find-devnet.ts'
import type { Manifest } from '../runtime/manifest.ts'
import { readManifest } from '../runtime/manifest-store.ts'
import { isSameProcessAlive } from '../runtime/process-identity.ts'
import { withDeployed } from './chain/deployed-contracts.ts'
import { isPublicNetwork, PRESETS, presetProfile } from './presets.ts'
import type { NetworkProfile } from './profile.ts'

type Address = `0x${string}`

/** First URL that any service of the devnet offers under this endpoint name. */
function endpoint(manifest: Manifest, name: string): string | undefined {
  return manifest.services.map((service) => service.endpoints[name]).find((url) => url !== undefined)
}

/** The profile a devnet's manifest describes. `stateDir` is the client's own directory. @throws NOT_RUNNING without storage */
export function profileFromManifest(manifest: Manifest, stateDir: string): NetworkProfile {
  const indexer = endpoint(manifest, 'indexer')
  const kv = endpoint(manifest, 'kv')
  const agentOracle = endpoint(manifest, 'oracle')
  const contracts = Object.entries(manifest.contracts).map(([name, { address }]) => [name, address as Address] as const)
  return {
    name: manifest.name,
    chainId: manifest.chain.id,
    rpc: manifest.chain.rpc,
    contracts: Object.fromEntries(contracts),
    storage: { indexer: indexer ?? '' },
    ...(kv ? { kv } : {}),
    ...(agentOracle ? { agentOracle } : {}),
    stateDir,
    mnemonic: manifest.mnemonic,
    accounts: manifest.accounts.map((account) => ({ ...account, address: account.address as Address })),
  }
}

/**
 * Finds the network to talk to: a preset for `galileo` and `mainnet`, else a running devnet
 * (`devnet` name or path → OG_DEVNET → nearest directory upwards with `.0g/`).
 * @throws UNKNOWN_NETWORK, NOT_RUNNING, STATE_DAMAGED, STATE_INCOMPATIBLE
 * @example const profile = await resolveProfile()
 */
export async function resolveProfile(
  options: { devnet?: string | undefined; network?: string | undefined; cwd?: string | undefined } = {},
): Promise<NetworkProfile> {
  // A devnet named on the command line beats a network that only the environment names.
  const network = options.network ?? (options.devnet ? 'devnet' : process.env['OG_NETWORK']) ?? 'devnet'
  if (isPublicNetwork(network)) return withDeployed(presetProfile(network, userStateDir()))
  if (network !== 'devnet') {
    throw ogError('UNKNOWN_NETWORK', { name: network, known: ['devnet', ...Object.keys(PRESETS)].join(', ') })
  }
  const root = existingDevnetRoot(options)
  const paths = devnetPaths(root)
  const manifest = await readManifest(paths.manifest)
  if (!manifest?.live || !isSameProcessAlive(manifest.live)) throw ogError('NOT_RUNNING', { path: root })
  return withDeployed(profileFromManifest(manifest, paths.client))
}
