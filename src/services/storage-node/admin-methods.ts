import { fileLayout } from '../../protocol/storage/file-layout.ts'
import { internalError, malformedParams, serverError } from '../../protocol/storage/rpc-faults.ts'
import { parseIndex } from '../../protocol/storage/rpc-params.ts'
import { type ShardConfig, selectNodes } from '../../protocol/storage/shard.ts'
import type { FlowSubmission } from '../../protocol/storage/submission.ts'
import type { FileInfo } from '../../protocol/storage/wire.ts'
import { RpcFault, type RpcMethod, type RpcMethods } from '../../runtime/child/json-rpc-http.ts'
import { mapLimit } from '../../utils/map-limit.ts'
import { reachableUrl } from '../../utils/reachable-url.ts'
import { take } from './node-methods.ts'
import type { ScrubProgress } from './scrub-store.ts'
import type { SegmentStore } from './segment-store.ts'
import type { StorageNode } from './storage-node.ts'
import { type FileSync, type SyncJob, segmentsOfChunks } from './sync/file-sync.ts'
import type { Peer, Peers } from './sync/peers.ts'

type Parts = {
  node: StorageNode
  store: SegmentStore
  peers: Peers
  sync: FileSync
  scrub: ScrubProgress
  url: () => string
  /** ends the process in good order */
  shutdown: () => void
}

const PEERS_AT_ONCE = 8

/**
 * The `admin_*` methods of one node (0G storage spec §4.4), and `admin_addPeer`, by which nodes introduce themselves here in
 * place of libp2p. `miner_*` says that nothing is mined. Pages in a browser get none of it.
 */
export function adminMethods(parts: Parts): RpcMethods {
  const { node, peers, sync } = parts
  const known = async (txSeq: unknown): Promise<FlowSubmission> => {
    const submission = await node.bySeq(take(parseIndex(txSeq, 'txSeq')))
    if (!submission) throw new RpcFault(internalError('transaction not found'))
    return submission
  }
  return withoutBrowsers({
    admin_addPeer: async ([url], { address }) => {
      if (typeof url !== 'string') throw new RpcFault(malformedParams('url: expected a string'))
      return await peers.introduce(reachableUrl(url, address))
    },
    admin_findFile: async ([txSeq]) => {
      const submission = await node.bySeq(take(parseIndex(txSeq, 'txSeq')))
      if (submission) sync.hear(submission)
      return null
    },
    admin_shutdown: () => {
      setImmediate(parts.shutdown)
      return null
    },
    admin_startSyncFile: async ([txSeq]) => {
      sync.fetch(await known(txSeq))
      return null
    },
    admin_startSyncChunks: async ([txSeq, start, end]) => {
      const submission = await known(txSeq)
      const first = take(parseIndex(start, 'startIndex'))
      const last = take(parseIndex(end, 'endIndex'))
      if (first >= last || last > fileLayout(submission.sizeBytes).chunks) {
        throw new RpcFault(internalError(`invalid chunk range [${first}, ${last})`))
      }
      sync.fetch(submission, segmentsOfChunks(first, last))
      return null
    },
    admin_terminateSync: ([txSeq]) => sync.stop(take(parseIndex(txSeq, 'txSeq'))),
    admin_getSyncServiceState: () => {
      const open = [...sync.jobs.values()].filter(({ state, isStopped }) => state !== 'Completed' && !isStopped)
      return { numSyncing: open.length, catchedUp: open.length === 0, autoSyncSerial: null, autoSyncRandom: null }
    },
    admin_getSyncStatus: ([txSeq]) => {
      const job = sync.jobs.get(take(parseIndex(txSeq, 'txSeq')))
      return job ? describeState(job) : 'unknown'
    },
    admin_getSyncInfo: ([txSeq]) => {
      const only = txSeq === undefined || txSeq === null ? undefined : take(parseIndex(txSeq, 'txSeq'))
      const jobs = [...sync.jobs].filter(([seq]) => only === undefined || seq === only)
      return Object.fromEntries(jobs.map(([seq, job]) => [seq, syncInfo(job, peers)]))
    },
    admin_getNetworkInfo: () => {
      const all = peers.all()
      const connected = peers.connected()
      const outgoing = connected.filter(({ direction }) => direction === 'Outgoing').length
      return {
        peerId: parts.url(),
        listenAddresses: [parts.url()],
        totalPeers: all.length,
        bannedPeers: all.filter(({ status }) => status === 'banned').length,
        disconnectedPeers: all.filter(({ status }) => status === 'disconnected').length,
        connectedPeers: connected.length,
        connectedOutgoingPeers: outgoing,
        connectedIncomingPeers: connected.length - outgoing,
      }
    },
    admin_getPeers: () => Object.fromEntries(peers.all().map((peer) => [peer.url, describePeer(peer)])),
    admin_getFileLocation: async ([txSeq, allShards]) => {
      if (allShards !== undefined && typeof allShards !== 'boolean') {
        throw new RpcFault(malformedParams('allShards: expected a boolean'))
      }
      return await locate(parts, await node.bySeq(take(parseIndex(txSeq, 'txSeq'))), allShards === true)
    },
    admin_getMetrics: ([prefix]) => {
      if (prefix !== undefined && prefix !== null && typeof prefix !== 'string') {
        throw new RpcFault(malformedParams('prefix: expected a string'))
      }
      return Object.fromEntries(metrics(parts).filter(([name]) => name.startsWith(prefix ?? '')))
    },
    miner_start: noMining,
    miner_stop: noMining,
    miner_setStartPosition: noMining,
  })
}

