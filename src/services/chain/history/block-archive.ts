import * as fs from 'node:fs'
import { serialize } from 'node:v8'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { Hex } from '../../../client/chain/rpc.ts'
import { blockHash, type RpcHeader } from '../../../protocol/chain/block-header.ts'
import { deserialized, peekSections, readSection, writeSections } from './checked-file.ts'

/** A block with its transactions in full, as nodes answer it. */
export type ArchivedBlock = RpcHeader & {
  transactions: { hash: Hex; blockHash: Hex; [field: string]: unknown }[]
  size: Hex
  [field: string]: unknown
}
export type ArchivedLog = {
  address: Hex
  topics: Hex[]
  data: Hex
  logIndex: Hex
  transactionIndex: Hex
  transactionHash: Hex
  blockHash: Hex
  blockNumber: Hex
  removed: boolean
}
export type ArchivedReceipt = { transactionHash: Hex; logs: ArchivedLog[]; [field: string]: unknown }
/** A block with the receipts of its transactions, or one that stands for a range mined in bulk: `repeat` more like it follow. */
export type BlockRecord = {
  block: ArchivedBlock
  receipts: ArchivedReceipt[]
  repeat?: { last: number; seconds: number }
}

/** Groups of blocks are compressed together; by number, by hash and by bloom one finds the group. */
type ArchiveIndex = {
  offsets: Float64Array
  firstBlocks: Float64Array
  /** per group the union of its blooms, or null when there is no log in it */
  blooms: (Uint8Array | null)[]
  /** first four bytes of each transaction's hash, sorted, and the group of each */
  transactionPrefixes: Uint32Array
  transactionGroups: Uint32Array
  blockPrefixes: Uint32Array
  blockGroups: Uint32Array
}

const ZSTD_FAST = { params: { 100: 1 } }
const CACHED_GROUPS = 6
const REMEMBERED_HASHES = 4_096
/** Blocks that an engine mines singly on its way to a checkpoint: two and one around those in bulk, and the last. */
export const BEACON_ROOTS = 4

/** A group of records, ready to be written. */
export type PackedGroup = {
  firstBlock: number
  bytes: Uint8Array
  bloom: Uint8Array | null
  transactionHashes: Hex[]
  blockHashes: Hex[]
  /** EIP-4788 roots of the last blocks of it that were mined one by one */
  beaconRoots: Hex[]
}

/** Compresses a group of records. */
export function packGroup(records: readonly BlockRecord[]): PackedGroup {
  const blooms = records.map(({ block }) => block.logsBloom).filter((bloom) => !/^0x0*$/.test(bloom))
  return {
    firstBlock: Number(records[0]?.block.number ?? 0),
    bytes: zstdCompressSync(JSON.stringify(records), ZSTD_FAST),
    bloom: blooms.length === 0 ? null : unite(blooms),
    transactionHashes: records.flatMap(({ block }) => block.transactions.map(({ hash }) => hash)),
    blockHashes: records.map(({ block }) => block.hash),
    beaconRoots: records
      .filter(({ repeat }) => !repeat)
      .flatMap(({ block }) => block.parentBeaconBlockRoot ?? [])
      .slice(-BEACON_ROOTS),
  }
}

function unite(blooms: readonly Hex[]): Uint8Array {
  const union = new Uint8Array(256)
  for (const bloom of blooms) {
    const bytes = Buffer.from(bloom.slice(2), 'hex')
    for (let at = 0; at < union.length; at++) union[at] = (union[at] ?? 0) | (bytes[at] ?? 0)
  }
  return union
}

/** Writes the archive of a segment, durably. */
export function writeArchive(path: string, groups: readonly PackedGroup[]): void {
  const transactions = byPrefix(groups, ({ transactionHashes }) => transactionHashes)
  const blocks = byPrefix(groups, ({ blockHashes }) => blockHashes)
  const index = {
    firstBlocks: Float64Array.from(groups, ({ firstBlock }) => firstBlock),
    blooms: groups.map(({ bloom }) => bloom),
    transactionPrefixes: transactions.prefixes,
    transactionGroups: transactions.groups,
    blockPrefixes: blocks.prefixes,
    blockGroups: blocks.groups,
  }
  writeSections(path, [...groups.map(({ bytes }) => bytes), serialize(index)])
}

function byPrefix(groups: readonly PackedGroup[], hashesOf: (group: PackedGroup) => Hex[]) {
  const entries = groups.flatMap((group, at) => hashesOf(group).map((hash): [number, number] => [prefix(hash), at]))
  entries.sort(([a], [b]) => a - b)
  return { prefixes: Uint32Array.from(entries, ([value]) => value), groups: Uint32Array.from(entries, ([, at]) => at) }
}

function prefix(hash: string): number {
  return Number.parseInt(hash.slice(2, 10), 16)
}

/** The blocks of one segment that is over, on disk; an index of a few bytes per block and transaction in memory. */
export class BlockArchive {
  readonly #fd: number
  readonly #index: ArchiveIndex
  readonly #cache = new Map<number, BlockRecord[]>()
  /** numbers of blocks mined in bulk by hash, of those that somebody asked for: nobody can know the hash of another */
  readonly #shown = new Map<string, number>()

