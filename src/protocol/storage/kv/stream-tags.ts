import { fromHex, toHex } from '../keccak.ts'
import { HASH_BYTES, type Hex } from '../units.ts'

/** sha256("STREAM"): the first 32 bytes of the tags of a KV write (0G storage spec §8.1). */
const STREAM_DOMAIN: Hex = '0xdf2ff3bb0af36c6384e6206552a4ed807f6f6a26e7d0aa6bff772ddc9d4307aa'

/** Tags that say which streams a file writes to. */
export function encodeStreamTags(streamIds: readonly Hex[]): Hex {
  return `0x${[STREAM_DOMAIN, ...streamIds].map((hash) => hash.slice(2)).join('')}`
}

/** The streams that tags name, each once, in their order; empty when the file is not a KV write. */
export function decodeStreamTags(tags: Hex): Hex[] {
  const bytes = fromHex(tags)
  if (bytes.length % HASH_BYTES !== 0 || toHex(bytes.subarray(0, HASH_BYTES)) !== STREAM_DOMAIN) return []
  const ids = Array.from({ length: bytes.length / HASH_BYTES - 1 }, (_, i) =>
    toHex(bytes.subarray((i + 1) * HASH_BYTES, (i + 2) * HASH_BYTES)),
  )
  return [...new Set(ids)]
}