const noMining: RpcMethod = () => {
  throw new RpcFault(serverError('this node does not mine: proofs of random access are not part of a devnet'))
}

/** A page the user happens to have open may read what is public here, but not steer the node. */
function withoutBrowsers(methods: RpcMethods): RpcMethods {
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]): [string, RpcMethod] => [
      name,
      (params, caller) => {
        if (caller.origin === undefined) return method(params, caller)
        throw new RpcFault(serverError(`${name} is not answered to pages in a browser (origin ${caller.origin})`))
      },
    ]),
  )
}

function describeState({ state, isStopped }: SyncJob): string {
  if (typeof state === 'object') return `Failed { reason: ${JSON.stringify(state.Failed)} }`
  return isStopped && state !== 'Completed' ? 'Failed { reason: "terminated" }' : state
}

function syncInfo(job: SyncJob, peers: Peers): object {
  const { chunks } = fileLayout(job.submission.sizeBytes)
  const indexStart = job.range.first * 1024
  const indexEnd = Math.min(job.range.end * 1024, chunks)
  return {
    elapsedSecs: Math.floor((Date.now() - job.startedAt) / 1000),
    peers: {
      Connected: peers.connected().length,
      Disconnected: peers.all().filter(({ status }) => status === 'disconnected').length,
    },
    goal: { numChunks: chunks, indexStart, indexEnd, allChunks: indexStart === 0 && indexEnd === chunks },
    nextChunks: Math.min(indexStart + job.done * 1024, indexEnd),
    state: describeState(job),
  }
}

function describePeer({ status, direction, lastSeenAt, url, isGiven }: Peer): object {
  const isConnected = status === 'connected'
  return {
    client: { version: '', os: '', protocol: 'http', agent: null },
    connectionStatus: {
      status,
      connectionsIn: isConnected && direction === 'Incoming' ? 1 : 0,
      connectionsOut: isConnected && direction === 'Outgoing' ? 1 : 0,
      lastSeenSecs: Math.floor((Date.now() - lastSeenAt) / 1000),
    },
    listeningAddresses: [url],
    seenIps: [new URL(url).hostname],
    isTrusted: isGiven,
    connectionDirection: isConnected ? direction : null,
    enr: null,
  }
}

/** Nodes that have a file whole; null when all shards are asked for and they do not cover them. */
async function locate(
  { node, peers, url }: Parts,
  submission: FlowSubmission | undefined,
  allShards: boolean,
): Promise<object[] | null> {
  if (!submission) throw new RpcFault(internalError('tx not found'))
  const { txSeq, root } = submission
  const others = await mapLimit(peers.connected(), PEERS_AT_ONCE, async (peer) => {
    const info = await peer.rpc
      .request<FileInfo | null>('zgs_getFileInfoByTxSeq', [txSeq])
      .catch((): undefined => undefined)
    return info?.finalized && info.tx.dataMerkleRoot === root ? { url: peer.url, config: peer.config } : undefined
  })
  const found: { url: string; config: ShardConfig }[] = others.filter((one) => one !== undefined)
  if (node.isFinalized(submission)) found.unshift({ url: url(), config: node.shard })
  if (allShards && !selectNodes(found, 1, 'max')) return null
  return found.map(({ url: at, config }) => ({ ip: new URL(at).hostname, shardConfig: config }))
}

function metrics({ store, sync, scrub, peers }: Parts): [string, string][] {
  const open = [...sync.jobs.values()].filter(({ state }) => state !== 'Completed').length
  return [
    ['peers_connected', `gauge ${peers.connected().length}`],
    ['process_resident_bytes', `gauge ${process.memoryUsage.rss()}`],
    ['scrub_checked', `counter ${scrub.checked}`],
    ['scrub_damaged', `counter ${scrub.damaged}`],
    ['scrub_done', `gauge ${scrub.isDone ? 1 : 0}`],
    ['store_segments', `gauge ${store.count}`],
    ['sync_open', `gauge ${open}`],
  ]
}
