import { type DirectoryNode, decodeDirectory, isDirectory } from '../../protocol/storage/directory.ts'
import { type ReadOptions, readSegments } from './read-segments.ts'
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

/** Bytes of a file of a directory: its fragments one after the other. */
export async function* contentOf(node: DirectoryNode, options: FindOptions & ReadOptions): AsyncGenerator<Uint8Array> {
  const roots = node.roots ?? []
  // With several fragments the size of each is not known, only their sum.
  const find = roots.length === 1 ? { ...options, sizeBytes: node.size } : options
  const { start, end } = options.range ?? { start: 0, end: Number.MAX_SAFE_INTEGER }
  let at = 0
  for (const root of roots) {
    const file = await findStoredFile(root, find)
    const { sizeBytes } = file.submission
    const range = { start: Math.max(0, start - at), end: Math.min(sizeBytes, end - at) }
    if (range.start < range.end) yield* readSegments(file, { ...options, range })
    at += sizeBytes
  }
}

async function collect(parts: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all)
}
