import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { CHUNK_BYTES, HASH_BYTES, type Hex } from './units.ts'

/**
 * Every hash of storage goes through this module, in batches: a faster kernel replaces the bodies here and nothing else.
 * Hashes travel as one flat array of 32-byte entries.
 */

/** keccak256 of each 256-byte chunk; the last one is padded with zeros. */
export function hashChunks(data: Uint8Array): Uint8Array {
  const count = Math.ceil(data.length / CHUNK_BYTES)
  const hashes = new Uint8Array(count * HASH_BYTES)
  const whole = Math.floor(data.length / CHUNK_BYTES)
  for (let i = 0; i < whole; i++) {
    hashes.set(keccak_256(data.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES)), i * HASH_BYTES)
  }
  if (whole < count) {
    const last = new Uint8Array(CHUNK_BYTES)
    last.set(data.subarray(whole * CHUNK_BYTES))
    hashes.set(keccak_256(last), whole * HASH_BYTES)
  }
  return hashes
}

/** The level above: each pair hashed, an odd last node promoted unchanged (0G storage spec §1.2). */
export function hashLevel(level: Uint8Array): Uint8Array {
  const count = level.length / HASH_BYTES
  const parents = new Uint8Array(Math.ceil(count / 2) * HASH_BYTES)
  const pairs = Math.floor(count / 2)
  for (let i = 0; i < pairs; i++) {
    parents.set(keccak_256(level.subarray(i * 2 * HASH_BYTES, (i + 1) * 2 * HASH_BYTES)), i * HASH_BYTES)
  }
  if (pairs * 2 < count) parents.set(level.subarray(pairs * 2 * HASH_BYTES), pairs * HASH_BYTES)
  return parents
}

/** keccak256(left ‖ right). */
export function hashPair(left: Uint8Array, right: Uint8Array): Uint8Array {
  const pair = new Uint8Array(HASH_BYTES * 2)
  pair.set(left)
  pair.set(right, HASH_BYTES)
  return keccak_256(pair)
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
