import { type DirectoryNode, walkDirectory } from '../../protocol/storage/directory.ts'
import { mapLimit } from '../../utils/map-limit.ts'
import { hashSource } from './hash-source.ts'
import type { OnStorageProgress } from './progress.ts'
import { sliceSource } from './read-range.ts'
import { type FoundFile, scanDirectory } from './scan-directory.ts'
import type { SegmentSource } from './segment-source.ts'
import { type FindOptions, findStoredFile } from './stored-file.ts'

const FILES_AT_ONCE = 4

/** How a local directory differs from a stored one; paths sorted. */
export type DirectoryDiff = {
  /** only in the local directory */
  added: string[]
  /** only in the stored one */
  removed: string[]
  /** in both, but of another kind, size, content or target */
  changed: string[]
  /** entries that are the same */
  same: number
}

/**
 * Compares a local directory with a stored one. Content is compared by root, so nothing is downloaded, and only files of equal
 * size are hashed.
 * @throws OgError FILE_NOT_FOUND, NOT_A_DIRECTORY, NOT_A_REGULAR_FILE, and those of finding a file
 */
export async function diffDirectory(
  stored: DirectoryNode,
  path: string,
  options: FindOptions & { onProgress?: OnStorageProgress | undefined },
): Promise<DirectoryDiff> {
  const found: FoundFile[] = []
  const local: DirectoryNode = { name: '/', type: 'directory', entries: await scanDirectory(path, found) }
  const sources = new Map(found.map(({ node, source }) => [node, source]))
  const before = new Map([...walkDirectory(stored)].map((entry) => [entry.path, entry.node]))
  const after = new Map([...walkDirectory(local)].map((entry) => [entry.path, entry.node]))
  const both = [...after.keys()].filter((name) => before.has(name))
  const isSame = await mapLimit(both, FILES_AT_ONCE, async (name) => {
    const [old, now] = [before.get(name) as DirectoryNode, after.get(name) as DirectoryNode]
    if (old.type !== now.type || old.link !== now.link || (old.size ?? 0) !== (now.size ?? 0)) return false
    const source = sources.get(now)
    return source ? await hasContent(source, old, options).finally(() => source.close()) : true
  })
  return {
    added: [...after.keys()].filter((name) => !before.has(name)).toSorted(),
    removed: [...before.keys()].filter((name) => !after.has(name)).toSorted(),
    changed: both.filter((_, i) => !isSame[i]).toSorted(),
    same: isSame.filter(Boolean).length,
  }
}

/** Whether a file is the content of a stored one; each fragment has a root, and its size is only on the chain. */
async function hasContent(
  source: SegmentSource,
  { roots = [] }: DirectoryNode,
  options: FindOptions & { onProgress?: OnStorageProgress | undefined },
): Promise<boolean> {
  const hashOf = async (part: SegmentSource) => (await hashSource(part, options)).root
  if (roots.length === 1) return (await hashOf(source)) === roots[0]
  let start = 0
  for (const root of roots) {
    const end = start + (await findStoredFile(root, options)).submission.sizeBytes
    if (end > source.sizeBytes || (await hashOf(sliceSource(source, start, end))) !== root) return false
    start = end
  }
  return start === source.sizeBytes
}
