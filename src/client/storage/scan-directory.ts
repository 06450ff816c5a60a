import { readdir, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { type DirectoryNode, isStorableName } from '../../protocol/storage/directory.ts'
import { fileSource, type SegmentSource } from './segment-source.ts'

/** Files with content found in a directory, and their places in its manifest. */
export type FoundFile = { source: SegmentSource; node: DirectoryNode }

/** The entries of a directory; files with content are added to `sources`. */
export async function scanDirectory(path: string, sources: FoundFile[]): Promise<DirectoryNode[]> {
  const info = await stat(path).catch((cause: unknown) => {
    throw ogError('FILE_NOT_FOUND', { path }, { cause })
  })
  if (!info.isDirectory()) throw ogError('NOT_A_DIRECTORY', { path })
  const nodes: DirectoryNode[] = []
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name)
    if (!isStorableName(entry.name)) {
      throw ogError('PATH_UNUSABLE', { path: child, reason: 'a name with a backslash could never be read back' })
    }
    if (entry.isDirectory()) {
      nodes.push({ name: entry.name, type: 'directory', entries: await scanDirectory(child, sources) })
    } else if (entry.isSymbolicLink()) {
      nodes.push({ name: entry.name, type: 'symbolic', link: await readlink(child) })
    } else {
      const source = await fileSource(child)
      const node: DirectoryNode = { name: entry.name, type: 'file', size: source.sizeBytes }
      if (source.sizeBytes > 0) sources.push({ source, node })
      nodes.push(node)
    }
  }
  return nodes
}
