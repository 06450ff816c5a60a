import { isOgError } from '../../errors/og-error.ts'
import { fileLayout } from '../../protocol/storage/file-layout.ts'
import { ownSegments, type ShardConfig } from '../../protocol/storage/shard.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import { askFileInfo } from './ask-node.ts'
import type { StorageNode } from './storage-nodes.ts'
import { type FindOptions, findStoredFile, type StoredFile } from './stored-file.ts'

/** What one node holds of a file. */
type NodeHolding = {
  url: string
  shard: ShardConfig
  /** segments of the file that belong to its shard */
  segments: number
  /** 'unknown': the node has not seen the transaction */
  state: 'complete' | 'incomplete' | 'unknown' | 'down'
}

/** A stored file, from the chain and from every node. */
export type FileStat = {
  root: Hex
  sizeBytes: number
  chunks: number
  segments: number
  paddedChunks: number
  txSeq: number
  txHash: Hex
  blockNumber: number
  submitter: Hex
  startEntryIndex: number
  /** every shard is complete on some node */
  isFinalized: boolean
  nodes: NodeHolding[]
}

/** @throws OgError ROOT_UNKNOWN, NETWORK_UNREACHABLE (only when no node answers) */
export async function statFile(root: string, options: FindOptions): Promise<FileStat> {
  const file = await findStoredFile(root, options)
  const { submission, nodes } = file
  const layout = fileLayout(submission.sizeBytes)
  const holdings = await Promise.all(nodes.all.map((node) => holding(node, file, options.signal)))
  return {
    root: file.root,
    sizeBytes: submission.sizeBytes,
    chunks: layout.chunks,
    segments: layout.segments,
    paddedChunks: layout.paddedChunks,
    txSeq: submission.txSeq,
    txHash: submission.transactionHash,
    blockNumber: submission.blockNumber,
    submitter: submission.submitter,
    startEntryIndex: submission.startEntryIndex,
    isFinalized: nodes.shards.every(({ url }) =>
      holdings.some((candidate) => candidate.url === url && candidate.state === 'complete'),
    ),
    nodes: holdings,
  }
}

async function holding(node: StorageNode, file: StoredFile, signal: AbortSignal | undefined): Promise<NodeHolding> {
  const { txSeq, startEntryIndex, sizeBytes } = file.submission
  const segments = [...ownSegments(node.config, startEntryIndex, sizeBytes)].length
  const base = { url: node.url, shard: node.config, segments }
  try {
    const info = await askFileInfo(node.rpc, txSeq, signal)
    if (!info) return { ...base, state: 'unknown' }
    return { ...base, state: info.finalized ? 'complete' : 'incomplete' }
  } catch (error) {
    if (!isOgError(error) || error.code === 'INTERRUPTED') throw error
    return { ...base, state: 'down' }
  }
}
