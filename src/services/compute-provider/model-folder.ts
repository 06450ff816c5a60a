import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { type DirectoryNode, encodeDirectory } from '../../protocol/storage/directory.ts'
import { fileTreeOf } from '../../protocol/storage/file-tree.ts'

/**
 * The 0G Storage root of a local folder, without storing anything: what identifies a model (0G storage spec §7.3).
 * @throws OgError MODEL_INVALID when it is no folder or contains something else than files and folders
 */
export async function folderRoot(dir: string): Promise<`0x${string}`> {
  const entries = await describeFolder(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'ENOTDIR') throw error
    throw ogError('MODEL_INVALID', { path: dir, reason: 'there is no such folder' }, { cause: error })
  })
  return fileTreeOf(encodeDirectory({ name: '/', type: 'directory', entries })).root
}

async function describeFolder(dir: string): Promise<DirectoryNode[]> {
  const entries = await readdir(dir, { withFileTypes: true })
  return await Promise.all(
    entries.map(async (entry): Promise<DirectoryNode> => {
      const path = join(dir, entry.name)
      if (entry.isDirectory()) return { name: entry.name, type: 'directory', entries: await describeFolder(path) }
      if (!entry.isFile()) throw ogError('MODEL_INVALID', { path, reason: 'it is neither a file nor a folder' })
      const bytes = await readFile(path)
      const roots = bytes.length > 0 ? [fileTreeOf(bytes).root] : []
      return { name: entry.name, type: 'file', roots, size: bytes.length }
    }),
  )
}
