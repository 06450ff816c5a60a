import { hashChunks, hashLevel, toHex, zeroHash } from './keccak.ts'
import { HASH_BYTES, type Hex } from './units.ts'

/** A proof as it travels: lemma = leaf, siblings from the bottom up, root; path[k] = the node is the left child (§2.1). */
export type FileProof = { lemma: Hex[]; path: boolean[] }

/** All levels of a tree, leaves first, root last. */
export function merkleLevels(leaves: Uint8Array): Uint8Array[] {
  const levels = [leaves]
  let top = leaves
  while (top.length > HASH_BYTES) {
    top = hashLevel(top)
    levels.push(top)
  }
  return levels
}

/** Proof of leaf `index`. A level where the node was promoted adds nothing; a tree of one leaf has lemma [root], path []. */
export function merkleProof(levels: readonly Uint8Array[], index: number): FileProof {
  const leaves = levels[0] as Uint8Array
  const root = toHex(levels.at(-1) as Uint8Array)
  if (levels.length === 1) return { lemma: [root], path: [] }
  const lemma = [toHex(hashAt(leaves, index))]
  const path: boolean[] = []
  let position = index
  for (const level of levels.slice(0, -1)) {
    const isLeft = position % 2 === 0
    const sibling = isLeft ? position + 1 : position - 1
    if (sibling * HASH_BYTES < level.length) {
      lemma.push(toHex(hashAt(level, sibling)))
      path.push(isLeft)
    }
    position = Math.floor(position / 2)
  }
  lemma.push(root)
  return { lemma, path }
}

/** Entry `index` of a flat array of hashes. */
export function hashAt(hashes: Uint8Array, index: number): Uint8Array {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)
}

/** Chunk hashes of a segment, completed with zero chunks up to `leafCount`. */
export function segmentLeaves(data: Uint8Array, leafCount: number): Uint8Array {
  const real = hashChunks(data)
  if (real.length === leafCount * HASH_BYTES) return real
  const leaves = new Uint8Array(leafCount * HASH_BYTES)
  leaves.set(real)
  const zero = zeroHash(0)
  for (let at = real.length; at < leaves.length; at += HASH_BYTES) leaves.set(zero, at)
  return leaves
}
