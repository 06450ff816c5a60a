import { CHUNK_BYTES, SEGMENT_BYTES, SEGMENT_CHUNKS } from './units.ts'

/** How a file of a given size is cut, and padded for the flow (0G storage spec §1.3, §1.4). */
export type FileLayout = {
  sizeBytes: number
  /** chunks that hold real data */
  chunks: number
  paddedChunks: number
  /** segments that hold real data; those after them are padding and never sent */
  segments: number
  paddedSegments: number
  /** height of each submission node, first to last */
  nodeHeights: number[]
}

/** Smallest power of two ≥ n, for n ≥ 1; exact beyond 2^31. */
export function nextPowerOfTwo(n: number): number {
  let power = 1
  while (power < n) power *= 2
  return power
}

/** Chunks after flow padding: the next multiple of a sixteenth of the next power of two. */
function paddedChunkCount(chunks: number): number {
  const power = nextPowerOfTwo(chunks)
  if (power === chunks) return chunks
  const unit = power >= 16 ? power / 16 : 1
  return Math.ceil(chunks / unit) * unit
}

/** Layout of a file of `sizeBytes` ≥ 1 bytes. */
export function fileLayout(sizeBytes: number): FileLayout {
  const chunks = Math.ceil(sizeBytes / CHUNK_BYTES)
  const paddedChunks = paddedChunkCount(chunks)
  const nodeHeights: number[] = []
  for (let left = paddedChunks; left > 0; ) {
    const height = Math.floor(Math.log2(left))
    nodeHeights.push(height)
    left -= 2 ** height
  }
  return {
    sizeBytes,
    chunks,
    paddedChunks,
    segments: Math.ceil(chunks / SEGMENT_CHUNKS),
    paddedSegments: Math.ceil(paddedChunks / SEGMENT_CHUNKS),
    nodeHeights,
  }
}

/** Bytes that a client sends for segment `index`: whole chunks of real data, no flow padding (§1.6). */
export function segmentWireBytes(layout: FileLayout, index: number): number {
  return Math.min(SEGMENT_CHUNKS, layout.chunks - index * SEGMENT_CHUNKS) * CHUNK_BYTES
}

/** Bytes of the file itself that lie in segment `index`. */
export function segmentRealBytes(layout: FileLayout, index: number): number {
  return Math.min(SEGMENT_BYTES, layout.sizeBytes - index * SEGMENT_BYTES)
}

/** Leaves of the tree of segment `index`, padding included. */
export function segmentLeafCount(layout: FileLayout, index: number): number {
  return Math.min(SEGMENT_CHUNKS, layout.paddedChunks - index * SEGMENT_CHUNKS)
}

/** The last chunk of a segment completed with zeros, as it goes over the wire. */
export function toWireSegment(data: Uint8Array): Uint8Array {
  const rest = data.length % CHUNK_BYTES
  if (rest === 0) return data
  const padded = new Uint8Array(data.length + CHUNK_BYTES - rest)
  padded.set(data)
  return padded
}
