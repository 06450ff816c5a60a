import { randomUUID } from 'node:crypto'
import { open, rename, rm, stat } from 'node:fs/promises'
import { ogError } from '../../errors/og-error.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { NetworkProfile } from '../profile.ts'
import type { OnStorageProgress } from './progress.ts'
import { readSegments } from './read-segments.ts'
import { findStoredFile } from './stored-file.ts'

export type GetOptions = {
  profile: NetworkProfile
  signal?: AbortSignal | undefined
  onProgress?: OnStorageProgress | undefined
}

/**
 * Reads a whole file into memory, every segment proven.
 * @throws OgError ROOT_UNKNOWN, PROOF_INVALID, FILE_INCOMPLETE, NETWORK_UNREACHABLE
 * @example const bytes = await getBytes(root, { profile })
 */
export async function getBytes(root: string, options: GetOptions): Promise<Uint8Array> {
  const file = await findStoredFile(root, options)
  const bytes = new Uint8Array(file.submission.sizeBytes)
  let offset = 0
  for await (const part of readSegments(file, options)) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}

/** Yields the bytes of a file, or of [start, end) of it, in order, every segment proven. */
export async function* getStream(
  root: string,
  options: GetOptions & { range?: { start: number; end: number } | undefined },
): AsyncGenerator<Uint8Array> {
  yield* readSegments(await findStoredFile(root, options), options)
}

export type GetResult = { root: Hex; path: string; sizeBytes: number }

/**
 * Writes a file to disk, whole or not at all: the target appears once every byte is proven and flushed.
 * @throws OgError TARGET_EXISTS unless `force`, and those of getBytes
 */
export async function getToFile(
  root: string,
  path: string,
  options: GetOptions & { force?: boolean | undefined },
): Promise<GetResult> {
  if (!options.force && (await exists(path))) throw ogError('TARGET_EXISTS', { path })
  const file = await findStoredFile(root, options)
  await writeWhole(path, readSegments(file, options))
  return { root: file.root, path, sizeBytes: file.submission.sizeBytes }
}

/** Writes parts beside the target, flushes, and renames; on failure nothing stays behind. */
export async function writeWhole(path: string, parts: AsyncIterable<Uint8Array>): Promise<void> {
  const temporary = `${path}.${randomUUID()}.part`
  try {
    const target = await open(temporary, 'wx', 0o644)
    try {
      for await (const part of parts) await target.writeFile(part)
      await target.sync()
    } finally {
      await target.close()
    }
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}
