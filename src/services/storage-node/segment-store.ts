import type { FileHandle } from 'node:fs/promises'
import { mkdir, open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Hex } from '../../protocol/storage/units.ts'
import { writeFileAtomic } from '../../utils/write-file-atomic.ts'
import { decodeLogIndex, encodeLogIndex, type IndexEntry } from './log-index.ts'
import { scanLog } from './scan-log.ts'
import { decodeRecord, encodeRecord, type StoredSegment } from './segment-record.ts'

/** Where a segment lies: log file, and its record in there. */
type Place = { file: number; offset: number; length: number }
type Waiting = { segments: StoredSegment[]; resolve: () => void; reject: (error: unknown) => void }

export type SegmentStoreOptions = {
  /** a log file that grew beyond this is closed and a new one started */
  maxLogBytes?: number
  /** writes pieces at a position and makes them durable; replaced in tests to break it */
  write?: (file: FileHandle, pieces: Uint8Array[], position: number) => Promise<void>
  /** whether a segment leads to its root; replaced in tests whose segments lead nowhere */
  isProven?: (segment: StoredSegment) => boolean
}

/** The last log is scanned at every start, the others are read from their index (10 GiB: docs/adr/0011). */
const DEFAULT_MAX_LOG_BYTES = 256 * 1024 ** 2
/** As above, when the segments are small. */
const MAX_LOG_ENTRIES = 32_768
const MAX_GROUP_BYTES = 64 * 1024 ** 2

/**
 * Segments on disk, by file root and index, in append-only logs; all but the last have an index beside them. `put` resolves when the data is flushed to the device:
 * requests that arrive during a flush share the next one. A failed write is cut off again, so that nothing half-written stays.
 */
export class SegmentStore {
  readonly #dir: string
  readonly #log: Logger
  readonly #maxLogBytes: number
  readonly #write: NonNullable<SegmentStoreOptions['write']>
  readonly #isProven: SegmentStoreOptions['isProven']
  readonly #files = new Map<number, FileHandle>()
  readonly #index = new Map<Hex, Map<number, Place>>()
  /** segments on their way to the disk, and the put that brings each there */
  readonly #pending = new Map<string, Promise<void>>()
  readonly #queue: Waiting[] = []
  #current = 0
  #position = 0
  /** what is in the current log, for the index it gets once it is full */
  #currentEntries: IndexEntry[] = []
  #onDamage: (root: Hex, index: number) => void = () => undefined
  #onGone: () => void = () => undefined
  #flushing: Promise<void> | undefined
  #isClosed = false

  private constructor(dir: string, log: Logger, options: SegmentStoreOptions) {
    this.#dir = dir
    this.#log = log
    this.#maxLogBytes = options.maxLogBytes ?? DEFAULT_MAX_LOG_BYTES
    this.#write = options.write ?? writeDurably
    this.#isProven = options.isProven
  }

  /** Opens or creates the store; cuts off what a crash left half-written. */
  static async open(dir: string, log: Logger, options: SegmentStoreOptions = {}): Promise<SegmentStore> {
    await mkdir(dir, { recursive: true })
    const store = new SegmentStore(dir, log, options)
    const numbers = (await readdir(dir))
      .flatMap((name) => /^segments-(\d{6})\.log$/.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b)
    for (const number of numbers) await store.#load(number, number === numbers.at(-1))
    if (numbers.length === 0) await store.#startLog(0)
    return store
  }

  /** Who is told of a segment that turned out to be damaged and was forgotten. */
  set onDamage(listener: (root: Hex, index: number) => void) {
    this.#onDamage = listener
  }

  /** Who is told when the directory was deleted under the store: nothing can be kept any more. */
  set onGone(listener: () => void) {
    this.#onGone = listener
  }

  has(root: Hex, index: number): boolean {
    return this.#index.get(root)?.has(index) ?? false
  }

  /** True when the segment is stored or on its way to the disk. */
  isKnown(root: Hex, index: number): boolean {
    return this.has(root, index) || this.#pending.has(`${root}/${index}`)
  }

