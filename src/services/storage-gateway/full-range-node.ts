import { fileLayout } from '../../protocol/storage/file-layout.ts'
import { ALREADY_FINALIZED, chunkRangeFault, internalError, invalidParams } from '../../protocol/storage/rpc-faults.ts'
import { firstSegment } from '../../protocol/storage/shard.ts'
import { CHUNK_BYTES, type Hex, SEGMENT_CHUNKS } from '../../protocol/storage/units.ts'
import type { Base64Text, FileInfo, NodeStatus, SegmentWithProof } from '../../protocol/storage/wire.ts'
import { RpcFault } from '../../runtime/child/json-rpc-http.ts'
import { decodeBase64, encodeBase64 } from '../../utils/base64-text.ts'
import { ownersOf, type ShardClient } from './shard-client.ts'

/**
 * A node of shard {0,1} made of shards: what is asked of it is asked of the nodes that hold it, and their answers are put
 * together. It stores nothing, so an upload is acknowledged exactly when the shards have it on disk.
 */
export class FullRangeNode {
  readonly #shards: readonly ShardClient[]

  constructor(shards: readonly ShardClient[]) {
    this.#shards = shards
  }

  get shards(): readonly ShardClient[] {
    return this.#shards
  }

  async status(): Promise<NodeStatus> {
    const all = await this.#all<NodeStatus>('zgs_getStatus', [])
    return all.reduce((slowest, status) => (status.logSyncHeight < slowest.logSyncHeight ? status : slowest))
  }

  /** What all shards know of a root; null until each of them knows its transaction. */
  async infoByRoot(root: Hex, needAvailable: boolean): Promise<FileInfo | null> {
    const infos = await this.#all<FileInfo | null>('zgs_getFileInfo', [root, needAvailable])
    const known = infos.filter((info) => info !== null)
    if (known.length < infos.length) return null
    const seqs = known.map(({ tx }) => tx.seq)
    // A root submitted twice may be complete under different numbers in different shards.
    if (new Set(seqs).size > 1) return await this.infoBySeq(Math.min(...seqs))
    return merge(known)
  }

  async infoBySeq(txSeq: number): Promise<FileInfo | null> {
    const infos = await this.#all<FileInfo | null>('zgs_getFileInfoByTxSeq', [txSeq])
    const known = infos.filter((info) => info !== null)
    return known.length < infos.length ? null : merge(known)
  }

  /** Sends segments of a known transaction to the nodes that store them. */
  async uploadBySeq(segments: SegmentWithProof<Base64Text>[], txSeq: number): Promise<void> {
    const info = await this.infoBySeq(txSeq)
    if (!info) return await this.#uploadUnknown(segments)
    if (segments.some(({ root }) => root !== info.tx.dataMerkleRoot)) {
      throw new RpcFault(internalError('data root and tx seq not match'))
    }
    await this.#uploadKnown(segments, info, 'zgs_uploadSegmentsByTxSeq')
  }

