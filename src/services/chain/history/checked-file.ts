import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { deserialize } from 'node:v8'
import { crc32 } from 'node:zlib'

/**
 * Files that are derived from the journal: written beside their place, synced, then moved there. Whatever is not as it was written counts as
 * not there, and is made again.
 */

const MAGIC = new TextEncoder().encode('0GHIST\x00\x01')
/** format and number of sections */
const PREAMBLE_BYTES = MAGIC.length + 4
/** length and checksum */
const SECTION_HEADER_BYTES = 8

/** A section: its bytes behind their length and checksum. */
function encodeSection(payload: Uint8Array): Uint8Array {
  const section = Buffer.alloc(SECTION_HEADER_BYTES + payload.length)
  section.writeUInt32BE(payload.length, 0)
  section.writeUInt32BE(crc32(payload, crc32(section.subarray(0, 4))), 4)
  section.set(payload, SECTION_HEADER_BYTES)
  return section
}

/** Puts a file of sections in place, durably. @returns the offset of each section */
export function writeSections(path: string, payloads: readonly Uint8Array[]): number[] {
  const offsets: number[] = []
  const count = Buffer.alloc(4)
  count.writeUInt32BE(payloads.length)
  let end = PREAMBLE_BYTES
  const parts: Uint8Array[] = [MAGIC, count]
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

type Section = { offset: number; payload: Uint8Array }

/** Every section of a file with its offset, or undefined when the file is not whole, byte by byte, or not there. */
export function readSections(path: string): Section[] | undefined {
  return sectionsOf(readFile(path, Buffer.alloc))
}

let shared = Buffer.alloc(0)

/** Like {@link readSections}, in memory that the next such call uses again: a start looks through hundreds of files. */
export function peekSections(path: string): Section[] | undefined {
  const file = readFile(path, (sizeBytes) => {
    if (shared.length < sizeBytes) shared = Buffer.alloc(sizeBytes)
    return shared.subarray(0, sizeBytes)
  })
  return sectionsOf(file)
}

function readFile(path: string, allocate: (sizeBytes: number) => Buffer): Buffer | undefined {
  let fd: number | undefined
  try {
    fd = fs.openSync(path, 'r')
    const file = allocate(fs.fstatSync(fd).size)
    return fs.readSync(fd, file, 0, file.length, 0) === file.length ? file : undefined
  } catch {
    return undefined
  } finally {
    if (fd !== undefined) fs.closeSync(fd)
  }
}

function sectionsOf(file: Buffer | undefined): Section[] | undefined {
  if (!file) return undefined
  if (file.length < PREAMBLE_BYTES || !MAGIC.every((byte, at) => file[at] === byte)) return undefined
  const sections: Section[] = []
  let offset = PREAMBLE_BYTES
  while (offset < file.length) {
    const payload = sectionAt(file, offset)
    if (!payload) return undefined
    sections.push({ offset, payload })
    offset += SECTION_HEADER_BYTES + payload.length
  }
  return sections.length === file.readUInt32BE(MAGIC.length) ? sections : undefined
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

/** The value of such bytes, or undefined when a newer version of Node.js wrote them in a form this one does not read. */
export function deserialized<T>(bytes: Uint8Array): T | undefined {
  try {
    return deserialize(bytes) as T
  } catch {
    return undefined
  }
}
