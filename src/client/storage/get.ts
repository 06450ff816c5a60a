import { ogError } from '../../errors/og-error.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { NetworkProfile } from '../profile.ts'
import type { OnStorageProgress } from './progress.ts'
import { readSegments } from './read-segments.ts'
import { wholeFile } from './readable-file.ts'
import { restoreDirectory } from './restore-directory.ts'
import { readDirectory } from './stored-directory.ts'
import { findStoredFile, parseRoot } from './stored-file.ts'
import { requireFree, writeFile } from './write-file.ts'

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

export type GetResult = { root: Hex; path: string; sizeBytes: number }

/**
 * Writes a file to disk, whole or not at all: the target appears once every byte is proven and flushed. A get that was broken off
 * goes on where it was.
 * @throws OgError TARGET_EXISTS unless `force`, and those of getBytes
 */
export async function getToFile(
  root: string,
  path: string,
  options: GetOptions & { force?: boolean | undefined },
): Promise<GetResult> {
  await requireFree(path, options.force ?? false)
  const file = await findStoredFile(root, options)
  await writeFile(path, wholeFile(file), options)
  return { root: file.root, path, sizeBytes: file.submission.sizeBytes }
}

export type GetDirectoryResult = { root: Hex; path: string; files: number; sizeBytes: number }

/**
 * Restores a stored directory at `targetDir`, which must be empty or absent, whole or not at all.
 * @throws OgError TARGET_EXISTS, NOT_A_STORED_DIRECTORY, and those of getBytes
 */
export async function getDirectory(root: string, targetDir: string, options: GetOptions): Promise<GetDirectoryResult> {
  const directory = await readDirectory(root, options)
  if (!directory) throw ogError('NOT_A_STORED_DIRECTORY', { root })
  return { root: parseRoot(root), path: targetDir, ...(await restoreDirectory(directory, targetDir, options)) }
}
