import { createServer } from 'node:http'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createRpc } from '../../client/chain/rpc.ts'
import { FlowFollower } from '../../client/storage/flow-follower.ts'
import { ogError } from '../../errors/og-error.ts'
import { isValidShard } from '../../protocol/storage/shard.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import { bindServer } from '../../runtime/child/bind-server.ts'
import { ByteGate } from '../../runtime/child/byte-gate.ts'
import { handleJsonRpc } from '../../runtime/child/json-rpc-http.ts'
import type { StartedService } from '../../runtime/child/service.ts'
import { adminMethods } from './admin-methods.ts'
import { FlowLog } from './flow-log.ts'
import { nodeError, nodeMethods } from './node-methods.ts'
import { type ScrubProgress, scrubStore } from './scrub-store.ts'
import { serveSegment } from './segment-download.ts'
import { SegmentStore, type SegmentStoreOptions } from './segment-store.ts'
import { StorageNode } from './storage-node.ts'
import { FileSync } from './sync/file-sync.ts'
import { Peers } from './sync/peers.ts'

/** Bodies up to this size are read (0G storage spec §4.1). */
const MAX_BODY_BYTES = 100 * 1024 ** 2
/** Bodies in memory at once: the official SDK sends all segments of a file at the same time. */
const MAX_BODIES_BYTES = 32 * 1024 ** 2
/** Ends this process the way the supervisor would. */
const shutdown = (): void => void process.kill(process.pid, 'SIGTERM')

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
  /** URLs of other nodes, or of an indexer that lists them; promises for those that are not started yet */
  peers?: readonly (string | Promise<string>)[]
  store?: SegmentStoreOptions
  /** how fast the disk is checked after the start */
  scrubBytesPerSecond?: number
}

/**
 * Starts a storage node of one shard: opens its segment logs, reads the chain's submissions, answers `zgs_*` and `admin_*`. In the
 * background it fetches from its peers what it should have and has not, and reads its disk through once.
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
  let url = ''
  const peers: Peers = new Peers({ network: { chainId, flow }, log, signal, onConnect: () => sync.retryNow() })
  const node = new StorageNode({
    shard,
    submissions,
    store,
    follower,
    connectedPeers: () => peers.connected().length,
  })
  const sync: FileSync = new FileSync({ node, peers, log, signal })
  node.onComplete = (submission) => sync.announce(submission)
  store.onDamage = (root) => {
    node.recheck(root)
    for (const submission of submissions.ofRoot(root)) sync.fetch(submission)
  }
  store.onGone = () => {
    log.fatal({ dataDir: options.dataDir }, 'the data directory was deleted: starting again')
    shutdown()
  }
  const scrub: ScrubProgress = { total: 0, checked: 0, damaged: 0, isDone: false }
  const onError = (error: unknown, method: string) => {
    log.error({ method, error: error instanceof Error ? error.stack : String(error) }, 'request failed')
    return nodeError(error)
  }
  const rpcOptions = {
    methods: {
      ...nodeMethods(node, { chainId, flow }),
      ...adminMethods({ node, store, peers, sync, scrub, url: () => url, shutdown }),
    },
    maxBodyBytes: MAX_BODY_BYTES,
    onError,
    longTexts: true,
    gate: new ByteGate(MAX_BODIES_BYTES),
  }
  const server = createServer((request, response) => {
    const served = serveSegment(request, response, node).then(async (isServed) => {
      if (!isServed) await handleJsonRpc(request, response, rpcOptions)
    })
    served.catch((error: unknown) => {
      log.debug({ error: String(error) }, 'connection broke')
      response.destroy()
    })
  })
  server.keepAliveTimeout = 60_000
  url = await bindServer(server, { host: options.host, port: options.port, strict: options.strictPorts })
  const given = options.peers ?? []
  peers.start(
    url,
    given.filter((peer) => typeof peer === 'string'),
  )
  for (const peer of given) {
    if (typeof peer !== 'string') peer.then((later) => peers.give(later)).catch(() => undefined)
  }
  sync.start()
  const { scrubBytesPerSecond } = options
  void scrubStore(store, {
    log,
    signal,
    progress: scrub,
    ...(scrubBytesPerSecond ? { bytesPerSecond: scrubBytesPerSecond } : {}),
  })
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
