import { type DirectoryNode, decodeDirectory, isDirectory } from '../../protocol/storage/directory.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import { type ReadOptions, readSegments } from './read-segments.ts'
import { emptyFile, joinedFile, type ReadableFile, wholeFile } from './readable-file.ts'
import { type FindOptions, findStoredFile } from './stored-file.ts'

/** A manifest beyond this size is taken for an ordinary file. */
const MAX_MANIFEST_BYTES = 64 * 1024 ** 2
const PROBE_BYTES = 64

/** The directory a root stands for; undefined when it is an ordinary file. */
export async function readDirectory(
  root: string,
  options: FindOptions & ReadOptions,
): Promise<DirectoryNode | undefined> {
  const file = await findStoredFile(root, options)
  const { sizeBytes } = file.submission
  if (sizeBytes > MAX_MANIFEST_BYTES) return undefined
  const range = { start: 0, end: Math.min(PROBE_BYTES, sizeBytes) }
  const probe = await collect(readSegments(file, { ...options, range, onProgress: undefined }))
  if (!isDirectory(probe)) return undefined
  return decodeDirectory(await collect(readSegments(file, { ...options, onProgress: undefined })))
}

/** A file of a directory; `directoryRoot` stands in for the root of one without content. @throws OgError ROOT_UNKNOWN */
export async function contentOf(node: DirectoryNode, directoryRoot: Hex, options: FindOptions): Promise<ReadableFile> {
  const [first, ...more] = node.roots ?? []
  if (first === undefined) return emptyFile(directoryRoot)
  // With several fragments the size of each is not known, only their sum.
  if (more.length > 0) return await joinedFile([first, ...more], options)
  return wholeFile(await findStoredFile(first, { ...options, sizeBytes: node.size }))
}

async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all)
}
