import { crc32 } from 'node:zlib'
import { fromHex, toHex } from '../../protocol/storage/keccak.ts'
import type { Hex } from '../../protocol/storage/units.ts'

/** Where a segment lies in its log: offset and bytes of its record. */
export type IndexEntry = { root: Hex; index: number; offset: number; length: number }

/**
 * The index of a log that takes no more records, so that a start reads 44 bytes per segment instead of looking for every record.
 *   magic u32 · crc of the rest u32 · entries u32 · bytes of the log f64 · then per entry: root 32 · index u32 · offset u32 · length u32
 */
const MAGIC = Buffer.from('SIX1')
const HEAD_BYTES = 20
const ENTRY_BYTES = 44
const ROOT_BYTES = 32

/** The bytes of an index file. `logBytes` is the size of the log it describes. */
export function encodeLogIndex(entries: readonly IndexEntry[], logBytes: number): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + entries.length * ENTRY_BYTES)
  MAGIC.copy(bytes)
  bytes.writeUInt32LE(entries.length, 8)
  bytes.writeDoubleLE(logBytes, 12)
  entries.forEach(({ root, index, offset, length }, i) => {
    const at = HEAD_BYTES + i * ENTRY_BYTES
    bytes.set(fromHex(root), at)
    bytes.writeUInt32LE(index, at + ROOT_BYTES)
    bytes.writeUInt32LE(offset, at + ROOT_BYTES + 4)
    bytes.writeUInt32LE(length, at + ROOT_BYTES + 8)
  })
  bytes.writeUInt32LE(crc32(bytes.subarray(8)), 4)
  return bytes
}

/** Reads an index file; undefined when it is damaged, or of another log than one of `logBytes`: the log is scanned then. */
export function decodeLogIndex(bytes: Buffer, logBytes: number): IndexEntry[] | undefined {
  if (bytes.length < HEAD_BYTES || !bytes.subarray(0, 4).equals(MAGIC)) return undefined
  const count = bytes.readUInt32LE(8)
  if (bytes.length !== HEAD_BYTES + count * ENTRY_BYTES) return undefined
  if (crc32(bytes.subarray(8)) !== bytes.readUInt32LE(4) || bytes.readDoubleLE(12) !== logBytes) return undefined
  const entries: IndexEntry[] = []
  let root: Hex = '0x'
  let rootBytes: Uint8Array = new Uint8Array(0)
  for (let at = HEAD_BYTES; at < bytes.length; at += ENTRY_BYTES) {
    const here = bytes.subarray(at, at + ROOT_BYTES)
    // Segments of a file lie together: one string of its root serves them all.
    if (!here.equals(rootBytes)) {
      rootBytes = here
      root = toHex(here)
    }
    entries.push({
      root,
      index: bytes.readUInt32LE(at + ROOT_BYTES),
      offset: bytes.readUInt32LE(at + ROOT_BYTES + 4),
      length: bytes.readUInt32LE(at + ROOT_BYTES + 8),
    })
  }
  return entries
}
