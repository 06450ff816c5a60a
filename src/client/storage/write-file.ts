import { lstat, rename } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { SEGMENT_BYTES } from '../../protocol/storage/units.ts'
import { fetchInThreads } from './fetch-threads.ts'
import { PartialFile } from './partial-file.ts'
import type { OnStorageProgress } from './progress.ts'
import { sliceSource } from './read-range.ts'
import type { ReadableFile } from './readable-file.ts'
import { fileSource } from './segment-source.ts'

export type WriteOptions = { signal?: AbortSignal | undefined; onProgress?: OnStorageProgress | undefined }

/** Refuses a target that is there, unless it is a file that may be replaced. @throws OgError TARGET_EXISTS */
export async function requireFree(path: string, force: boolean): Promise<void> {
  const present = await lstat(path).catch(() => undefined)
  if (present && (!force || present.isDirectory())) throw ogError('TARGET_EXISTS', { path })
}

/**
 * Writes a file to disk, whole or not at all: the target appears once every byte is proven and flushed. What an earlier try left
 * beside it is used again, and then checked as a whole against the root.
 * @throws OgError of reading
 */
export async function writeFile(path: string, file: ReadableFile, options: WriteOptions = {}): Promise<void> {
  const target = resolve(path)
  const partial = await PartialFile.open(dirname(target), `${file.id}\0${basename(target)}`, file.sizeBytes)
  try {
    if (partial.leftBlocks > 0) reportLeft(partial, file, options)
    await fill(partial, file, options)
    if (partial.leftBlocks > 0 && !(await isWhole(partial, file))) {
      // Bytes of the earlier try are not what was written, as after a power cut.
      await partial.restart()
      await fill(partial, file, options)
    }
    await partial.finish()
    await rename(partial.path, target)
  } catch (error) {
    await partial.release()
    throw error
  }
}

function reportLeft(partial: PartialFile, { root, sizeBytes: totalBytes }: ReadableFile, options: WriteOptions): void {
  const missingBytes = partial.missing.reduce((sum, index) => sum + partial.blockBytes(index), 0)
  options.onProgress?.({ phase: 'resume', label: root, skippedBytes: totalBytes - missingBytes, totalBytes })
}

async function isWhole(partial: PartialFile, file: ReadableFile): Promise<boolean> {
  const local = sliceSource(await fileSource(partial.path), 0, file.sizeBytes)
  try {
    return await file.isContent(local)
  } finally {
    await local.close()
  }
}

/** Fetches what is missing: in threads where that is faster, else run by run. */
async function fill(partial: PartialFile, file: ReadableFile, { signal, onProgress }: WriteOptions): Promise<void> {
  let doneBytes = file.sizeBytes - partial.missing.reduce((sum, index) => sum + partial.blockBytes(index), 0)
  const report = (bytes: number): void => {
    doneBytes += bytes
    onProgress?.({ phase: 'download', label: file.root, doneBytes, totalBytes: file.sizeBytes })
  }
  if (file.stored) {
    await fetchInThreads(file.stored, partial, {
      signal,
      onBlocks: (indexes) => report(indexes.reduce((sum, index) => sum + partial.blockBytes(index), 0)),
    })
  }
  for (const [first, last] of runsOf(partial.missing)) {
    const range = { start: first * SEGMENT_BYTES, end: Math.min((last + 1) * SEGMENT_BYTES, file.sizeBytes) }
    let index = first
    for await (const block of inBlocks(file.read({ signal, range }))) {
      await partial.write(index, block)
      report(block.length)
      index += 1
    }
  }
}

/** Consecutive numbers, as [first, last]. */
function runsOf(numbers: readonly number[]): [number, number][] {
  const runs: [number, number][] = []
  for (const number of numbers) {
    const last = runs.at(-1)
    if (last?.[1] === number - 1) last[1] = number
    else runs.push([number, number])
  }
  return runs
}

/** The same bytes in pieces of a segment. */
async function* inBlocks(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = []
  let length = 0
  for await (let part of parts) {
    while (length + part.length >= SEGMENT_BYTES) {
      const cut = SEGMENT_BYTES - length
      yield waiting.length === 0 ? part.subarray(0, cut) : Buffer.concat([...waiting, part.subarray(0, cut)])
      part = part.subarray(cut)
      waiting = []
      length = 0
    }
    if (part.length > 0) waiting.push(part)
    length += part.length
  }
  if (length > 0) yield Buffer.concat(waiting)
}
