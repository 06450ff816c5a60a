import { readdir, readlink, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { type DirectoryNode, encodeDirectory } from '../../protocol/storage/directory.ts'
import { type PutOptions, type PutResult, putSources } from './put.ts'
import { bytesSource, fileSource, type SegmentSource } from './segment-source.ts'

/** A stored directory: `root` is that of its manifest. */
export type PutDirectoryResult = PutResult & {
  /** files with content; empty ones live in the manifest alone */
  files: number
  /** bytes of all files */
  contentBytes: number
}

/**
 * Stores a directory: every file, then the manifest that names them (0G storage spec §7.3). Symbolic links are kept as
 * links; sockets, pipes and devices are refused.
 * @throws OgError FILE_NOT_FOUND, NOT_A_REGULAR_FILE and those of putBytes
 */
export async function putDirectory(path: string, options: PutOptions): Promise<PutDirectoryResult> {
  const sources: { source: SegmentSource; node: DirectoryNode }[] = []
  const root: DirectoryNode = { name: '/', type: 'directory', entries: await scan(path, sources) }
  const stored = await putSources(
    sources.map(({ source }) => source),
    options,
  )
  sources.forEach(({ node }, i) => {
    node.roots = [(stored[i] as PutResult).root]
  })
  const [manifest] = await putSources([bytesSource(encodeDirectory(root), path)], options)
  const all = [...stored, manifest as PutResult]
  return {
    ...(manifest as PutResult),
    costWei: all.reduce((sum, { costWei }) => sum + costWei, 0n),
    feeWei: all.reduce((sum, { feeWei }) => sum + feeWei, 0n),
    outcome: all.some(({ outcome }) => outcome === 'stored') ? 'stored' : (manifest as PutResult).outcome,
    files: sources.length,
    contentBytes: sources.reduce((sum, { source }) => sum + source.sizeBytes, 0),
  }
}

/** The entries of a directory; files with content are added to `sources`. */
export async function scan(
  path: string,
  sources: { source: SegmentSource; node: DirectoryNode }[],
): Promise<DirectoryNode[]> {
  const info = await stat(path).catch((cause: unknown) => {
    throw ogError('FILE_NOT_FOUND', { path }, { cause })
  })
  if (!info.isDirectory()) throw ogError('NOT_A_DIRECTORY', { path })
  const nodes: DirectoryNode[] = []
  for (const entry of await readdir(path, { withFileTypes: true })) {
    const child = join(path, entry.name)
    if (entry.isDirectory()) {
      nodes.push({ name: entry.name, type: 'directory', entries: await scan(child, sources) })
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
