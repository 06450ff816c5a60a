import type { Hex } from '../../protocol/storage/units.ts'
import { runService } from '../../runtime/child/service.ts'
import { startStorageNode } from './start-storage-node.ts'

type Config = {
  shardId: number
  numShard: number
  chain: string
  flow: Hex
  /** names of services whose nodes may have what is missing here */
  peers?: string[]
  /** nodes or indexers elsewhere */
  peerUrls?: string[]
}

runService<Config>(async ({ config, peer, ports, host, strictPorts, dataDir, log, signal }) => {
  const { rpc } = await peer(config.chain)
  const { shardId, numShard, flow } = config
  const port = ports['node'] ?? 0
  return startStorageNode({
    shardId,
    numShard,
    flow,
    chainRpc: rpc ?? '',
    dataDir,
    host,
    port,
    strictPorts,
    log,
    signal,
    peers: [...(config.peerUrls ?? []), ...(config.peers ?? []).map(async (name) => (await peer(name))['node'] ?? '')],
  })
})
