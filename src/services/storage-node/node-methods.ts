import { fileLayout } from '../../protocol/storage/file-layout.ts'
import { toHex, zeroHash } from '../../protocol/storage/keccak.ts'
import { internalError, malformedParams } from '../../protocol/storage/rpc-faults.ts'
import { type Parsed, parseHash, parseIndex, parseSegment } from '../../protocol/storage/rpc-params.ts'
import { firstSegment } from '../../protocol/storage/shard.ts'
import type { FlowSubmission } from '../../protocol/storage/submission.ts'
import { CHUNK_BYTES, type Hex, SEGMENT_CHUNKS, SEGMENT_HEIGHT } from '../../protocol/storage/units.ts'
import type { Base64Text, NodeStatus, SegmentWithProof } from '../../protocol/storage/wire.ts'
import { type RpcErrorBody, RpcFault, type RpcMethods } from '../../runtime/child/json-rpc-http.ts'
import { encodeBase64 } from '../../utils/base64-text.ts'
import { proveSector } from './sector-proof.ts'
import type { StoredSegment } from './segment-record.ts'
import type { StorageNode } from './storage-node.ts'

/** Clients that take `null` for a failed upload and retry after seconds (0G storage spec §6.5). */
const NULL_AVERSE_CLIENTS = /^(axios\/0\.27\.2|0g-py-sdk\/)/

/** The `zgs_*` methods of one node. */
export function nodeMethods(node: StorageNode, network: { chainId: number; flow: Hex }): RpcMethods {
  return {
    zgs_getStatus: async (): Promise<NodeStatus> => {
      await node.refresh()
      return {
        connectedPeers: node.connectedPeers(),
        logSyncHeight: node.head.number,
        logSyncBlock: node.head.hash,
        nextTxSeq: node.submissions.nextTxSeq,
        networkIdentity: {
          chainId: network.chainId,
          flowAddress: network.flow,
          p2pProtocolVersion: { major: 0, minor: 4, build: 0 },
        },
      }
    },
    zgs_getShardConfig: () => node.shard,

    zgs_getFileInfo: async ([root, needAvailable]) => {
      const hash = take(parseHash(root, 'root'))
      if (typeof needAvailable !== 'boolean') throw new RpcFault(malformedParams('needAvailable: expected a boolean'))
      await node.refresh()
      return infoOf(node, await node.byRoot(hash))
    },
    zgs_getFileInfoByTxSeq: async ([txSeq]) => {
      const seq = take(parseIndex(txSeq, 'txSeq'))
      await node.refresh()
      return infoOf(node, await node.bySeq(seq))
    },
    zgs_checkFileFinalized: async ([file]) => {
      await node.refresh()
      const submission =
        typeof file === 'string'
          ? await node.byRoot(take(parseHash(file, 'file')))
          : await node.bySeq(take(parseIndex(file, 'file')))
      return submission ? node.isFinalized(submission) : null
    },

    zgs_uploadSegment: async ([segment]) => {
      const one = take(parseSegment(segment))
      await node.putSegment(one, await node.byRoot(one.root))
      return null
    },
    zgs_uploadSegmentByTxSeq: async ([segment, txSeq]) => {
      const one = take(parseSegment(segment))
      const submission = await node.bySeqFor([one], take(parseIndex(txSeq, 'txSeq')))
      await node.putSegment(one, submission)
      return null
    },
    zgs_uploadSegments: async ([segments]) => {
      const all = takeSegments(segments)
      const found = await Promise.all(all.map(async (one) => [one, await node.byRoot(one.root)] as const))
      await putAll(node, found, false)
      return null
    },
    zgs_uploadSegmentsByTxSeq: async ([segments, txSeq], { userAgent }) => {
      const all = takeSegments(segments)
      const submission = await node.bySeqFor(all, take(parseIndex(txSeq, 'txSeq')))
      await putAll(
        node,
        all.map((one) => [one, submission] as const),
        true,
      )
      return NULL_AVERSE_CLIENTS.test(userAgent) ? 0 : null
    },

    zgs_downloadSegment: async ([root, start, end]) =>
      chunksOf(node, await node.byRoot(take(parseHash(root, 'root'))), start, end),
    zgs_downloadSegmentByTxSeq: async ([txSeq, start, end]) =>
      chunksOf(node, await node.bySeq(take(parseIndex(txSeq, 'txSeq'))), start, end),
    zgs_downloadSegmentWithProof: async ([root, index]) =>
      segmentOf(node, await node.byRoot(take(parseHash(root, 'root'))), index),
    zgs_downloadSegmentWithProofByTxSeq: async ([txSeq, index]) =>
      segmentOf(node, await node.bySeq(take(parseIndex(txSeq, 'txSeq'))), index),

    zgs_getSectorProof: async ([sector, root]) =>
      await proveSector(
        node,
        take(parseIndex(sector, 'sectorIndex')),
        root === null || root === undefined ? undefined : take(parseHash(root, 'root')),
      ),
    zgs_getFlowContext: () => {
      const { root, length } = node.submissions.tree.rootAfter()
      return [toHex(root), length]
    },
    zgs_getHashAtNodeIndex: async ([index]) => await hashAtSegment(node, take(parseIndex(index, 'nodeIndex'))),
    zgs_getDataByNodeIndex: async ([index]) => {
      const segment = await segmentAt(node, take(parseIndex(index, 'nodeIndex')))
      if (!segment) return null
      return Array.from({ length: segment.data.length / CHUNK_BYTES }, (_, i) =>
        Array.from(segment.data.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES)),
      )
    },
    zgs_getMetaDataByNodeIndex: async ([index]) => {
      const segment = await segmentAt(node, take(parseIndex(index, 'nodeIndex')))
      return segment ? `root ${segment.root} index ${segment.index} bytes ${segment.data.length}` : null
    },
  }
}

