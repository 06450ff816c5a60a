import { crc32 } from 'node:zlib'
import type { FileProof } from '../../protocol/storage/merkle.ts'
import type { Hex } from '../../protocol/storage/units.ts'

/** A proven segment on its way to or from the disk. */
export type StoredSegment = { root: Hex; index: number; fileSize: number; proof: FileProof; data: Uint8Array }

/**
 * One record of the segment log: a fixed header, then the description (JSON), then the data. The header's checksum covers
 * header and description, so a record that was cut short or overwritten is never taken for a whole one.
 *   magic u32 · header crc u32 · description bytes u32 · data bytes u32 · data crc u32
 */
export const RECORD_HEADER_BYTES = 20
export const RECORD_MAGIC = Buffer.from('SEG1')
const MAX_DESCRIPTION_BYTES = 64 * 1024
const MAX_DATA_BYTES = 16 * 1024 * 1024

export type RecordHeader = { headerCrc: number; descriptionBytes: number; dataBytes: number; dataCrc: number }

type Description = { root: Hex; index: number; fileSize: number; proof: FileProof }

/** The bytes to append for a segment, in pieces. */
export function encodeRecord(segment: StoredSegment): Uint8Array[] {
  const { root, index, fileSize, proof, data } = segment
  const description = Buffer.from(JSON.stringify({ root, index, fileSize, proof } satisfies Description))
  const head = Buffer.alloc(RECORD_HEADER_BYTES + description.length)
  RECORD_MAGIC.copy(head)
  head.writeUInt32LE(description.length, 8)
  head.writeUInt32LE(data.length, 12)
  head.writeUInt32LE(crc32(data), 16)
  description.copy(head, RECORD_HEADER_BYTES)
  head.writeUInt32LE(crc32(head.subarray(8)), 4)
  return [head, data]
}

/** The segment of a whole record; undefined when any byte of it changed since it was written. `data` is a view of `record`. */
export function decodeRecord(record: Buffer): StoredSegment | undefined {
  const header = decodeHeader(record)
  if (!header) return undefined
  const headBytes = RECORD_HEADER_BYTES + header.descriptionBytes
  if (record.length !== headBytes + header.dataBytes) return undefined
  const description = decodeDescription(record.subarray(0, headBytes), header)
  const data = record.subarray(headBytes)
  return description && crc32(data) === header.dataCrc ? { ...description, data } : undefined
}

/** Reads the fixed header; undefined when this is not one. */
export function decodeHeader(bytes: Buffer): RecordHeader | undefined {
  if (bytes.length < RECORD_HEADER_BYTES || !bytes.subarray(0, 4).equals(RECORD_MAGIC)) return undefined
  const header = {
    headerCrc: bytes.readUInt32LE(4),
    descriptionBytes: bytes.readUInt32LE(8),
    dataBytes: bytes.readUInt32LE(12),
    dataCrc: bytes.readUInt32LE(16),
  }
  if (header.descriptionBytes > MAX_DESCRIPTION_BYTES || header.dataBytes > MAX_DATA_BYTES) return undefined
  return header
}

/** Reads the description behind a header; undefined when the checksum disagrees. `head` = header + description. */
export function decodeDescription(head: Buffer, header: RecordHeader): Description | undefined {
  if (crc32(head.subarray(8)) !== header.headerCrc) return undefined
  try {
    return JSON.parse(head.toString('utf8', RECORD_HEADER_BYTES)) as Description
  } catch {
    return undefined
  }
}
