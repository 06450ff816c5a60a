import { randomBytes } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { isOgError, ogError } from '../../errors/og-error.ts'
import { encodeFrame, MAGIC, PREAMBLE_BYTES, scanFrames } from './journal-frames.ts'
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
  append(record: JournalRecord): void
  durable(): Promise<void>
  close(): void
}

export type OpenedJournal = {
  journal: Journal
  header: JournalHeader
  /** what an earlier process wrote, each with its offset; empty for a new journal */
  records: { offset: number; record: JournalRecord }[]
}

export const JOURNAL_FILE = 'journal.bin'

/**
 * Opens the journal of `dataDir`, or creates one with the header given. An incomplete record at the end is cut off.
 * @throws OgError STATE_CORRUPT (names the offset), STATE_INCOMPATIBLE (another format), DISK_FULL
 */
export function openJournal(dataDir: string, newHeader: () => JournalHeader, io: JournalIo = fs): OpenedJournal {
  const path = join(dataDir, JOURNAL_FILE)
  fs.mkdirSync(dataDir, { recursive: true })
  const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600)
  try {
    const file = new Uint8Array(fs.readFileSync(fd))
    return readJournal(fd, path, file, io) ?? createJournal(fd, path, dataDir, newHeader(), io)
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

/** Undefined when the file holds no whole header yet: new, or its creation was interrupted before anything was acknowledged. */
function readJournal(fd: number, path: string, file: Uint8Array, io: JournalIo): OpenedJournal | undefined {
  if (file.length < PREAMBLE_BYTES) return undefined
  if (!MAGIC.every((byte, at) => file[at] === byte)) {
    const isOurs = MAGIC.subarray(0, -1).every((byte, at) => file[at] === byte)
    if (!isOurs) throw ogError('STATE_CORRUPT', { path, offset: 0, reason: 'it does not begin as a journal' })
    throw ogError('STATE_INCOMPATIBLE', { path, found: `journal format ${file[MAGIC.length - 1]}`, wanted: 'format 1' })
  }
  const salt = new DataView(file.buffer).getUint32(MAGIC.length)
  const { frames, endOffset, corrupt } = scanFrames(file, salt)
  if (corrupt) throw ogError('STATE_CORRUPT', { path, ...corrupt })
  if (frames.length === 0) return undefined
  const records = frames.map(({ offset, payload }) => ({ offset, record: decode(path, offset, payload) }))
  const [first, ...rest] = records
  if (first?.record.kind !== 'header') {
    throw ogError('STATE_CORRUPT', { path, offset: PREAMBLE_BYTES, reason: 'the header is missing' })
  }
  if (endOffset < file.length) io.ftruncateSync(fd, endOffset)
  return { journal: appendable(fd, path, endOffset, salt, io), header: first.record, records: rest }
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

/** The file's name must be as durable as its content. */
function syncDirectory(directory: string): void {
  const fd = fs.openSync(directory, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
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

  return {
    path,
    append(record) {
      if (failure) throw failure
      const frame = encodeFrame(encodeRecord(record), salt)
      writeAll(fd, path, frame, endOffset, io)
      endOffset += frame.length
    },
    durable() {
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
          return this.durable()
        })
      return queued
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
