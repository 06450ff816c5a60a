import { fileLayout } from '../../protocol/storage/file-layout.ts'
import type { FileProof } from '../../protocol/storage/merkle.ts'
import { ALREADY_FINALIZED, chunkRangeFault, internalError, invalidParams } from '../../protocol/storage/rpc-faults.ts'
import { parseSegment } from '../../protocol/storage/rpc-params.ts'
import { checkSegment } from '../../protocol/storage/segment-proof.ts'
import { firstSegment, type ShardConfig, selectNodes } from '../../protocol/storage/shard.ts'
import { CHUNK_BYTES, type Hex, SEGMENT_CHUNKS } from '../../protocol/storage/units.ts'
import type { Base64Text, FileInfo, NodeStatus, SegmentWithProof } from '../../protocol/storage/wire.ts'
import { RpcFault } from '../../runtime/child/json-rpc-http.ts'
import { decodeBase64, encodeBase64 } from '../../utils/base64-text.ts'
import { type NodeClient, ownersOf } from './node-client.ts'
import { covers, MissingShard, type NodeSet } from './node-set.ts'

/** A segment from a node that nobody vouches for, proven here. */
class ProvenData {
  readonly data: Uint8Array
  readonly proof: FileProof

  constructor(data: Uint8Array, proof: FileProof) {
    this.data = data
    this.proof = proof
  }
}

type Known = { config: ShardConfig; answer: FileInfo }

/**
 * A node of shard {0,1} made of the nodes behind the gateway: what is asked of it is asked of those that hold it, and their
 * answers are put together. It stores nothing, so an upload is acknowledged exactly when each segment is on the disk of a node.
 */
export class FullRangeNode {
  readonly nodes: NodeSet
  /** URL under which this node is listed; known once it listens */
  url = ''

  constructor(nodes: NodeSet) {
    this.nodes = nodes
  }

  async status(): Promise<NodeStatus> {
    const all = (await this.nodes.askAll<NodeStatus>('zgs_getStatus', [])).map(({ answer }) => answer)
    return all.reduce((slowest, status) => (status.logSyncHeight < slowest.logSyncHeight ? status : slowest))
  }

  /** What the nodes know of a root; null until nodes of all shards know its transaction. */
  async infoByRoot(root: Hex, needAvailable: boolean): Promise<FileInfo | null> {
    const known = await this.#known('zgs_getFileInfo', [root, needAvailable])
    if (!known) return null
    const seqs = [...new Set(known.map(({ answer }) => answer.tx.seq))].sort((a, b) => a - b)
    if (seqs.length === 1) return merge(known)
    // A root submitted twice may be complete under different numbers in different shards.
    let first: FileInfo | null = null
    for (const seq of seqs) {
      const info = await this.infoBySeq(seq)
      if (info?.finalized) return info
      first ??= info
    }
    return first
  }

