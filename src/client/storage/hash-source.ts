import { ogError } from '../../errors/og-error.ts'
import { type FileTree, FileTreeBuilder } from '../../protocol/storage/file-tree.ts'
import type { OnStorageProgress } from './progress.ts'
import type { SegmentSource } from './segment-source.ts'

/**
 * Reads a source once and builds its tree; holds one segment at a time.
 * @throws OgError FILE_EMPTY
 */
export async function hashSource(
  source: SegmentSource,
  options: { signal?: AbortSignal | undefined; onProgress?: OnStorageProgress | undefined } = {},
): Promise<FileTree> {
  const { label, sizeBytes } = source
  if (sizeBytes === 0) throw ogError('FILE_EMPTY', { path: label || 'the input' })
  const builder = new FileTreeBuilder(sizeBytes)
  let doneBytes = 0
  for (let index = 0; index < builder.layout.segments; index++) {
    options.signal?.throwIfAborted()
    const bytes = await source.read(index)
    builder.add(index, bytes)
    doneBytes += bytes.length
    options.onProgress?.({ phase: 'hash', label, doneBytes, totalBytes: sizeBytes })
  }
  return builder.build()
}
