import { SEGMENT_BYTES } from '../../protocol/storage/units.ts'
import type { SegmentSource } from './segment-source.ts'

/** Bytes [start, end) of a source, read from the segments they lie in. */
export async function readRange(source: SegmentSource, start: number, end: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for (let index = Math.floor(start / SEGMENT_BYTES); index * SEGMENT_BYTES < end; index++) {
    const at = index * SEGMENT_BYTES
    parts.push((await source.read(index)).subarray(Math.max(0, start - at), end - at))
  }
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
}

/** Bytes [start, end) of a source as a source of its own; closing it closes the whole. */
export function sliceSource(source: SegmentSource, start: number, end: number): SegmentSource {
  return {
    label: source.label,
    sizeBytes: end - start,
    read: (index) => {
      const from = start + index * SEGMENT_BYTES
      return readRange(source, from, Math.min(from + SEGMENT_BYTES, end))
    },
    close: () => source.close(),
  }
}