  /** Sends segments by root, wherever their files belong. */
  async uploadByRoot(segments: SegmentWithProof<Base64Text>[]): Promise<void> {
    for (const [root, group] of groupBy(segments, ({ root }) => root)) {
      const info = await this.infoByRoot(root, false)
      await (info ? this.#uploadKnown(group, info, 'zgs_uploadSegments') : this.#uploadUnknown(group))
    }
  }

  /** Chunks [start, end) as base64; null while some are missing. */
  async chunks(info: FileInfo, start: number, end: number): Promise<Base64Text | null> {
    const fault = chunkRangeFault(info.tx.size, start, end)
    if (fault) throw new RpcFault(fault)
    const parts: Base64Text[] = []
    for (let chunk = start; chunk < end; ) {
      const index = Math.floor(chunk / SEGMENT_CHUNKS)
      const until = Math.min(end, (index + 1) * SEGMENT_CHUNKS)
      const part = await this.#fromOwner<Base64Text>(info, index, 'zgs_downloadSegmentByTxSeq', [
        info.tx.seq,
        chunk,
        until,
      ])
      if (part === null) return null
      parts.push(part)
      chunk = until
    }
    if (parts.length === 1) return parts[0] as Base64Text
    return encodeBase64(Buffer.concat(parts.map(decodeBase64)))
  }

  /** Segment `index` with its proof; null while it is missing. */
  async segmentWithProof(info: FileInfo, index: number): Promise<SegmentWithProof<Base64Text> | null> {
    if (index >= fileLayout(info.tx.size).segments) throw new RpcFault(invalidParams('index', 'index out of bound'))
    const params = [info.tx.seq, index]
    return await this.#fromOwner<SegmentWithProof<Base64Text>>(
      info,
      index,
      'zgs_downloadSegmentWithProofByTxSeq',
      params,
    )
  }

  /** Bytes of segment `index` without padding; null while it is missing. */
  async segmentBytes(info: FileInfo, index: number): Promise<Buffer | null> {
    const { chunks } = fileLayout(info.tx.size)
    const start = index * SEGMENT_CHUNKS
    const data = await this.chunks(info, start, Math.min(start + SEGMENT_CHUNKS, chunks))
    return data === null ? null : decodeBase64(data).subarray(0, info.tx.size - start * CHUNK_BYTES)
  }

  /** Answer of a node that stores the sector, or of any node for what all know. */
  async ask<T>(method: string, params: unknown[], sector = 0): Promise<T> {
    const [owner] = ownersOf(this.#shards, Math.floor(sector / SEGMENT_CHUNKS))
    return await (owner ?? (this.#shards[0] as ShardClient)).call<T>(method, params)
  }

  async #fromOwner<T>(info: FileInfo, index: number, method: string, params: unknown[]): Promise<T | null> {
    let failure: unknown
    for (const owner of ownersOf(this.#shards, firstSegment(info.tx.startEntryIndex) + index)) {
      try {
        const answer = await owner.call<T | null>(method, params)
        if (answer !== null) return answer
      } catch (error) {
        failure = error
      }
    }
    if (failure !== undefined) throw failure
    return null
  }

  async #uploadKnown(segments: SegmentWithProof<Base64Text>[], info: FileInfo, method: string): Promise<void> {
    const first = firstSegment(info.tx.startEntryIndex)
    const results = await Promise.allSettled(
      this.#shards.flatMap((shard) => {
        const own = segments.filter(({ index }) => ownersOf([shard], first + index).length > 0)
        if (own.length === 0) return []
        return [shard.call(method, method === 'zgs_uploadSegments' ? [own] : [own, info.tx.seq])]
      }),
    )
    const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
    const other = failures.find((failure) => !isAlreadyFinalized(failure))
    if (other !== undefined) throw other
    // One shard may be complete while the file is not: to the client this node is one node.
    if (failures.length > 0 && (await this.infoBySeq(info.tx.seq))?.finalized) throw failures[0]
  }

  /** Before the transaction is known nobody can tell whose segment it is: every shard keeps it until then. */
  async #uploadUnknown(segments: SegmentWithProof<Base64Text>[]): Promise<void> {
    await this.#all('zgs_uploadSegments', [segments])
  }

  #all<T>(method: string, params: unknown[]): Promise<T[]> {
    return Promise.all(this.#shards.map((shard) => shard.call<T>(method, params)))
  }
}

function isAlreadyFinalized(error: unknown): boolean {
  return error instanceof RpcFault && error.body.data === ALREADY_FINALIZED.data
}

function merge(infos: readonly FileInfo[]): FileInfo {
  const [first] = infos as [FileInfo, ...FileInfo[]]
  return {
    tx: first.tx,
    finalized: infos.every((info) => info.finalized),
    isCached: infos.every((info) => info.isCached),
    uploadedSegNum: Math.min(...infos.map((info) => info.uploadedSegNum)),
    pruned: infos.some((info) => info.pruned),
  }
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}
