import type { Hex } from '../../protocol/storage/units.ts'
import { hashSource } from './hash-source.ts'
import { sliceSource } from './read-range.ts'
import { type ReadOptions, readSegments } from './read-segments.ts'
import type { SegmentSource } from './segment-source.ts'
import { type FindOptions, findStoredFile, type StoredFile } from './stored-file.ts'

/** A file that can be read in parts, and told from another of the same size. Sizes are what the chain says. */
export type ReadableFile = {
  /** root of the file, of its first fragment when it has several */
  root: Hex
  sizeBytes: number
  /** what no other content has: names an unfinished download */
  id: string
  read: (options: ReadOptions) => AsyncIterable<Uint8Array>
  /** whether local bytes are this file's */
  isContent: (local: SegmentSource) => Promise<boolean>
  /** the file behind it, when its bytes are exactly those of one stored file */
  stored?: StoredFile
}

/** A stored file as it is. */
export function wholeFile(stored: StoredFile): ReadableFile {
  const { root, submission } = stored
  return {
    root,
    sizeBytes: submission.sizeBytes,
    id: `${root} ${submission.sizeBytes}`,
    read: (options) => readSegments(stored, options),
    isContent: async (local) => local.sizeBytes === submission.sizeBytes && (await hashSource(local, {})).root === root,
    stored,
  }
}

/** Fragments one after the other. @throws OgError ROOT_UNKNOWN and those of finding a file */
export async function joinedFile(roots: readonly Hex[], options: FindOptions): Promise<ReadableFile> {
  const parts: { stored: StoredFile; start: number; end: number }[] = []
  let at = 0
  for (const root of roots) {
    const stored = await findStoredFile(root, options)
    parts.push({ stored, start: at, end: at + stored.submission.sizeBytes })
    at += stored.submission.sizeBytes
  }
  return {
    root: roots[0] as Hex,
    sizeBytes: at,
    id: parts.map(({ stored }) => `${stored.root} ${stored.submission.sizeBytes}`).join(' '),
    read: async function* (how) {
      const range = how.range ?? { start: 0, end: at }
      for (const { stored, start, end } of parts) {
        const part = { start: Math.max(0, range.start - start), end: Math.min(end, range.end) - start }
        if (part.start < part.end) yield* readSegments(stored, { ...how, range: part })
      }
    },
    isContent: async (local) => {
      if (local.sizeBytes !== at) return false
      for (const { stored, start, end } of parts) {
        if ((await hashSource(sliceSource(local, start, end), {})).root !== stored.root) return false
      }
      return true
    },
  }
}

/** No bytes at all: such a file is only a name in its directory. */
export function emptyFile(root: Hex): ReadableFile {
  return {
    root,
    sizeBytes: 0,
    id: 'empty',
    read: async function* () {},
    isContent: async (local) => local.sizeBytes === 0,
  }
}
