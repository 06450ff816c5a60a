import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { nobleHasher } from './noble-hasher.ts'
import { createSimdHasher } from './simd-hasher.ts'
import type { TreeHasher } from './tree-hasher.ts'
import { CHUNK_BYTES, HASH_BYTES, type Hex } from './units.ts'

/** Every hash of storage goes through this module: two messages at a time where WebAssembly has SIMD, else in JavaScript. */
let chosen: TreeHasher | undefined

function hasher(): TreeHasher {
  chosen ??= createSimdHasher() ?? nobleHasher
  return chosen
}

/** keccak256 of each 256-byte chunk, one after the other; the last chunk is padded with zeros. */
export function hashChunks(data: Uint8Array): Uint8Array {
  return hasher().hashChunks(data)
}

/** The level above: each pair hashed, an odd last node promoted unchanged (0G storage spec §1.2). */
export function hashLevel(level: Uint8Array): Uint8Array {
  return hasher().hashLevel(level)
}

/** Root of the tree over one or more leaves, under the odd rule. */
export function treeRoot(leaves: Uint8Array): Uint8Array {
  return hasher().treeRoot(leaves)
}

/** Root of a segment of `leafCount` ≤ 1024 chunks, of which those after `data` are zeros. */
export function segmentRoot(data: Uint8Array, leafCount: number): Uint8Array {
  return hasher().segmentRoot(data, leafCount)
}

/** keccak256(left ‖ right). */
export function hashPair(left: Uint8Array, right: Uint8Array): Uint8Array {
  const pair = new Uint8Array(HASH_BYTES * 2)
  pair.set(left)
  pair.set(right, HASH_BYTES)
  return hasher().hashLevel(pair)
}

/** keccak256 of any bytes. */
export function hashBytes(data: Uint8Array): Uint8Array {
  return keccak_256(data)
}

export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`
}

/** Bytes of a 0x string; throws on anything else. */
export function fromHex(hex: string): Uint8Array {
  return hexToBytes(hex.slice(2))
}

/** True for 32 bytes of 0x hex. */
export function isHash(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-fA-F]{64}$/.test(value)
}

const zeros: Uint8Array[] = [keccak_256(new Uint8Array(CHUNK_BYTES))]

/** Root of a perfect tree of 2^height chunks of zeros: Z[height]. */
export function zeroHash(height: number): Uint8Array {
  for (let last = zeros.length - 1; last < height; last++) {
    const child = zeros[last] as Uint8Array
    zeros.push(hashPair(child, child))
  }
  return zeros[height] as Uint8Array
}
