/**
 * The hashes of 0G Storage in batches. Hashes travel as one flat array of 32-byte entries. Two implementations, equal in
 * every byte: one on @noble/hashes (the reference), one in WebAssembly SIMD.
 */
export type TreeHasher = {
  /** keccak256 of each 256-byte chunk; the last one is padded with zeros */
  hashChunks: (data: Uint8Array) => Uint8Array
  /** the level above: each pair hashed, an odd last node promoted unchanged (0G storage spec §1.2) */
  hashLevel: (level: Uint8Array) => Uint8Array
  /** root of the tree over `leaves`, one or more */
  treeRoot: (leaves: Uint8Array) => Uint8Array
  /** root of a segment of `leafCount` ≤ 1024 chunks, of which those after `data` are zeros */
  segmentRoot: (data: Uint8Array, leafCount: number) => Uint8Array
}
