import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'

/**
 * Files that are derived from the journal: written beside their place, synced, then moved there. Whatever is not as it was written counts as
 * not there, and is made again.
 */

const MAGIC = new TextEncoder().encode('0GHIST\x00\x01')
const SECTION_HEADER_BYTES = 8

/** A section to write: its bytes behind their length and checksum. */
export function encodeSection(payload: Uint8Array): Uint8Array {
  const section = Buffer.alloc(SECTION_HEADER_BYTES + payload.length)
  section.writeUInt32BE(payload.length, 0)
  section.writeUInt32BE(crc32(payload, crc32(section.subarray(0, 4))), 4)
  section.set(payload, SECTION_HEADER_BYTES)
  return section
}

/** Puts a file of sections in place, durably. @returns the offset of each section */
export function writeSections(path: string, payloads: readonly Uint8Array[]): number[] {
  const offsets: number[] = []
  let end = MAGIC.length
  const parts: Uint8Array[] = [MAGIC]
  for (const payload of payloads) {
    const section = encodeSection(payload)
    offsets.push(end)
    end += section.length
    parts.push(section)
  }
  const next = `${path}.new`
  const fd = fs.openSync(next, 'w', 0o600)
  try {
    fs.writevSync(fd, parts)
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
  fs.renameSync(next, path)
  syncDirectory(dirname(path))
  return offsets
}

/** Makes names in a directory as durable as the content behind them. */
export function syncDirectory(directory: string): void {
  const fd = fs.openSync(directory, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Every section of a file with its offset, or undefined when the file is not whole, byte by byte, or not there. */
export function readSections(path: string): { offset: number; payload: Uint8Array }[] | undefined {
  let file: Buffer
  try {
    file = fs.readFileSync(path)
  } catch {
    return undefined
  }
  if (!MAGIC.every((byte, at) => file[at] === byte)) return undefined
  const sections: { offset: number; payload: Uint8Array }[] = []
  let offset = MAGIC.length
  while (offset < file.length) {
    const payload = sectionAt(file, offset)
    if (!payload) return undefined
    sections.push({ offset, payload })
    offset += SECTION_HEADER_BYTES + payload.length
  }
  return sections
}

/** One section, read from its offset. @throws Error when it is not what was written */
export function readSection(fd: number, offset: number): Uint8Array {
  const header = Buffer.alloc(SECTION_HEADER_BYTES)
  fs.readSync(fd, header, 0, SECTION_HEADER_BYTES, offset)
  const section = Buffer.alloc(SECTION_HEADER_BYTES + header.readUInt32BE(0))
  fs.readSync(fd, section, 0, section.length, offset)
  const payload = sectionAt(section, 0)
  if (!payload) throw new Error(`the section at byte ${offset} is damaged`)
  return payload
}

function sectionAt(file: Buffer, offset: number): Uint8Array | undefined {
  if (offset + SECTION_HEADER_BYTES > file.length) return undefined
  const start = offset + SECTION_HEADER_BYTES
  const length = file.readUInt32BE(offset)
  if (start + length > file.length) return undefined
  const payload = file.subarray(start, start + length)
  const checksum = crc32(payload, crc32(file.subarray(offset, offset + 4)))
  return checksum === file.readUInt32BE(offset + 4) ? payload : undefined
}