  private constructor(fd: number, index: ArchiveIndex) {
    this.#fd = fd
    this.#index = index
  }

  /** Undefined when the file is not whole. */
  static open(path: string): BlockArchive | undefined {
    const sections = peekSections(path)
    const footer = sections?.pop()
    if (!sections || !footer) return undefined
    const index = deserialized<Omit<ArchiveIndex, 'offsets'>>(footer.payload)
    if (!index) return undefined
    // What was deserialized are views of the whole file; the file is not to stay in memory.
    const copy = {
      offsets: Float64Array.from(sections, ({ offset }) => offset),
      firstBlocks: index.firstBlocks.slice(),
      blooms: index.blooms.map((bloom) => bloom?.slice() ?? null),
      transactionPrefixes: index.transactionPrefixes.slice(),
      transactionGroups: index.transactionGroups.slice(),
      blockPrefixes: index.blockPrefixes.slice(),
      blockGroups: index.blockGroups.slice(),
    }
    return new BlockArchive(fs.openSync(path, 'r'), copy)
  }

  close(): void {
    fs.closeSync(this.#fd)
  }

  /** The block of that number. It must be one of the segment's. */
  byNumber(number: number): BlockRecord | undefined {
    const records = this.#group(lastAtMost(this.#index.firstBlocks, number))
    for (const record of records) {
      if (Number(record.block.number) === number) return record
      if (record.repeat && number > Number(record.block.number) && number <= record.repeat.last) {
        return this.#repeated(record, number)
      }
    }
    return undefined
  }

  byHash(hash: string): BlockRecord | undefined {
    const { blockPrefixes, blockGroups } = this.#index
    const number = this.#shown.get(hash)
    if (number !== undefined) return this.byNumber(number)
    return this.#find(hash, blockPrefixes, blockGroups, ({ block }) => block.hash === hash)
  }

  byTransaction(hash: string): BlockRecord | undefined {
    const { transactionPrefixes, transactionGroups } = this.#index
    const hasIt = ({ block }: BlockRecord) => block.transactions.some((transaction) => transaction.hash === hash)
    return this.#find(hash, transactionPrefixes, transactionGroups, hasIt)
  }

  /** The records of a range of blocks whose groups may hold what `mayHold` looks for, group by group. */
  *scan(first: number, last: number, mayHold: (bloom: Uint8Array) => boolean): Generator<BlockRecord[]> {
    const { firstBlocks, blooms } = this.#index
    for (let at = lastAtMost(firstBlocks, first); at < firstBlocks.length && (firstBlocks[at] ?? 0) <= last; at++) {
      const bloom = blooms[at]
      if (!bloom || !mayHold(bloom)) continue
      yield this.#group(at).filter(({ block }) => Number(block.number) >= first && Number(block.number) <= last)
    }
  }

  #repeated(record: BlockRecord, number: number): BlockRecord {
    const made = repeated(record, number)
    this.#shown.set(made.block.hash, number)
    const [oldest] = this.#shown.keys()
    if (this.#shown.size > REMEMBERED_HASHES && oldest !== undefined) this.#shown.delete(oldest)
    return made
  }

  #find(
    hash: string,
    prefixes: Uint32Array,
    groups: Uint32Array,
    isIt: (record: BlockRecord) => boolean,
  ): BlockRecord | undefined {
    const wanted = prefix(hash)
    for (let at = firstAtLeast(prefixes, wanted); prefixes[at] === wanted; at++) {
      const found = this.#group(groups[at] ?? 0).find(isIt)
      if (found) return found
    }
    return undefined
  }

  #group(at: number): BlockRecord[] {
    const cached = this.#cache.get(at)
    if (cached) return cached
    const packed = readSection(this.#fd, this.#index.offsets[at] ?? 0)
    const records = JSON.parse(zstdDecompressSync(packed).toString('utf8')) as BlockRecord[]
    this.#cache.set(at, records)
    const [oldest] = this.#cache.keys()
    if (this.#cache.size > CACHED_GROUPS && oldest !== undefined) this.#cache.delete(oldest)
    return records
  }
}

/** One of the blocks that were mined in bulk: like the first but for number and time. */
function repeated({ block, repeat }: BlockRecord, number: number): BlockRecord {
  const ahead = number - Number(block.number)
  const timestamp: Hex = `0x${(Number(block.timestamp) + ahead * (repeat?.seconds ?? 0)).toString(16)}`
  const next: ArchivedBlock = { ...block, number: `0x${number.toString(16)}`, timestamp }
  const grown =
    quantityBytes(next.number) - quantityBytes(block.number) + quantityBytes(timestamp) - quantityBytes(block.timestamp)
  next.size = `0x${(Number(block.size) + grown).toString(16)}`
  next.hash = blockHash(next)
  return { block: next, receipts: [] }
}

/** Bytes of a number in RLP; up to 127 it is its own byte. */
function quantityBytes(quantity: Hex): number {
  return Number(quantity) < 128 ? 1 : 1 + Math.ceil((quantity.length - 2) / 2)
}

/** Index of the last entry that is not above `value`; entries are sorted. */
function lastAtMost(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) <= value) low = middle
    else high = middle
  }
  return low
}

function firstAtLeast(sorted: Uint32Array, value: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
