import { mkdir, readdir, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { walkDirectory } from '../../protocol/storage/directory.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { NetworkProfile } from '../profile.ts'
import type { OnStorageProgress } from './progress.ts'
import { readSegments } from './read-segments.ts'
import { contentOf, readDirectory } from './stored-directory.ts'
import { findStoredFile, parseRoot } from './stored-file.ts'
import { writeWhole } from './write-whole.ts'

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

export type GetDirectoryResult = { root: Hex; path: string; files: number; sizeBytes: number }

/**
 * Restores a stored directory under `targetDir`, which must be empty or absent. Links are made last, so that nothing is
 * ever written through one.
 * @throws OgError TARGET_EXISTS, NOT_A_STORED_DIRECTORY, and those of getBytes
 */
export async function getDirectory(root: string, targetDir: string, options: GetOptions): Promise<GetDirectoryResult> {
  const directory = await readDirectory(root, options)
  if (!directory) throw ogError('NOT_A_STORED_DIRECTORY', { root })
  const present = await readdir(targetDir).catch(() => [])
  if (present.length > 0) throw ogError('TARGET_EXISTS', { path: targetDir })
  await mkdir(targetDir, { recursive: true })
  const links: { path: string; link: string }[] = []
  let files = 0
  let sizeBytes = 0
  for (const { path, node } of walkDirectory(directory)) {
    const target = join(targetDir, path)
    if (node.type === 'directory') await mkdir(target)
    else if (node.type === 'symbolic') links.push({ path: target, link: node.link ?? '' })
    else {
      await writeWhole(target, contentOf(node, options))
      files += 1
      sizeBytes += node.size ?? 0
    }
  }
  for (const { path, link } of links) await symlink(link, path)
  return { root: parseRoot(root), path: targetDir, files, sizeBytes }
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  )
}
