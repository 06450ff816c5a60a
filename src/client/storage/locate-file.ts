import { isOgError } from '../../errors/og-error.ts'
import { fileLayout } from '../../protocol/storage/file-layout.ts'
import { missingShards, ownSegments, type ShardConfig } from '../../protocol/storage/shard.ts'
import { type Hex, SEGMENT_CHUNKS } from '../../protocol/storage/units.ts'
import { mapLimit } from '../../utils/map-limit.ts'
import { askFileInfo } from './ask-node.ts'
import type { StorageNode } from './storage-nodes.ts'
import { type FindOptions, findStoredFile, type StoredFile } from './stored-file.ts'

const REQUESTS_PER_NODE = 8

/** Which segments of a file one node has. */
export type NodeSegments = {
  url: string
  shard: ShardConfig
  /** 'unknown': the node has not seen the transaction · 'down': it does not answer · 'absent': the shard has no node */
  state: 'complete' | 'incomplete' | 'unknown' | 'down' | 'absent'
  /** segments of its shard, ascending */
  own: number[]
  /** those of them it does not have; of a node that is down nothing is known, and all are listed */
  missing: number[]
}

export type FileLocation = {
  root: Hex
  sizeBytes: number
  txSeq: number
  segments: number
  nodes: NodeSegments[]
  /** segments that no node has */
  holes: number[]
}

/**
 * Asks every node for every segment of its shard: one chunk of each, so it is cheap and nothing is proven by it.
 * @throws OgError ROOT_INVALID, ROOT_UNKNOWN, NETWORK_UNREACHABLE (only when no node answers)
 */
export async function locateFile(root: string, options: FindOptions): Promise<FileLocation> {
  const file = await findStoredFile(root, { ...options, allowHoles: true })
  const { sizeBytes, txSeq } = file.submission
  const { segments } = fileLayout(sizeBytes)
  const asked = await Promise.all(file.nodes.all.map((node) => segmentsOf(node, file, options.signal)))
  const absent = missingShards(asked.map(({ shard }) => shard)).map((shard): NodeSegments => {
    const own = [...ownSegments(shard, file.submission.startEntryIndex, sizeBytes)]
    return { url: '(no node)', shard, state: 'absent', own, missing: own }
  })
  const nodes = [...asked, ...absent]
  const held = new Set(
    nodes.flatMap(({ own, missing }) => {
      const gone = new Set(missing)
      return own.filter((index) => !gone.has(index))
    }),
  )
  const holes = Array.from({ length: segments }, (_, index) => index).filter((index) => !held.has(index))
  return { root: file.root, sizeBytes, txSeq, segments, nodes, holes }
}

async function segmentsOf(
  node: StorageNode,
  { submission }: StoredFile,
  signal: AbortSignal | undefined,
): Promise<NodeSegments> {
  const { txSeq, startEntryIndex, sizeBytes } = submission
  const own = [...ownSegments(node.config, startEntryIndex, sizeBytes)]
  const base = { url: node.url, shard: node.config, own }
  try {
    const info = await askFileInfo(node.rpc, txSeq, signal)
    if (!info) return { ...base, state: 'unknown', missing: own }
    const has = await mapLimit(own, REQUESTS_PER_NODE, (index) => hasSegment(node, txSeq, index, signal))
    const missing = own.filter((_, i) => !has[i])
    return { ...base, state: missing.length === 0 ? 'complete' : 'incomplete', missing }
  } catch (error) {
    signal?.throwIfAborted()
    if (!isOgError(error)) throw error
    return { ...base, state: 'down', missing: own }
  }
}

async function hasSegment(
  { rpc }: StorageNode,
  txSeq: number,
  index: number,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const chunk = index * SEGMENT_CHUNKS
  try {
    return (await rpc.request('zgs_downloadSegmentByTxSeq', [txSeq, chunk, chunk + 1], { signal })) !== null
  } catch (error) {
    // An answer that is an error: the node has damaged data there.
    if (isOgError(error) && error.code === 'RPC_ERROR') return false
    throw error
  }
}
