import type { Hex } from '../../protocol/storage/units.ts'
import { runService } from '../../runtime/child/service.ts'
import { startKvNode } from './start-kv-node.ts'

type Config = { chain: string; gateway: string; flow: Hex }

runService<Config>(async ({ config, peer, ports, host, strictPorts, dataDir, log, signal }) => {
  const [{ rpc }, { indexer }] = await Promise.all([peer(config.chain), peer(config.gateway)])
  return startKvNode({
    chainRpc: rpc ?? '',
    indexer: indexer ?? '',
    flow: config.flow,
    dataDir,
    host,
    port: ports['kv'] ?? 0,
    strictPorts,
    log,
    signal,
  })
})