  /** Number of segments stored. */
  get count(): number {
    let total = 0
    for (const places of this.#index.values()) total += places.size
    return total
  }

  /** Stores segments; resolves when they are on the disk. Rejects with the system's error and keeps none of its group. */
  put(segments: StoredSegment[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    for (const { root, index } of segments) this.#pending.set(`${root}/${index}`, promise)
    this.#queue.push({ segments, resolve, reject })
    this.#flushing ??= this.#flushAll()
    return promise
  }

  /** Waits for a segment that is on its way to the disk; rejects as the put that brings it. At once for any other. */
  async arrived(root: Hex, index: number): Promise<void> {
    await this.#pending.get(`${root}/${index}`)
  }

  /** Waits until everything put so far is on the disk. */
  async settled(): Promise<void> {
    await this.#flushing
  }

  /** Reads a segment back and checks it; one that the disk has damaged is forgotten, so that it can be stored again. */
  async read(root: Hex, index: number): Promise<StoredSegment | undefined> {
    const place = this.#index.get(root)?.get(index)
    if (!place || this.#isClosed) return undefined
    const segment = await this.#readRecord(place)
    if (segment?.root === root && segment.index === index) return segment
    if (this.#isClosed) return undefined
    // Another put may have stored it anew while this one was read.
    if (this.#index.get(root)?.get(index) !== place) return await this.read(root, index)
    this.#log.error({ root, index, file: place.file, offset: place.offset }, 'segment damaged on disk')
    this.#forget(root, index)
    this.#onDamage(root, index)
    return undefined
  }

  /** Everything stored, in the order in which it lies on the disk. */
  *stored(): Generator<{ root: Hex; index: number; sizeBytes: number }> {
    const all = [...this.#index].flatMap(([root, places]) =>
      [...places].map(([index, { file, offset, length }]) => ({ root, index, file, offset, sizeBytes: length })),
    )
    yield* all.sort((a, b) => a.file - b.file || a.offset - b.offset)
  }

  /** Forgets all segments of a file; their room on the disk is not given back. */
  drop(root: Hex): void {
    this.#index.delete(root)
  }

  async close(): Promise<void> {
    await this.settled()
    this.#isClosed = true
    await Promise.all([...this.#files.values()].map((file) => file.close()))
    this.#files.clear()
  }

  #file(number: number): FileHandle {
    return this.#files.get(number) as FileHandle
  }

  #indexPath(number: number): string {
    return join(this.#dir, `segments-${String(number).padStart(6, '0')}.idx`)
  }

  #path(number: number): string {
    return join(this.#dir, `segments-${String(number).padStart(6, '0')}.log`)
  }

  /** The segment of a record; undefined when it cannot be read as it was written. */
  async #readRecord({ file, offset, length }: Place): Promise<StoredSegment | undefined> {
    const record = Buffer.allocUnsafe(length)
    try {
      const { bytesRead } = await this.#file(file).read(record, 0, length, offset)
      return bytesRead === length ? decodeRecord(record) : undefined
    } catch (error) {
      this.#log.error({ file, offset, error: String(error) }, 'record cannot be read')
      return undefined
    }
  }

  async #load(number: number, isLast: boolean): Promise<void> {
    const file = await open(this.#path(number), 'r+')
    this.#files.set(number, file)
    const { size } = await file.stat()
    const entries = isLast ? await this.#loadLast(number, file, size) : await this.#loadFull(number, file, size)
    for (const { root, index, offset, length } of entries) this.#remember(root, index, { file: number, offset, length })
  }

  async #loadFull(number: number, file: FileHandle, size: number): Promise<IndexEntry[]> {
    const bytes = await readFile(this.#indexPath(number)).catch(() => undefined)
    const indexed = bytes && decodeLogIndex(bytes, size)
    if (indexed) return indexed
    const { entries, damaged } = scanLog(file.fd, size, false, this.#isProven)
    this.#log.warn({ file: number, damaged }, 'index of a log missing or damaged: made anew')
    await writeFileAtomic(this.#indexPath(number), encodeLogIndex(entries, size))
    return entries
  }

  async #loadLast(number: number, file: FileHandle, size: number): Promise<IndexEntry[]> {
    const { entries, validBytes, damaged } = scanLog(file.fd, size, true, this.#isProven)
    if (damaged > 0) this.#log.error({ file: number, damaged }, 'damaged records skipped')
    if (size > validBytes) {
      this.#log.warn({ file: number, validBytes }, 'half-written record of an interrupted write cut off')
      await file.truncate(validBytes)
      await file.datasync()
    }
    this.#current = number
    this.#position = validBytes
    this.#currentEntries = entries
    return entries
  }

  async #startLog(number: number): Promise<void> {
    this.#files.set(number, await open(this.#path(number), 'wx+', 0o600))
    const folder = await open(this.#dir, 'r')
    await folder.sync().finally(() => folder.close())
    this.#current = number
    this.#position = 0
    this.#currentEntries = []
  }

  /** Closes the current log with an index and starts the next. */
  async #rotate(): Promise<void> {
    await writeFileAtomic(this.#indexPath(this.#current), encodeLogIndex(this.#currentEntries, this.#position))
    await this.#startLog(this.#current + 1)
  }

  async #flushAll(): Promise<void> {
    while (this.#queue.length > 0) await this.#flushGroup(this.#takeGroup())
    // In the same turn as the last look at the queue: a put that comes later must start a new run.
    this.#flushing = undefined
  }

  #takeGroup(): Waiting[] {
    let size = 0
    let count = 0
    for (const { segments } of this.#queue) {
      size += segments.reduce((total, { data }) => total + data.length, 0)
      if (count > 0 && size > MAX_GROUP_BYTES) break
      count += 1
    }
    return this.#queue.splice(0, count)
  }

  async #flushGroup(group: Waiting[]): Promise<void> {
    const segments = group.flatMap((waiting) => waiting.segments)
    try {
      if (this.#position > this.#maxLogBytes || this.#currentEntries.length > MAX_LOG_ENTRIES) await this.#rotate()
      for (const entry of await this.#append(segments)) {
        const { root, index, offset, length } = entry
        this.#currentEntries.push(entry)
        this.#remember(root, index, { file: this.#current, offset, length })
      }
      this.#forgetPending(segments)
      for (const { resolve } of group) resolve()
    } catch (error) {
      this.#forgetPending(segments)
      for (const { reject } of group) reject(error)
    }
  }

  async #append(segments: StoredSegment[]): Promise<IndexEntry[]> {
    const file = this.#file(this.#current)
    const start = this.#position
    let offset = start
    const pieces: Uint8Array[] = []
    const entries = segments.map((segment) => {
      const record = encodeRecord(segment)
      pieces.push(...record)
      const length = record.reduce((sum, piece) => sum + piece.length, 0)
      offset += length
      return { root: segment.root, index: segment.index, offset: offset - length, length }
    })
    try {
      await this.#write(file, pieces, start)
      // A deleted file takes writes as before, and all of it is gone with the process.
      if ((await file.stat()).nlink === 0) {
        this.#onGone()
        throw new Error('the data directory was deleted: the segment was not stored')
      }
    } catch (error) {
      // What reached the disk is cut off; should even that fail, the next write overwrites it and a restart drops it.
      await file.truncate(start).catch(() => undefined)
      throw error
    }
    this.#position = offset
    return entries
  }

  #remember(root: Hex, index: number, place: Place): void {
    let places = this.#index.get(root)
    if (!places) {
      places = new Map()
      this.#index.set(root, places)
    }
    places.set(index, place)
  }

  #forget(root: Hex, index: number): void {
    const places = this.#index.get(root)
    places?.delete(index)
    if (places?.size === 0) this.#index.delete(root)
  }

  #forgetPending(segments: readonly StoredSegment[]): void {
    for (const { root, index } of segments) this.#pending.delete(`${root}/${index}`)
  }
}

async function writeDurably(file: FileHandle, pieces: Uint8Array[], position: number): Promise<void> {
  const total = pieces.reduce((sum, piece) => sum + piece.length, 0)
  const { bytesWritten } = await file.writev(pieces, position)
  // A device that fills up takes part of the pieces: the rest, written alone, brings its error to light.
  if (bytesWritten < total) {
    const rest = Buffer.concat(pieces).subarray(bytesWritten)
    for (let done = 0; done < rest.length; ) {
      done += (await file.write(rest, done, rest.length - done, position + bytesWritten + done)).bytesWritten
    }
  }
  await file.datasync()
}
