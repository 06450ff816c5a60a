import { malformedParams, serverError } from '../../protocol/storage/rpc-faults.ts'
import { type Parsed, parseHash, parseIndex, parseSegment } from '../../protocol/storage/rpc-params.ts'
import { SEGMENT_CHUNKS } from '../../protocol/storage/units.ts'
import type { Base64Text, FileInfo, SegmentWithProof } from '../../protocol/storage/wire.ts'
import { RpcFault, type RpcMethods } from '../../runtime/child/json-rpc-http.ts'
import { reachableUrl } from '../../utils/reachable-url.ts'
import type { FullRangeNode } from './full-range-node.ts'

/** Clients that take `null` for a failed upload and retry after seconds (0G storage spec §6.5). */
const NULL_AVERSE_CLIENTS = /^(axios\/0\.27\.2|0g-py-sdk\/)/

/** The `zgs_*` methods of the full-range node. */
export function fullRangeMethods(node: FullRangeNode): RpcMethods {
  const byRoot = (root: unknown): Promise<FileInfo | null> => node.infoByRoot(take(parseHash(root, 'root')), true)
  const bySeq = (txSeq: unknown): Promise<FileInfo | null> => node.infoBySeq(take(parseIndex(txSeq, 'txSeq')))
  return {
    zgs_getStatus: () => node.status(),
    zgs_getShardConfig: () => ({ shardId: 0, numShard: 1 }),
    zgs_getFileInfo: ([root, needAvailable]) => {
      if (typeof needAvailable !== 'boolean') throw new RpcFault(malformedParams('needAvailable: expected a boolean'))
      return node.infoByRoot(take(parseHash(root, 'root')), needAvailable)
    },
    zgs_getFileInfoByTxSeq: ([txSeq]) => bySeq(txSeq),
    zgs_checkFileFinalized: async ([file]) => {
      const info = typeof file === 'string' ? await byRoot(file) : await bySeq(file)
      return info?.finalized ?? null
    },
    zgs_uploadSegment: async ([segment]) => {
      await node.uploadByRoot([take(parseSegment(segment))])
      return null
    },
    zgs_uploadSegmentByTxSeq: async ([segment, txSeq]) => {
      await node.uploadBySeq([take(parseSegment(segment))], take(parseIndex(txSeq, 'txSeq')))
      return null
    },
    zgs_uploadSegments: async ([segments]) => {
      await node.uploadByRoot(takeSegments(segments))
      return null
    },
    zgs_uploadSegmentsByTxSeq: async ([segments, txSeq], { userAgent }) => {
      await node.uploadBySeq(takeSegments(segments), take(parseIndex(txSeq, 'txSeq')))
      return NULL_AVERSE_CLIENTS.test(userAgent) ? 0 : null
    },
    zgs_downloadSegment: async ([root, start, end]) => await chunks(node, await byRoot(root), start, end),
    zgs_downloadSegmentByTxSeq: async ([txSeq, start, end]) => await chunks(node, await bySeq(txSeq), start, end),
    zgs_downloadSegmentWithProof: async ([root, index]) => await proven(node, await byRoot(root), index),
    zgs_downloadSegmentWithProofByTxSeq: async ([txSeq, index]) => await proven(node, await bySeq(txSeq), index),
    zgs_getSectorProof: ([sector, root]) =>
      node.ask('zgs_getSectorProof', [sector, root ?? null], take(parseIndex(sector, 'sectorIndex'))),
    zgs_getFlowContext: () => node.ask('zgs_getFlowContext', []),
    zgs_getHashAtNodeIndex: ([index]) => atNode(node, 'zgs_getHashAtNodeIndex', index),
    zgs_getDataByNodeIndex: ([index]) => atNode(node, 'zgs_getDataByNodeIndex', index),
    zgs_getMetaDataByNodeIndex: ([index]) => atNode(node, 'zgs_getMetaDataByNodeIndex', index),
    admin_addPeer: ([url], { origin, address }) => {
      if (origin !== undefined) throw new RpcFault(serverError('admin_addPeer is not answered to pages in a browser'))
      if (typeof url !== 'string') throw new RpcFault(malformedParams('url: expected a string'))
      return node.nodes.introduce(reachableUrl(url, address))
    },
    admin_getPeers: () =>
      Object.fromEntries(
        node.nodes.trusted.map(({ url, isUp }) => [
          url,
          { connectionStatus: { status: isUp ? 'connected' : 'disconnected' }, listeningAddresses: [url] },
        ]),
      ),
  }
}

/** What the node of a segment of the flow answers. */
async function atNode(node: FullRangeNode, method: string, index: unknown): Promise<unknown> {
  const at = take(parseIndex(index, 'nodeIndex'))
  return await node.ask(method, [at], at * SEGMENT_CHUNKS)
}

async function chunks(
  node: FullRangeNode,
  info: FileInfo | null,
  start: unknown,
  end: unknown,
): Promise<Base64Text | null> {
  const first = take(parseIndex(start, 'startIndex'))
  const last = take(parseIndex(end, 'endIndex'))
  return info && (await node.chunks(info, first, last))
}

async function proven(
  node: FullRangeNode,
  info: FileInfo | null,
  index: unknown,
): Promise<SegmentWithProof<Base64Text> | null> {
  const at = take(parseIndex(index, 'index'))
  return info && (await node.segmentWithProof(info, at))
}

/** The value, or an `Invalid params` answer. */
export function take<T>(parsed: Parsed<T>): T {
  if ('problem' in parsed) throw new RpcFault(malformedParams(parsed.problem))
  return parsed.value
}

function takeSegments(value: unknown): SegmentWithProof<Base64Text>[] {
  if (!Array.isArray(value)) throw new RpcFault(malformedParams('segments: expected an array'))
  return value.map((one) => take(parseSegment(one)))
}
