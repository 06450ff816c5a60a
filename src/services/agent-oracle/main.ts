import { runService } from '../../runtime/child/service.ts'
import { type AgentOracleConfig, startAgentOracle } from './start-agent-oracle.ts'

runService<AgentOracleConfig>(async ({ config, dataDir, host, ports, strictPorts, log, peer }) => {
  const chainRpc = peer(config.chain).then((endpoints) => endpoints['rpc'] ?? '')
  const indexer = peer(config.gateway ?? 'storage-gateway').then((endpoints) => endpoints['indexer'] ?? '')
  // Awaited when a request needs them; until then a peer that never comes is not an unhandled failure.
  for (const awaited of [chainRpc, indexer]) awaited.catch(() => {})
  return await startAgentOracle({
    config,
    dataDir,
    host,
    strictPorts,
    log,
    chainRpc,
    indexer,
    port: ports['oracle'] ?? 0,
  })
})
