import { ogError } from '../../errors/og-error.ts'
import { type FileTree, FileTreeBuilder } from '../../protocol/storage/file-tree.ts'
import { SEGMENT_BYTES } from '../../protocol/storage/units.ts'
import { type HashThreads, startHashThreads } from './hash-threads.ts'
import type { OnStorageProgress } from './progress.ts'
import type { SegmentSource } from './segment-source.ts'

/** Files from this size on are hashed in threads: below, starting them takes longer than they save (docs/adr/0005). */
const THREADS_FROM_BYTES = 128 * 1024 ** 2
/** Segments in one job: 4 MiB, some 10 ms. */
const JOB_SEGMENTS = 16

export type HashOptions = {
  signal?: AbortSignal | undefined
  onProgress?: OnStorageProgress | undefined
  /** who starts threads for a file; by default only a large one gets them */
  startThreads?: () => HashThreads | undefined
}

/**
 * Reads a source once and builds its tree; holds a segment at a time, one per thread for a large file.
 * @throws OgError FILE_EMPTY, FILE_NOT_FOUND, FILE_CHANGED
 */
export async function hashSource(source: SegmentSource, options: HashOptions = {}): Promise<FileTree> {
  const { label, sizeBytes } = source
  if (sizeBytes === 0) throw ogError('FILE_EMPTY', { path: label || 'the input' })
  const builder = new FileTreeBuilder(sizeBytes)
  const { segments } = builder.layout
  let doneBytes = 0
  const onSegments = (first: number, count: number): void => {
    options.signal?.throwIfAborted()
    doneBytes += Math.min(count * SEGMENT_BYTES, sizeBytes - first * SEGMENT_BYTES)
    options.onProgress?.({ phase: 'hash', label, doneBytes, totalBytes: sizeBytes })
  }
  const hashHere = async (first: number, count: number): Promise<void> => {
    for (let index = first; index < first + count; index++) {
      builder.add(index, await source.read(index))
      onSegments(index, 1)
    }
  }
  options.signal?.throwIfAborted()
  const startThreads = options.startThreads ?? (sizeBytes >= THREADS_FROM_BYTES ? startHashThreads : undefined)
  using threads = source.path === undefined ? undefined : startThreads?.()
  if (!threads || source.path === undefined) {
    await hashHere(0, segments)
    return builder.build()
  }
  const { path } = source
  const inThreads = builder.needsData(segments - 1) ? segments - 1 : segments
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < inThreads) {
      const first = next
      const count = Math.min(JOB_SEGMENTS, inThreads - first)
      next += count
      const roots = await threads.hash({ path, sizeBytes, first, count })
      roots?.forEach((root, i) => {
        builder.addRoot(first + i, root)
      })
      if (roots) onSegments(first, count)
      else await hashHere(first, count)
    }
  }
  await Promise.all(Array.from({ length: threads.count }, lane))
  await hashHere(inThreads, segments - inThreads)
  return builder.build()
}
