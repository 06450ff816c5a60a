import { runService } from '../../runtime/child/service.ts'
import type { ProviderConfig } from './provider-config.ts'
import { startProvider } from './start-provider.ts'

runService<ProviderConfig>(async ({ config, dataDir, host, ports, strictPorts, log, peer }) => {
  const chainRpc = peer(config.chain).then((endpoints) => endpoints['rpc'] ?? '')
  const indexer = peer(config.gateway).then((endpoints) => endpoints['indexer'] ?? '')
  for (const awaited of [chainRpc, indexer]) awaited.catch(() => {})
  return await startProvider({
    config,
    dataDir,
    host,
    strictPorts,
    log,
    chainRpc,
    indexer,
    port: ports['broker'] ?? 0,
    // Loaded only when the model is not in storage or cache yet: later starts do without the storage client.
    storage: async (profile, wallet) =>
      (await import('./network-model-storage.ts')).networkModelStorage(profile, wallet),
  })
})
