import { encodeHeader, type Sealing } from '../../protocol/storage/encryption.ts'
import { SEGMENT_BYTES } from '../../protocol/storage/units.ts'
import { aesCtr } from './aes-ctr.ts'
import { readRange } from './read-range.ts'
import type { SegmentSource } from './segment-source.ts'

/**
 * The encrypted form of a source: header, then ciphertext. The same bytes however often it is read, because a source is read
 * once for its root and once for its segments.
 */
export function encryptedSource(source: SegmentSource, { header, key }: Sealing): SegmentSource {
  const head = encodeHeader(header)
  const sizeBytes = head.length + source.sizeBytes
  return {
    label: source.label,
    // Nothing is encrypted to nothing: an empty file stays refused.
    sizeBytes: source.sizeBytes === 0 ? 0 : sizeBytes,
    read: async (index) => {
      const start = index * SEGMENT_BYTES
      const end = Math.min(start + SEGMENT_BYTES, sizeBytes)
      const from = Math.max(0, start - head.length)
      const cipher = aesCtr(key, header.nonce, from, await readRange(source, from, end - head.length))
      return start === 0 ? Buffer.concat([head, cipher]) : cipher
    },
    close: () => source.close(),
  }
}
