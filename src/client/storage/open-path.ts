import { ogError } from '../../errors/og-error.ts'
import { type DirectoryNode, findInDirectory } from '../../protocol/storage/directory.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import { type ReadableFile, wholeFile } from './readable-file.ts'
import { contentOf, readDirectory } from './stored-directory.ts'
import { type FindOptions, findStoredFile, parseRoot } from './stored-file.ts'

/** What `ROOT` or `ROOT/path/in/it` leads to. */
export type OpenedPath = ({ kind: 'file' } & ReadableFile) | { kind: 'directory'; root: Hex; directory: DirectoryNode }

/**
 * Follows a root and, when it is a directory, a path inside it. A root without a path is looked into only when asked, because
 * telling a directory from a file takes a read.
 * @throws OgError ROOT_INVALID, ROOT_UNKNOWN, NOT_A_STORED_DIRECTORY, PATH_NOT_IN_DIRECTORY
 */
export async function openPath(text: string, options: FindOptions): Promise<OpenedPath> {
  const [first = '', ...rest] = text.split('/')
  const root = parseRoot(first)
  const path = rest.filter((part) => part !== '').join('/')
  const directory = await readDirectory(root, options)
  if (!directory) {
    if (path !== '') throw ogError('NOT_A_STORED_DIRECTORY', { root })
    return { kind: 'file', ...wholeFile(await findStoredFile(root, options)) }
  }
  const node = findInDirectory(directory, path)
  if (!node) throw ogError('PATH_NOT_IN_DIRECTORY', { path, root })
  if (node.type === 'directory') return { kind: 'directory', root, directory: node }
  return { kind: 'file', ...(await contentOf(node, root, options)) }
}
