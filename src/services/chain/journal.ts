import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { isOgError, ogError } from '../../errors/og-error.ts'
import { syncDirectory } from './history/checked-file.ts'
import { encodeFrame, FRAME_HEADER_BYTES, MAGIC, PREAMBLE_BYTES, scanFrames } from './journal-frames.ts'
import { decodeRecord, encodeRecord, type JournalHeader, type JournalRecord } from './journal-record.ts'

/** The system calls a journal makes; tests put a full disk behind them. */
export type JournalIo = Pick<typeof fs, 'writeSync' | 'ftruncateSync' | 'fdatasync'>

/**
 * The append-only file that is the chain's state: everything else is derived from it.
 * `append` puts a record into the file before it is applied (kill -9 cannot lose it); `durable` resolves once all that was
 * appended before the call is on the disk, sharing one fdatasync between all who wait.
 */
export type Journal = {
  readonly path: string
  /** random, another one for each journal: files made from it say so with it */
  readonly salt: number
  /** where the next record goes */
  readonly endOffset: number
  /** where the first record after the header is */
  readonly firstOffset: number
  append(record: JournalRecord): void
  durable(): Promise<void>
  /** Whole records from one offset to another. @throws OgError STATE_CORRUPT */
  read(from: number, to: number): PlacedRecord[]
  /** Where the record at an offset ends. */
  endOfRecord(offset: number): number
  close(): void
}

/** A record and the bytes it takes. */
export type PlacedRecord = { offset: number; endOffset: number; record: JournalRecord }

export type OpenedJournal = {
  journal: Journal
  header: JournalHeader
  /** what an earlier process wrote, from the place it is resumed at; empty for a new journal */
  records: PlacedRecord[]
}

export const JOURNAL_FILE = 'journal.bin'
/** more than any header has */
const MAX_HEADER_BYTES = 64 * 1024

/** Names rotations, newest first, from which reading is enough, of a journal with that salt. */
export type ResumeFrom = (salt: number) => Iterable<{ offset: number; checkpoint: number; blockHash: string }>

/**
 * Opens the journal of `dataDir`, or creates one with the header given. An incomplete record at the end is cut off. Its records
 * are read from where `resumeFrom` says, when a rotation is recorded there; else all are.
 * @throws OgError STATE_CORRUPT (names the offset), STATE_INCOMPATIBLE (another format), DISK_FULL
 */
export function openJournal(
  dataDir: string,
  newHeader: () => JournalHeader,
  io: JournalIo = fs,
  resumeFrom: ResumeFrom = () => [],
): OpenedJournal {
  const path = join(dataDir, JOURNAL_FILE)
  fs.mkdirSync(dataDir, { recursive: true })
  const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600)
  try {
    return (
      resumeJournal(fd, path, io, resumeFrom) ??
      readJournal(fd, path, io) ??
      createJournal(fd, path, dataDir, newHeader(), io)
    )
  } catch (error) {
    fs.closeSync(fd)
    throw error
  }
}

/**
 * Puts a new journal in the place of the one in `dataDir`: a crash leaves the one or the other, whole. The caller closes the old one.
 * @throws OgError DISK_FULL; then the old one stands
 */
export function replaceJournal(dataDir: string, header: JournalHeader, io: JournalIo = fs): OpenedJournal {
  const path = join(dataDir, JOURNAL_FILE)
  const next = `${path}.new`
  const fd = fs.openSync(next, fs.constants.O_RDWR | fs.constants.O_CREAT | fs.constants.O_TRUNC, 0o600)
  try {
    const opened = createJournal(fd, path, dataDir, header, io)
    fs.fsyncSync(fd)
    fs.renameSync(next, path)
    syncDirectory(dataDir)
    return opened
  } catch (error) {
    fs.closeSync(fd)
    throw isOgError(error) ? error : ogError('DISK_FULL', { path }, { cause: error })
  }
}

/** Undefined when there is no place to resume at. */
function resumeJournal(fd: number, path: string, io: JournalIo, resumeFrom: ResumeFrom): OpenedJournal | undefined {
  const { size } = fs.fstatSync(fd)
  const start = readBytes(fd, 0, Math.min(size, MAX_HEADER_BYTES))
  if (start.length < PREAMBLE_BYTES || !MAGIC.every((byte, at) => start[at] === byte)) return undefined
  const salt = new DataView(start.buffer).getUint32(MAGIC.length)
  const [header] = scanFrames(start, salt).frames
  if (!header) return undefined
  const first = decode(path, header.offset, header.payload)
  if (first.kind !== 'header') return undefined
  for (const { offset: from, checkpoint, blockHash } of resumeFrom(salt)) {
    if (from >= size) continue
    const { frames, endOffset, corrupt } = scanFrames(readBytes(fd, from, size - from), salt, 0)
    const records = frames.map((frame) => placed(path, frame, from))
    const rotation = records[0]?.record
    if (rotation?.kind !== 'rotation' || rotation.checkpoint !== checkpoint || rotation.blockHash !== blockHash)
      continue
    if (corrupt) throw ogError('STATE_CORRUPT', { path, offset: from + corrupt.offset, reason: corrupt.reason })
    if (from + endOffset < size) io.ftruncateSync(fd, from + endOffset)
    return { journal: appendable(fd, path, from + endOffset, salt, io), header: first, records }
  }
  return undefined
}