/** Hash of the 1024 sectors at a place of the flow; null beyond its end, and inside a file of which they are not stored here. */
async function hashAtSegment(node: StorageNode, globalIndex: number): Promise<Hex | null> {
  const { tree } = node.submissions
  const sector = globalIndex * SEGMENT_CHUNKS
  if (sector >= tree.length) return null
  const submission = node.submissions.atSector(sector)
  const inFile = submission && globalIndex - firstSegment(submission.startEntryIndex)
  // Nodes of a segment and less are part of the flow's tree; what is inside a larger one only its data tells.
  const isInside = submission && isInsideNode(submission, sector - submission.startEntryIndex)
  if (!isInside) return toHex(tree.hashAt(SEGMENT_HEIGHT, globalIndex))
  if ((inFile as number) >= fileLayout(submission.sizeBytes).segments) return toHex(zeroHash(SEGMENT_HEIGHT))
  return (await segmentAt(node, globalIndex))?.proof.lemma[0] ?? null
}

function isInsideNode({ nodes }: FlowSubmission, sectorInFile: number): boolean {
  let end = 0
  const covering = nodes.find(({ height }) => {
    end += 2 ** height
    return sectorInFile < end
  })
  return covering !== undefined && covering.height > SEGMENT_HEIGHT
}

/** The stored segment at a place of the flow, counted in segments; undefined when there is none, or it is not stored here. */
async function segmentAt(node: StorageNode, globalIndex: number): Promise<StoredSegment | undefined> {
  const submission = node.submissions.atSector(globalIndex * SEGMENT_CHUNKS)
  if (!submission) return undefined
  const index = globalIndex - firstSegment(submission.startEntryIndex)
  return index < fileLayout(submission.sizeBytes).segments ? await node.readSegment(submission, index) : undefined
}

/** What a failure that is nobody's argument is answered with: the disk, or a defect. */
export function nodeError(error: unknown): RpcErrorBody {
  const code = (error as { code?: unknown } | null)?.code
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return internalError('No space left on device: the segment was not stored')
  return internalError(error instanceof Error ? error.message : String(error))
}

type Upload = readonly [segment: SegmentWithProof<Base64Text>, submission: FlowSubmission | undefined]

/** Stores several segments at once: all are checked and flushed together; duplicates are forgiven when asked. */
async function putAll(node: StorageNode, uploads: readonly Upload[], forgiveDuplicates: boolean): Promise<void> {
  const results = await Promise.allSettled(uploads.map(([segment, submission]) => node.putSegment(segment, submission)))
  for (const result of results) {
    if (result.status === 'fulfilled') continue
    const error: unknown = result.reason
    const isDuplicate = error instanceof RpcFault && error.body.message.startsWith('segment has already been uploaded')
    if (!(forgiveDuplicates && isDuplicate)) throw error
  }
}

function infoOf(node: StorageNode, submission: FlowSubmission | undefined): object | null {
  return submission ? node.info(submission) : null
}

async function chunksOf(
  node: StorageNode,
  submission: FlowSubmission | undefined,
  start: unknown,
  end: unknown,
): Promise<Base64Text | null> {
  const first = take(parseIndex(start, 'startIndex'))
  const last = take(parseIndex(end, 'endIndex'))
  const data = submission && (await node.readChunks(submission, first, last))
  return data ? encodeBase64(data) : null
}

async function segmentOf(
  node: StorageNode,
  submission: FlowSubmission | undefined,
  index: unknown,
): Promise<SegmentWithProof<Base64Text> | null> {
  const at = take(parseIndex(index, 'index'))
  const segment = submission && (await node.readSegment(submission, at))
  if (!segment) return null
  const { root, data, proof, fileSize } = segment
  return { root, data: encodeBase64(data), index: at, proof, fileSize }
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
