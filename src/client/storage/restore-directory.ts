import { mkdir, readdir, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { type DirectoryNode, leadsOutside, walkDirectory } from '../../protocol/storage/directory.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { ReadOptions } from './read-segments.ts'
import { contentOf } from './stored-directory.ts'
import type { FindOptions } from './stored-file.ts'
import { writeWhole } from './write-whole.ts'

/**
 * Writes a directory under `targetDir`, which must be empty or absent. Links are made last, so that nothing is ever written
 * through one. Whoever stored the directory chose its links: one that leads out of it is refused unless `outsideLinks`, because
 * what reads the directory next would follow it to files of this machine.
 * @throws OgError TARGET_EXISTS, LINK_LEADS_OUT (before anything is written), and those of reading
 */
export async function restoreDirectory(
  directory: DirectoryNode,
  targetDir: string,
  options: FindOptions & ReadOptions & { outsideLinks?: boolean | undefined },
): Promise<{ files: number; sizeBytes: number }> {
  for (const { path, node } of walkDirectory(directory)) {
    const link = node.link ?? ''
    if (node.type === 'symbolic' && !options.outsideLinks && leadsOutside(path, link)) {
      throw ogError('LINK_LEADS_OUT', { path, link })
    }
  }
  const present = await readdir(targetDir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error.code === 'ENOTDIR' ? ogError('TARGET_EXISTS', { path: targetDir }, { cause: error }) : error
  })
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
  return { files, sizeBytes }
}

/** A directory has no single stream of bytes. @throws OgError NOT_A_FILE for `-` */
export function requireNotStdout(target: string, root: Hex): string {
  if (target === '-') throw ogError('NOT_A_FILE', { root })
  return target
}
