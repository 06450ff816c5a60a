import { isHash } from './keccak.ts'
import type { FileProof } from './merkle.ts'
import { isValidShard } from './shard.ts'
import type { FileInfo, ShardedNode, ShardedNodes } from './wire.ts'

/** What nodes answer, read with suspicion: undefined for anything that is not of the protocol's shape. */

/** An answer of `zgs_getFileInfo…`: null when the node does not know the file. */
export function parseFileInfo(value: unknown): FileInfo | null | undefined {
  if (value === null || value === undefined) return null
  const info = value as Partial<FileInfo>
  const { tx, finalized, uploadedSegNum } = info
  if (typeof finalized !== 'boolean' || !isCount(uploadedSegNum) || typeof tx !== 'object' || tx === null)
    return undefined
  if (!isHash(tx.dataMerkleRoot) || !isCount(tx.seq) || !isCount(tx.size) || !isCount(tx.startEntryIndex))
    return undefined
  if (!Array.isArray(tx.merkleNodes) || tx.merkleNodes.length === 0 || !tx.merkleNodes.every(isNode)) return undefined
  return info as FileInfo
}

/** An answer of `indexer_getShardedNodes`: entries that are no nodes are left out. */
export function parseShardedNodes(value: unknown): ShardedNodes | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { trusted, discovered } = value as { trusted?: unknown; discovered?: unknown }
  const nodesOf = (list: unknown): ShardedNode[] => (Array.isArray(list) ? list.filter(isShardedNode) : [])
  return { trusted: nodesOf(trusted), discovered: nodesOf(discovered) }
}

/** True for what at least has the form of a proof; whether it proves anything is checked elsewhere. */
export function isProofLike(value: unknown): value is FileProof {
  const proof = value as Partial<FileProof> | null | undefined
  return Array.isArray(proof?.lemma) && Array.isArray(proof.path)
}

function isShardedNode(value: unknown): value is ShardedNode {
  const { url, config } = (value ?? {}) as Partial<ShardedNode>
  if (typeof url !== 'string' || !/^https?:$/.test(URL.parse(url)?.protocol ?? '')) return false
  return typeof config === 'object' && config !== null && isValidShard(config)
}

function isNode(value: unknown): boolean {
  return Array.isArray(value) && isCount(value[0]) && value[0] <= 64 && isHash(value[1])
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
