import { type FileHandle, open, stat } from 'node:fs/promises'
import { ogError } from '../../errors/og-error.ts'
import { SEGMENT_BYTES } from '../../protocol/storage/units.ts'

/** Bytes to store, read one segment at a time. */
export type SegmentSource = {
  /** what errors and progress call it */
  label: string
  sizeBytes: number
  /** the file on disk that holds exactly these bytes, if one does */
  path?: string
  /** real bytes of segment `index` */
  read: (index: number) => Promise<Uint8Array>
  close: () => Promise<void>
}

/** A source over bytes in memory. */
export function bytesSource(bytes: Uint8Array, label = ''): SegmentSource {
  return {
    label,
    sizeBytes: bytes.length,
    read: async (index) => bytes.subarray(index * SEGMENT_BYTES, (index + 1) * SEGMENT_BYTES),
    close: async () => {},
  }
}

/**
 * A source over a file, opened when first read and again after `close`, so that many sources cost no file handles.
 * @throws OgError FILE_NOT_FOUND, NOT_A_REGULAR_FILE
 */
export async function fileSource(path: string): Promise<SegmentSource> {
  const info = await stat(path).catch((cause: unknown) => {
    throw ogError('FILE_NOT_FOUND', { path }, { cause })
  })
  if (!info.isFile()) throw ogError('NOT_A_REGULAR_FILE', { path })
  let opened: Promise<FileHandle> | undefined
  return {
    label: path,
    sizeBytes: info.size,
    path,
    read: async (index) => {
      opened ??= open(path, 'r').catch((cause: unknown) => {
        throw ogError('FILE_NOT_FOUND', { path }, { cause })
      })
      const file = await opened
      const buffer = new Uint8Array(Math.min(SEGMENT_BYTES, info.size - index * SEGMENT_BYTES))
      let done = 0
      while (done < buffer.length) {
        const { bytesRead } = await file.read(buffer, done, buffer.length - done, index * SEGMENT_BYTES + done)
        if (bytesRead === 0) throw ogError('FILE_CHANGED', { path })
        done += bytesRead
      }
      return buffer
    },
    close: async () => {
      const file = await opened?.catch(() => undefined)
      opened = undefined
      await file?.close()
    },
  }
}
