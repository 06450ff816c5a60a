import { runService } from '../../runtime/child/service.ts'
import { startStorageGateway } from './start-storage-gateway.ts'

type Config = { nodes: string[] }

runService<Config>(async ({ config, peer, ports, host, strictPorts, log, signal }) => {
  const nodes = config.nodes.map((name) => ({ name, url: peer(name).then((endpoints) => endpoints['node'] ?? '') }))
  return startStorageGateway({
    nodes,
    host,
    strictPorts,
    ports: { indexer: ports['indexer'] ?? 0, node: ports['node'] ?? 0 },
    log,
    signal,
  })
})
