import { keccak_256 } from '@noble/hashes/sha3.js'
import type { TreeHasher } from './tree-hasher.ts'
import { CHUNK_BYTES, HASH_BYTES } from './units.ts'

function hashChunks(data: Uint8Array): Uint8Array {
  const count = Math.ceil(data.length / CHUNK_BYTES)
  const hashes = new Uint8Array(count * HASH_BYTES)
  for (let i = 0; i < count; i++) {
    const chunk = data.subarray(i * CHUNK_BYTES, (i + 1) * CHUNK_BYTES)
    hashes.set(keccak_256(chunk.length === CHUNK_BYTES ? chunk : padded(chunk)), i * HASH_BYTES)
  }
  return hashes
}

function padded(chunk: Uint8Array): Uint8Array {
  const whole = new Uint8Array(CHUNK_BYTES)
  whole.set(chunk)
  return whole
}

function hashLevel(level: Uint8Array): Uint8Array {
  const pairs = Math.floor(level.length / (2 * HASH_BYTES))
  const parents = new Uint8Array(Math.ceil(level.length / (2 * HASH_BYTES)) * HASH_BYTES)
  for (let i = 0; i < pairs; i++) {
    parents.set(keccak_256(level.subarray(i * 2 * HASH_BYTES, (i + 1) * 2 * HASH_BYTES)), i * HASH_BYTES)
  }
  if (pairs * HASH_BYTES < parents.length) parents.set(level.subarray(pairs * 2 * HASH_BYTES), pairs * HASH_BYTES)
  return parents
}

function treeRoot(leaves: Uint8Array): Uint8Array {
  let top = leaves
  while (top.length > HASH_BYTES) top = hashLevel(top)
  return top
}

function segmentRoot(data: Uint8Array, leafCount: number): Uint8Array {
  const leaves = new Uint8Array(leafCount * HASH_BYTES)
  const real = hashChunks(data)
  leaves.set(real)
  const zero = keccak_256(new Uint8Array(CHUNK_BYTES))
  for (let at = real.length; at < leaves.length; at += HASH_BYTES) leaves.set(zero, at)
  return treeRoot(leaves)
}

/** The reference, in JavaScript. */
export const nobleHasher: TreeHasher = { hashChunks, hashLevel, treeRoot, segmentRoot }
