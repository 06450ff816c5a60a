import { runService } from '../../runtime/child/service.ts'
import { startExplorer } from './start-explorer.ts'

type Config = {
  chain: string
  contracts: Record<string, string>
  mnemonic: string
  faucetIndex: number
  compilersDir: string
}

runService<Config>(async ({ config, peer, ports, host, strictPorts, dataDir, log, signal }) => {
  const { rpc } = await peer(config.chain)
  return startExplorer({
    chainRpc: rpc ?? '',
    contracts: config.contracts,
    mnemonic: config.mnemonic,
    faucetIndex: config.faucetIndex,
    compilersDir: config.compilersDir,
    dataDir,
    host,
    port: ports['explorer'] ?? 0,
    strictPorts,
    log,
    signal,
  })
})
