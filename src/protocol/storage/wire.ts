import type { FileProof } from './merkle.ts'
import type { ShardConfig } from './shard.ts'
import type { Hex } from './units.ts'

/** JSON shapes of the storage node and indexer RPC (0G storage spec §4.3, §5.1). */

/** Base64 as a string, or as its ASCII bytes where strings would be slow. */
export type Base64Text = string | Uint8Array

export type SegmentWithProof<Data extends Base64Text = string> = {
  root: Hex
  data: Data
  index: number
  proof: FileProof
  fileSize: number
}

export type NodeStatus = {
  connectedPeers: number
  logSyncHeight: number
  logSyncBlock: Hex
  nextTxSeq: number
  networkIdentity: {
    chainId: number
    flowAddress: Hex
    p2pProtocolVersion: { major: number; minor: number; build: number }
  }
}

export type FileInfo = {
  tx: {
    streamIds: string[]
    data: number[]
    dataMerkleRoot: Hex
    /** [height + 1, root] */
    merkleNodes: [number, Hex][]
    startEntryIndex: number
    size: number
    seq: number
  }
  finalized: boolean
  isCached: boolean
  uploadedSegNum: number
  pruned: boolean
}

export type ShardedNode = { url: string; config: ShardConfig; latency: number; since: number }

export type ShardedNodes = { trusted: ShardedNode[] | null; discovered: ShardedNode[] | null }