/** Undefined when the file holds no whole header yet: new, or its creation was interrupted before anything was acknowledged. */
function readJournal(fd: number, path: string, io: JournalIo): OpenedJournal | undefined {
  const file = readBytes(fd, 0, fs.fstatSync(fd).size)
  if (file.length < PREAMBLE_BYTES) return undefined
  if (!MAGIC.every((byte, at) => file[at] === byte)) {
    const isOurs = MAGIC.subarray(0, -1).every((byte, at) => file[at] === byte)
    if (!isOurs) throw ogError('STATE_CORRUPT', { path, offset: 0, reason: 'it does not begin as a journal' })
    const found = [writerOf(file), `journal format ${file[MAGIC.length - 1]}`].filter(Boolean).join(', ')
    throw ogError('STATE_INCOMPATIBLE', { path, found, wanted: 'format 1' })
  }
  const salt = new DataView(file.buffer).getUint32(MAGIC.length)
  const { frames, endOffset, corrupt } = scanFrames(file, salt)
  if (corrupt) throw ogError('STATE_CORRUPT', { path, ...corrupt })
  if (frames.length === 0) return undefined
  const [first, ...rest] = frames.map((frame) => placed(path, frame))
  if (first?.record.kind !== 'header') {
    throw ogError('STATE_CORRUPT', { path, offset: PREAMBLE_BYTES, reason: 'the header is missing' })
  }
  if (endOffset < file.length) io.ftruncateSync(fd, endOffset)
  return { journal: appendable(fd, path, endOffset, salt, io), header: first.record, records: rest }
}

/** The version that wrote a journal of a format unknown here, if its header is still JSON with a writer. */
function writerOf(file: Uint8Array): string | undefined {
  return /"writer":"([^"]{1,64})"/.exec(Buffer.from(file.subarray(0, MAX_HEADER_BYTES)).toString('latin1'))?.[1]
}

function placed(
  path: string,
  frame: { offset: number; endOffset: number; payload: Uint8Array },
  base = 0,
): PlacedRecord {
  const offset = base + frame.offset
  return { offset, endOffset: base + frame.endOffset, record: decode(path, offset, frame.payload) }
}

function readBytes(fd: number, from: number, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  for (let done = 0; done < sizeBytes; ) {
    const count = fs.readSync(fd, bytes, done, sizeBytes - done, from + done)
    if (count === 0) return bytes.subarray(0, done)
    done += count
  }
  return bytes
}

function decode(path: string, offset: number, payload: Uint8Array): JournalRecord {
  try {
    return decodeRecord(payload)
  } catch (error) {
    throw ogError('STATE_CORRUPT', { path, offset, reason: (error as Error).message }, { cause: error })
  }
}

function createJournal(fd: number, path: string, dataDir: string, header: JournalHeader, io: JournalIo): OpenedJournal {
  const salt = randomBytes(4)
  io.ftruncateSync(fd, 0)
  writeAll(fd, path, Buffer.concat([MAGIC, salt]), 0, io)
  const journal = appendable(fd, path, PREAMBLE_BYTES, salt.readUInt32BE(), io)
  journal.append(header)
  syncDirectory(dataDir)
  return { journal, header, records: [] }
}

function appendable(fd: number, path: string, startOffset: number, salt: number, io: JournalIo): Journal {
  let endOffset = startOffset
  let durableOffset = startOffset
  let failure: unknown
  let running: Promise<void> | undefined
  let queued: Promise<void> | undefined

  function sync(): Promise<void> {
    const target = endOffset
    return new Promise((resolve, reject) => {
      io.fdatasync(fd, (error) => {
        if (!error) {
          durableOffset = target
          return resolve()
        }
        // Which of the pages reached the disk is unknown from here on: only what was synced before still counts.
        failure = ogError('DISK_FULL', { path }, { cause: error })
        io.ftruncateSync(fd, durableOffset)
        reject(failure)
      })
    })
  }

  function durable(): Promise<void> {
    if (failure) return Promise.reject(failure)
    if (durableOffset === endOffset) return Promise.resolve()
    if (!running) {
      running = sync().finally(() => {
        running = undefined
      })
      return running
    }
    queued ??= running
      .catch(() => undefined)
      .then(() => {
        queued = undefined
        return durable()
      })
    return queued
  }

  return {
    path,
    salt,
    get endOffset() {
      return endOffset
    },
    append(record) {
      if (failure) throw failure
      const frame = encodeFrame(encodeRecord(record), salt)
      writeAll(fd, path, frame, endOffset, io)
      endOffset += frame.length
      // While the engine works, the disk may too. Whoever waits for it meets what it says.
      if (!running) void durable().catch(() => undefined)
    },
    durable,
    get firstOffset() {
      return this.endOfRecord(PREAMBLE_BYTES)
    },
    endOfRecord(offset) {
      return offset + FRAME_HEADER_BYTES + new DataView(readBytes(fd, offset, 4).buffer).getUint32(0)
    },
    read(from, to) {
      const { frames, corrupt } = scanFrames(readBytes(fd, from, to - from), salt, 0)
      const end = from + (frames.at(-1)?.endOffset ?? 0)
      if (corrupt || end !== to) {
        throw ogError('STATE_CORRUPT', { path, offset: end, reason: 'the checksum of a record does not match' })
      }
      return frames.map((frame) => placed(path, frame, from))
    },
    close() {
      fs.closeSync(fd)
    },
  }
}

/** Writes all bytes at an offset or none: what a full disk cut short is taken back. */
function writeAll(fd: number, path: string, bytes: Uint8Array, offset: number, io: JournalIo): void {
  let written = 0
  try {
    while (written < bytes.length) {
      written += io.writeSync(fd, bytes, written, bytes.length - written, offset + written)
    }
  } catch (error) {
    if (written > 0) io.ftruncateSync(fd, offset)
    throw ogError('DISK_FULL', { path }, { cause: error })
  }
}
