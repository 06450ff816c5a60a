import { readSync } from 'node:fs'
import { crc32 } from 'node:zlib'
import { checkSegment } from '../../protocol/storage/segment-proof.ts'
import type { IndexEntry } from './log-index.ts'
import {
  decodeDescription,
  decodeHeader,
  decodeRecord,
  RECORD_HEADER_BYTES,
  RECORD_MAGIC,
  type StoredSegment,
} from './segment-record.ts'

type ScannedRecord = IndexEntry & { dataBytes: number; dataCrc: number }

/** A crash of the machine can leave holes in what was last written: the data of this much of the end is read and checked. */
const CHECKED_TAIL_BYTES = 64 * 1024 ** 2
const SEARCH_BYTES = 1024 ** 2

/**
 * Reads the records of a segment log: headers only, data too near the end of the last log. Damage in the middle is stepped
 * over to the next whole record; after the last whole record the log is invalid (`validBytes`). What is found behind damage could
 * be data made to look like a record, so from there on only segments that lead to their root are taken (`isProven`).
 */
export function scanLog(
  fd: number,
  sizeBytes: number,
  isLast: boolean,
  isProven: (segment: StoredSegment) => boolean = (segment) => checkSegment(segment) === undefined,
): { entries: IndexEntry[]; validBytes: number; damaged: number } {
  const entries: IndexEntry[] = []
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
    if (damaged > 0 && !isWhole(fd, record, isProven)) {
      // Not a record after all, or a damaged one: the next may begin inside.
      damaged += 1
      offset = findRecord(fd, offset + 1, sizeBytes) ?? sizeBytes
      continue
    }
    const { root, index, length } = record
    const end = offset + length
    const isTail = isLast && end > sizeBytes - CHECKED_TAIL_BYTES
    if (isTail && !hasIntactData(fd, record)) damaged += 1
    else {
      entries.push({ root, index, offset, length })
      validBytes = end
    }
    offset = end
  }
  return { entries, validBytes, damaged }
}

function readRecord(fd: number, offset: number, sizeBytes: number): ScannedRecord | undefined {
  const header = decodeHeader(readAt(fd, offset, RECORD_HEADER_BYTES))
  if (!header) return undefined
  const { dataBytes, dataCrc } = header
  const headBytes = RECORD_HEADER_BYTES + header.descriptionBytes
  const length = headBytes + dataBytes
  if (offset + length > sizeBytes) return undefined
  const description = decodeDescription(readAt(fd, offset, headBytes), header)
  return description && { root: description.root, index: description.index, offset, length, dataBytes, dataCrc }
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

function isWhole(fd: number, { offset, length }: IndexEntry, isProven: (segment: StoredSegment) => boolean): boolean {
  const segment = decodeRecord(readAt(fd, offset, length))
  return segment !== undefined && isProven(segment)
}

function hasIntactData(fd: number, { offset, length, dataBytes, dataCrc }: ScannedRecord): boolean {
  return crc32(readAt(fd, offset + length - dataBytes, dataBytes)) === dataCrc
}

function readAt(fd: number, offset: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length)
  return buffer.subarray(0, readSync(fd, buffer, 0, length, offset))
}
