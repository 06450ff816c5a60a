import { mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { type DirectoryNode, decodeDirectory, isDirectory, walkDirectory } from '../../protocol/storage/directory.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import { type GetOptions, getStream, writeWhole } from './get.ts'
import { readSegments } from './read-segments.ts'
import { findStoredFile, parseRoot } from './stored-file.ts'

/** A manifest beyond this size is taken for an ordinary file. */
const MAX_MANIFEST_BYTES = 64 * 1024 ** 2
const PROBE_BYTES = 64

export type GetDirectoryResult = { root: Hex; path: string; files: number; sizeBytes: number }

/** The directory a root stands for; undefined when it is an ordinary file. */
export async function readDirectory(root: string, options: GetOptions): Promise<DirectoryNode | undefined> {
  const file = await findStoredFile(root, options)
  const { sizeBytes } = file.submission
  if (sizeBytes > MAX_MANIFEST_BYTES) return undefined
  const range = { start: 0, end: Math.min(PROBE_BYTES, sizeBytes) }
  const probe = await collect(readSegments(file, { ...options, range, onProgress: undefined }))
  if (!isDirectory(probe)) return undefined
  return decodeDirectory(await collect(readSegments(file, { ...options, onProgress: undefined })))
}

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

/** Bytes of a file of a directory: its fragments one after the other. */
export async function* contentOf(node: DirectoryNode, options: GetOptions): AsyncGenerator<Uint8Array> {
  for (const root of node.roots ?? []) yield* getStream(root, options)
}

async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all)
}
