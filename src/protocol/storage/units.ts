/** Units of 0G Storage (0G storage spec §1.1). A chunk is also called a sector or an entry. */
export const CHUNK_BYTES = 256
export const SEGMENT_CHUNKS = 1024
export const SEGMENT_BYTES = CHUNK_BYTES * SEGMENT_CHUNKS
/** log2 of the chunks in a segment. */
export const SEGMENT_HEIGHT = 10
export const HASH_BYTES = 32

export type Hex = `0x${string}`
