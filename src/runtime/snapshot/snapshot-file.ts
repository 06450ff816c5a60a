import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createZstdCompress, createZstdDecompress } from 'node:zlib'
import { ogError } from '../../errors/og-error.ts'
import { parseSnapshotRecord, type SnapshotRecord } from './snapshot-record.ts'
import { syncDirectory } from './state-files.ts'

/**
 * A snapshot in one file: magic(8) · length of the record(4, big endian) · record(JSON) · contents of its files in the record's order,
 * compressed together (zstd) · SHA-256 of all before it(32).
 */
const MAGIC = Buffer.from('0GSNAP\x00\x01')
const PREFIX_BYTES = MAGIC.length + 4
const DIGEST_BYTES = 32
/** a record takes 150 bytes per file: room for 400,000 */
const MAX_RECORD_BYTES = 64 * 1024 * 1024

/**
 * Writes the snapshot in `folder` to the file `output`, whole or not at all; readable by its owner only.
 * @throws TARGET_EXISTS for a file that is there; system errors as they come
 */
export async function exportSnapshot(
  folder: string,
  record: SnapshotRecord,
  output: string,
): Promise<{ sizeBytes: number }> {
  if (await stat(output).catch(() => undefined)) throw ogError('TARGET_EXISTS', { path: output })
  const draft = `${output}.${process.pid}.tmp`
  const hash = createHash('sha256')
  let sizeBytes = 0
  const counting = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk)
      sizeBytes += chunk.length
      done(null, chunk)
    },
  })
  const head = Buffer.from(JSON.stringify(record))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(head.length)
  async function* contents(): AsyncGenerator<Buffer> {
    for (const { path } of record.files) yield* createReadStream(join(folder, path)) as AsyncIterable<Buffer>
  }
  async function* whole(): AsyncGenerator<Buffer> {
    yield Buffer.concat([MAGIC, length, head])
    const compressor = createZstdCompress()
    const source = Readable.from(contents())
    source.on('error', (error) => compressor.destroy(error))
    yield* source.pipe(compressor)
  }
  try {
    await pipeline(whole, counting, createWriteStream(draft, { mode: 0o600, flags: 'wx' }))
    const file = await open(draft, 'a')
    await file.writeFile(hash.digest())
    await file.sync()
    await file.close()
    await rename(draft, output)
    await syncDirectory(dirname(output))
    return { sizeBytes: sizeBytes + DIGEST_BYTES }
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/**
 * Reads an exported snapshot into `stage`, after its checksum was found right. Each file is written to the path its record gives,
 * and the record holds none that leads out of the state directories.
 * @throws FILE_NOT_FOUND, SNAPSHOT_CORRUPT, SNAPSHOT_INCOMPATIBLE, STATE_INCOMPATIBLE
 */
export async function importSnapshot(input: string, stage: string): Promise<SnapshotRecord> {
  const { record, bodyStart, bodyEnd } = await openExport(input)
  const body = createReadStream(input, { start: bodyStart, end: Math.max(bodyStart, bodyEnd - 1) })
  const plain = body.pipe(createZstdDecompress())
  body.on('error', (error) => plain.destroy(error))
  try {
    await unpack(plain, record, stage)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code?.startsWith('ZSTD_') || error instanceof RangeError || code === 'Z_BUF_ERROR') {
      throw ogError('SNAPSHOT_CORRUPT', { path: input, reason: message }, { cause: error })
    }
    throw error
  } finally {
    body.destroy()
    plain.destroy()
  }
  return record
}

/** Checks the file as a whole and reads its record. */
async function openExport(input: string): Promise<{ record: SnapshotRecord; bodyStart: number; bodyEnd: number }> {
  const corrupt = (reason: string) => ogError('SNAPSHOT_CORRUPT', { path: input, reason })
  const found = await stat(input).catch(() => undefined)
  if (!found?.isFile()) throw ogError('FILE_NOT_FOUND', { path: input })
  const file = await open(input, 'r')
  try {
    const prefix = Buffer.alloc(PREFIX_BYTES)
    await file.read(prefix, 0, PREFIX_BYTES, 0)
    if (!prefix.subarray(0, MAGIC.length - 1).equals(MAGIC.subarray(0, -1)))
      throw corrupt('it is not an exported snapshot')
    const version = prefix[MAGIC.length - 1] ?? 0
    if (version !== MAGIC[MAGIC.length - 1]) {
      throw ogError('SNAPSHOT_INCOMPATIBLE', { path: input, found: version, wanted: MAGIC[MAGIC.length - 1] ?? 0 })
    }
    const bodyEnd = found.size - DIGEST_BYTES
    const recordBytes = prefix.readUInt32BE(MAGIC.length)
    const bodyStart = PREFIX_BYTES + recordBytes
    if (bodyStart >= bodyEnd || recordBytes > MAX_RECORD_BYTES) throw corrupt('it was cut short')
    const digest = Buffer.alloc(DIGEST_BYTES)
    await file.read(digest, 0, DIGEST_BYTES, bodyEnd)
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(input, { end: bodyEnd - 1 })) hash.update(chunk as Buffer)
    if (!hash.digest().equals(digest)) throw corrupt('its checksum does not match: it was cut short or changed')
    const text = Buffer.alloc(recordBytes)
    await file.read(text, 0, recordBytes, PREFIX_BYTES)
    return { record: parseSnapshotRecord(input, text.toString('utf8')), bodyStart, bodyEnd }
  } finally {
    await file.close()
  }
}

/** Writes the files of a record from one stream; more or less than they should hold together is a RangeError. */
async function unpack(plain: AsyncIterable<Buffer>, record: SnapshotRecord, stage: string): Promise<void> {
  const chunks = plain[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)
  for (const { path, sizeBytes } of record.files) {
    const target = join(stage, path)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    const file = await open(target, 'wx', 0o600)
    try {
      for (let missing = sizeBytes; missing > 0; ) {
        if (rest.length === 0) {
          const next = await chunks.next()
          if (next.done) throw new RangeError(`it ends within ${path}`)
          rest = next.value
        }
        const part = rest.subarray(0, missing)
        await file.writeFile(part)
        rest = rest.subarray(part.length)
        missing -= part.length
      }
    } finally {
      await file.close()
    }
  }
  if (rest.length > 0 || !(await chunks.next()).done) throw new RangeError('it holds more than its record lists')
}