  async infoBySeq(txSeq: number): Promise<FileInfo | null> {
    const known = await this.#known('zgs_getFileInfoByTxSeq', [txSeq])
    return known && merge(known)
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
      const params = [info.tx.seq, chunk, until]
      const part = await this.#fromOwner<Base64Text>(info, index, 'zgs_downloadSegmentByTxSeq', params)
      if (part === null) return null
      if (part instanceof ProvenData) {
        const from = index * SEGMENT_CHUNKS
        parts.push(encodeBase64(part.data.subarray((chunk - from) * CHUNK_BYTES, (until - from) * CHUNK_BYTES)))
      } else parts.push(part)
      chunk = until
    }
    if (parts.length === 1) return parts[0] as Base64Text
    return encodeBase64(Buffer.concat(parts.map(decodeBase64)))
  }

  /** Segment `index` with its proof; null while it is missing. */
  async segmentWithProof(info: FileInfo, index: number): Promise<SegmentWithProof<Base64Text> | null> {
    if (index >= fileLayout(info.tx.size).segments) throw new RpcFault(invalidParams('index', 'index out of bound'))
    const params = [info.tx.seq, index]
    const method = 'zgs_downloadSegmentWithProofByTxSeq'
    const found = await this.#fromOwner<SegmentWithProof<Base64Text>>(info, index, method, params)
    if (!(found instanceof ProvenData)) return found
    const { dataMerkleRoot: root, size: fileSize } = info.tx
    return { root, data: encodeBase64(found.data), index, proof: found.proof, fileSize }
  }

  /** Bytes of segment `index` without padding; null while it is missing. */
  async segmentBytes(info: FileInfo, index: number): Promise<Buffer | null> {
    const { chunks } = fileLayout(info.tx.size)
    const start = index * SEGMENT_CHUNKS
    const data = await this.chunks(info, start, Math.min(start + SEGMENT_CHUNKS, chunks))
    return data === null ? null : decodeBase64(data).subarray(0, info.tx.size - start * CHUNK_BYTES)
  }

  /** Answer of a node that stores the sector, or of any node for what all know. */
  async ask<T>(method: string, params: unknown[], sector?: number): Promise<T | null> {
    const { trusted } = this.nodes
    const able = sector === undefined ? trusted : ownersOf(trusted, Math.floor(sector / SEGMENT_CHUNKS))
    return await this.nodes.askOne<T>(able, method, params)
  }

  /** What a node of the segment's shard answers; when none has it, the segment from a node that joined; else null. */
  async #fromOwner<T>(
    info: FileInfo,
    index: number,
    method: string,
    params: unknown[],
  ): Promise<T | ProvenData | null> {
    const owners = ownersOf(this.nodes.trusted, firstSegment(info.tx.startEntryIndex) + index)
    let failure: unknown
    try {
      const found = await this.nodes.askOne<T>(owners, method, params, false)
      if (found !== null) return found
    } catch (error) {
      failure = error
    }
    const proven = await this.#fromDiscovered(info, index)
    if (proven) return proven
    if (failure instanceof MissingShard) return await this.nodes.askOne<T>(owners, method, params)
    if (failure !== undefined) throw failure
    return null
  }

  /** The segment from a node that joined, once it is proven to be the right one. */
  async #fromDiscovered(info: FileInfo, index: number): Promise<ProvenData | undefined> {
    const { seq, startEntryIndex, dataMerkleRoot: root, size: fileSize } = info.tx
    const joined = await this.nodes.discovered(this.url)
    for (const node of ownersOf(joined, firstSegment(startEntryIndex) + index)) {
      try {
        const parsed = parseSegment(await node.call('zgs_downloadSegmentWithProofByTxSeq', [seq, index]))
        if ('problem' in parsed) continue
        const { proof } = parsed.value
        const data = decodeBase64(parsed.value.data)
        if (!checkSegment({ root, data, index, proof, fileSize })) return new ProvenData(data, proof)
      } catch {
        // The next one may have it.
      }
    }
    return undefined
  }

  /** Answers of the nodes that know a file; undefined until they cover all shards. */
  async #known(method: string, params: unknown[]): Promise<Known[] | null> {
    const all = await this.#everybody(method, params)
    const known = all.flatMap(({ config, answer }) => (answer ? [{ config, answer }] : []))
    return covers(known) ? known : null
  }

  /** Nodes that joined are only believed for shards of which no trusted node answers. */
  async #everybody(method: string, params: unknown[]): Promise<{ config: ShardConfig; answer: FileInfo | null }[]> {
    try {
      return await this.nodes.askAll<FileInfo | null>(method, params, false)
    } catch (failure) {
      if (!(failure instanceof MissingShard)) throw failure
    }
    const all = [...this.nodes.trusted.filter(({ isUp }) => isUp), ...(await this.nodes.discovered(this.url))]
    if (!covers(all)) return await this.nodes.askAll<FileInfo | null>(method, params)
    const answers = await Promise.allSettled(all.map(({ call }) => call<FileInfo | null>(method, params)))
    return answers.flatMap((answer, i) =>
      answer.status === 'fulfilled' ? [{ config: (all[i] as NodeClient).config, answer: answer.value }] : [],
    )
  }

  async #uploadKnown(segments: SegmentWithProof<Base64Text>[], info: FileInfo, method: string): Promise<void> {
    const first = firstSegment(info.tx.startEntryIndex)
    let refusal: RpcFault | undefined
    await this.nodes.tellOwners(
      segments,
      ({ index }) => ownersOf(this.nodes.trusted, first + index),
      async (node, own) => {
        try {
          await node.call(method, method === 'zgs_uploadSegments' ? [own] : [own, info.tx.seq])
        } catch (error) {
          if (!isAlreadyFinalized(error)) throw error
          refusal = error
        }
      },
    )
    // One shard may be complete while the file is not: to the client this node is one node.
    if (refusal && (await this.infoBySeq(info.tx.seq))?.finalized) throw refusal
  }

  /** Before the transaction is known nobody can tell whose segment it is: a node of every shard keeps it until then. */
  async #uploadUnknown(segments: SegmentWithProof<Base64Text>[]): Promise<void> {
    await this.nodes.askAll('zgs_uploadSegments', [segments])
  }
}

function isAlreadyFinalized(error: unknown): error is RpcFault {
  return error instanceof RpcFault && error.body.data === ALREADY_FINALIZED.data
}

/** One answer out of many: complete when nodes that are complete cover all shards. `known` covers them. */
function merge(known: readonly Known[]): FileInfo {
  const { tx } = (known[0] as Known).answer
  const finalized = covers(known.filter(({ answer }) => answer.finalized))
  // Of replicas the one that is furthest counts.
  const furthestFirst = known.toSorted((a, b) => b.answer.uploadedSegNum - a.answer.uploadedSegNum)
  const cover = (selectNodes(furthestFirst, 1, 'max') ?? []).map(({ answer }) => answer)
  return {
    tx,
    finalized,
    isCached: cover.every((info) => info.isCached),
    uploadedSegNum: Math.min(...cover.map((info) => info.uploadedSegNum)),
    pruned: cover.some((info) => info.pruned),
  }
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item])
  return groups
}
