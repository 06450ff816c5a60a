import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createRpc } from '../../client/chain/rpc.ts'
import { FlowFollower } from '../../client/storage/flow-follower.ts'
import { ogError } from '../../errors/og-error.ts'
import { isValidShard } from '../../protocol/storage/shard.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import { bindServer } from '../../runtime/child/bind-server.ts'
import { handleJsonRpc } from '../../runtime/child/json-rpc-http.ts'
import type { StartedService } from '../../runtime/child/service.ts'
import { FlowLog } from './flow-log.ts'
import { nodeError, nodeMethods } from './node-methods.ts'
import { SegmentStore, type SegmentStoreOptions } from './segment-store.ts'
import { StorageNode } from './storage-node.ts'

/** Bodies up to this size are read (0G storage spec §4.1). */
const MAX_BODY_BYTES = 100 * 1024 ** 2
/** How long a starting chain is waited for. */
const CHAIN_RETRY_MS = 30_000
const CHAIN_TIMEOUT_MS = 10_000

export type StorageNodeOptions = {
  shardId: number
  numShard: number
  /** URL of the chain's JSON-RPC */
  chainRpc: string
  flow: Hex
  dataDir: string
  host: string
  port: number
  strictPorts: boolean
  log: Logger
  signal: AbortSignal
  store?: SegmentStoreOptions
}

/**
 * Starts a storage node of one shard: opens its segment log, reads the chain's submissions, answers `zgs_*`.
 * @throws OgError SHARD_INVALID, PORT_IN_USE, NETWORK_UNREACHABLE
 */
export async function startStorageNode(options: StorageNodeOptions): Promise<StartedService> {
  const { log, signal, flow } = options
  const shard = { shardId: options.shardId, numShard: options.numShard }
  if (!isValidShard(shard)) throw ogError('SHARD_INVALID', { shard: `${shard.shardId}/${shard.numShard}` })
  // A chain that starts together with this node is waited for; one that goes away later must not hold up answers.
  const patient = createRpc(options.chainRpc, { retryForMs: CHAIN_RETRY_MS })
  const chainId = Number(await patient.request<Hex>('eth_chainId'))
  const rpc = createRpc(options.chainRpc, { timeoutMs: CHAIN_TIMEOUT_MS })
  const submissions = new FlowLog()
  const follower = new FlowFollower({ rpc, flow, submissions, log })
  const [store] = await Promise.all([
    SegmentStore.open(join(options.dataDir, 'segments'), log, options.store),
    follower.start(signal),
  ])
  const node = new StorageNode({ shard, submissions, store, follower })
  const onError = (error: unknown, method: string) => {
    log.error({ method, error: error instanceof Error ? error.stack : String(error) }, 'request failed')
    return nodeError(error)
  }
  const rpcOptions = {
    methods: nodeMethods(node, { chainId, flow }),
    maxBodyBytes: MAX_BODY_BYTES,
    onError,
    longTexts: true,
  }
  const server = createServer((request, response) => {
    handleJsonRpc(request, response, rpcOptions).catch((error: unknown) => {
      log.debug({ error: String(error) }, 'connection broke')
      response.destroy()
    })
  })
  server.keepAliveTimeout = 60_000
  const url = await bindServer(server, { host: options.host, port: options.port, strict: options.strictPorts })
  log.info({ url, shard, segments: store.count, nextTxSeq: submissions.nextTxSeq }, 'storage node ready')
  return {
    endpoints: { node: url },
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await store.close()
    },
  }
}
