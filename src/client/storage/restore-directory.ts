import { chmod, mkdir, readdir, rename, rm, rmdir, symlink } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { type DirectoryNode, leadsOutside, walkDirectory } from '../../protocol/storage/directory.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import { mapLimit } from '../../utils/map-limit.ts'
import { claimPartial, isPartialName, releasePartial } from './partial-place.ts'
import type { ReadableFile } from './readable-file.ts'
import { fileSource } from './segment-source.ts'
import { findStorageNodes } from './storage-nodes.ts'
import { contentOf } from './stored-directory.ts'
import type { FindOptions } from './stored-file.ts'
import { type WriteOptions, writeFile } from './write-file.ts'

const FILES_AT_ONCE = 8
const NO_ROOT: Hex = `0x${'0'.repeat(64)}`

type RestoreOptions = FindOptions & WriteOptions & { outsideLinks?: boolean | undefined }

/**
 * Restores a directory at `targetDir`, which must be empty or absent: it is built in a hidden place and then moved, so a half one is
 * never seen, and what a broken off restore left there is used again. Links are made last, so that nothing is ever written through one.
 * Whoever stored the directory chose its links: one that leads out of it is refused unless `outsideLinks`, because what reads the
 * directory next would follow it to files of this machine.
 * @throws OgError TARGET_EXISTS, LINK_LEADS_OUT (before anything is written), and those of reading
 */
export async function restoreDirectory(
  directory: DirectoryNode,
  targetDir: string,
  options: RestoreOptions,
): Promise<{ files: number; sizeBytes: number }> {
  for (const { path, node } of walkDirectory(directory)) {
    const link = node.link ?? ''
    if (node.type === 'symbolic' && !options.outsideLinks && leadsOutside(path, link)) {
      throw ogError('LINK_LEADS_OUT', { path, link })
    }
  }
  const target = resolve(targetDir)
  const isThere = await isEmptyDirectory(target)
  const folder = isThere ? target : dirname(target)
  await mkdir(folder, { recursive: true })
  const id = `${JSON.stringify(directory)}\0${isThere ? '' : basename(target)}`
  const { path: staging, isLeft } = await claimPartial(folder, id)
  if (isLeft) await sweep(staging, directory, true)
  else await mkdir(staging, { mode: 0o700 })
  try {
    const restored = await build(directory, staging, options)
    await sweep(staging, directory, false)
    await chmod(staging, 0o755)
    await move(staging, target, isThere)
    return restored
  } catch (error) {
    // Without a single file there is nothing to go on from.
    if (await holdsFiles(staging)) await releasePartial(staging)
    else await rm(staging, { recursive: true, force: true })
    throw error
  }
}

/** True for a directory that is empty but for unfinished restores, false when there is nothing. @throws OgError TARGET_EXISTS */
async function isEmptyDirectory(path: string): Promise<boolean> {
  try {
    const entries = await readdir(path)
    if (entries.every(isPartialName)) return true
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return false
    if (code !== 'ENOTDIR') throw error
  }
  throw ogError('TARGET_EXISTS', { path })
}

async function build(
  directory: DirectoryNode,
  staging: string,
  options: RestoreOptions,
): Promise<{ files: number; sizeBytes: number }> {
  const entries = [...walkDirectory(directory)]
  for (const { path, node } of entries) {
    if (node.type === 'directory') await mkdir(join(staging, path), { recursive: true })
  }
  const files = entries.filter(({ node }) => node.type === 'file')
  const nodes = files.some(({ node }) => node.roots)
    ? await findStorageNodes(options.profile, { signal: options.signal })
    : undefined
  const sizes = await mapLimit(files, FILES_AT_ONCE, async ({ path, node }) => {
    const file = await contentOf(node, NO_ROOT, { ...options, nodes })
    const target = join(staging, path)
    if (!(await isThereAlready(target, file))) await writeFile(target, file, options)
    return file.sizeBytes
  })
  for (const { path, node } of entries) {
    if (node.type === 'symbolic') await symlink(node.link ?? '', join(staging, path))
  }
  return { files: files.length, sizeBytes: sizes.reduce((sum, size) => sum + size, 0) }
}

async function isThereAlready(path: string, file: ReadableFile): Promise<boolean> {
  const local = await fileSource(path).catch(() => undefined)
  if (local?.sizeBytes !== file.sizeBytes) return false
  return await file.isContent(local).finally(() => local.close())
}

/** Removes what does not belong to a directory; of unfinished files, all or none. Links go, they are made again. */
async function sweep(path: string, directory: DirectoryNode, keepsPartials: boolean): Promise<void> {
  const wanted = new Map((directory.entries ?? []).map((entry) => [entry.name, entry]))
  for (const found of await readdir(path, { withFileTypes: true })) {
    const node = wanted.get(found.name)
    const child = join(path, found.name)
    const isDirectory = node?.type === 'directory' && found.isDirectory()
    const isFinishedLink = !keepsPartials && node?.type === 'symbolic' && found.isSymbolicLink()
    if (isDirectory) await sweep(child, node, keepsPartials)
    else if (node?.type === 'file' && found.isFile()) continue
    else if (isFinishedLink || (keepsPartials && found.isFile() && isPartialName(found.name))) continue
    else await rm(child, { recursive: true, force: true })
  }
}

async function holdsFiles(path: string): Promise<boolean> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries.some((entry) => entry.isFile())
}

/** To its place: at once where nothing is, else entry by entry into the empty directory, which may be somebody's working directory. */
async function move(staging: string, target: string, isThere: boolean): Promise<void> {
  if (!isThere) return await rename(staging, target)
  for (const name of await readdir(staging)) await rename(join(staging, name), join(target, name))
  await rmdir(staging)
}

/** A directory has no single stream of bytes. @throws OgError NOT_A_FILE for `-` */
export function requireNotStdout(target: string, root: Hex): string {
  if (target === '-') throw ogError('NOT_A_FILE', { root })
  return target
}
