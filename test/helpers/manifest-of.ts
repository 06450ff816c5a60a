import type { NetworkProfile } from '../../src/client/profile.ts'
import type { Manifest } from '../../src/runtime/manifest.ts'
import { ownIdentity } from '../../src/runtime/process-identity.ts'

/** What the daemon would have written for chain, gateway and `more` services (name → endpoints); alive as long as this process is. */
export function manifestOf(
  { profile, directory }: { profile: NetworkProfile; directory: string },
  more: Record<string, Record<string, string>> = {},
): Manifest {
  const endpoints = {
    chain: { rpc: profile.rpc },
    'storage-gateway': { indexer: profile.storage.indexer },
    ...more,
  }
  return {
    schemaVersion: 1,
    name: 'default',
    id: 'test',
    version: '0.0.0',
    createdAt: new Date().toISOString(),
    configHash: '',
    settings: {},
    chain: { id: profile.chainId, rpc: profile.rpc, ws: '' },
    mnemonic: profile.mnemonic ?? '',
    accounts: profile.accounts,
    contracts: Object.fromEntries(
      Object.entries(profile.contracts).map(([name, address]) => [name, { address, abiHash: '' }]),
    ),
    services: Object.entries(endpoints).map(([name, own]) => ({
      name,
      kind: name,
      endpoints: own,
      dataDir: directory,
      logFile: '',
      ...ownIdentity(),
      status: 'ready',
    })),
    live: { ...ownIdentity(), socket: '', since: new Date().toISOString() },
    snapshots: [],
  }
}
