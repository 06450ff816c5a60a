import { readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import type { Hex } from '../../protocol/storage/units.ts'
import {
  decodeDescription,
  decodeHeader,
  RECORD_HEADER_BYTES,
  RECORD_MAGIC,
  type RecordHeader,
} from './segment-record.ts'

export type ScannedRecord = { root: Hex; index: number; offset: number; header: RecordHeader; end: number }

/** A crash of the machine can leave holes in what was last written: the data of this much of the end is read and checked. */
const CHECKED_TAIL_BYTES = 64 * 1024 ** 2
const SEARCH_BYTES = 1024 ** 2

/**
 * Reads the records of a segment log: headers only, data too near the end of the last log. Damage in the middle is stepped
 * over to the next whole record; after the last whole record the log is invalid (`validBytes`).
 */
export function scanLog(
  fd: number,
  sizeBytes: number,
  isLast: boolean,
): { records: ScannedRecord[]; validBytes: number; damaged: number } {
  const records: ScannedRecord[] = []
  let damaged = 0
  let validBytes = 0
  for (let offset = 0; offset < sizeBytes; ) {
    const record = readRecord(fd, offset, sizeBytes)
    if (!record) {
      const next = findRecord(fd, offset + 1, sizeBytes)
      if (next === undefined) break
      damaged += 1
      offset = next
      continue
    }
    const isTail = isLast && record.end > sizeBytes - CHECKED_TAIL_BYTES
    if (isTail && !hasIntactData(fd, record)) damaged += 1
    else {
      records.push(record)
      validBytes = record.end
    }
    offset = record.end
  }
  return { records, validBytes, damaged }
}

function readRecord(fd: number, offset: number, sizeBytes: number): ScannedRecord | undefined {
  const header = decodeHeader(readAt(fd, offset, RECORD_HEADER_BYTES))
  if (!header) return undefined
  const headBytes = RECORD_HEADER_BYTES + header.descriptionBytes
  const end = offset + headBytes + header.dataBytes
  if (end > sizeBytes) return undefined
  const description = decodeDescription(readAt(fd, offset, headBytes), header)
  return description && { root: description.root, index: description.index, offset, header, end }
}

function findRecord(fd: number, from: number, sizeBytes: number): number | undefined {
  for (let start = from; start < sizeBytes; start += SEARCH_BYTES) {
    const window = readAt(fd, start, SEARCH_BYTES + RECORD_MAGIC.length)
    for (let at = window.indexOf(RECORD_MAGIC); at >= 0; at = window.indexOf(RECORD_MAGIC, at + 1)) {
      if (readRecord(fd, start + at, sizeBytes)) return start + at
    }
  }
  return undefined
}

function hasIntactData(fd: number, record: ScannedRecord): boolean {
  const { dataBytes, dataCrc } = record.header
  return crc32(readAt(fd, record.end - dataBytes, dataBytes)) === dataCrc
}

function readAt(fd: number, offset: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length)
  return buffer.subarray(0, readSync(fd, buffer, 0, length, offset))
}
