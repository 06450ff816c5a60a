import { type FileLayout, fileLayout, nextPowerOfTwo, segmentLeafCount, segmentWireBytes } from './file-layout.ts'
import { fromHex, hashPair, isHash, segmentRoot, toHex, zeroHash } from './keccak.ts'
import type { FileProof } from './merkle.ts'
import { CHUNK_BYTES, type Hex, SEGMENT_HEIGHT } from './units.ts'

/** A segment with its claim, data decoded. `index` is the segment's place inside the file. */
export type ProvenSegment = { root: Hex; data: Uint8Array; index: number; proof: FileProof; fileSize: number }

/** Why a segment was refused, in the storage node's words; `param` names the argument of an `Invalid params` answer (§4.2). */
export type SegmentFault = { param?: 'file_size' | 'index' | 'data' | 'proof'; message: string }

/**
 * All checks a storage node makes on a segment, in its order: size, index, length, shape, position, fold, padding
 * (0G storage spec §2.1). Undefined means the segment is proven.
 */
export function checkSegment(segment: ProvenSegment): SegmentFault | undefined {
  if (segment.data.length === 0) return { message: 'data is empty' }
  if (segment.data.length % CHUNK_BYTES !== 0) return { message: 'invalid data length' }
  if (!(segment.fileSize > 0)) return { param: 'file_size', message: 'file is empty' }
  const layout = fileLayout(segment.fileSize)
  if (segment.index >= layout.segments) return { param: 'index', message: 'index out of bound' }
  if (segment.data.length !== segmentWireBytes(layout, segment.index)) {
    return { param: 'data', message: 'invalid data length' }
  }
  const leaf = toHex(segmentRoot(segment.data, segmentLeafCount(layout, segment.index)))
  return checkProof({ root: segment.root, leaf, index: segment.index, proof: segment.proof, layout })
}

/** The checks on the proof alone, for a segment root that was computed elsewhere. */
function checkProof(claim: {
  root: Hex
  leaf: Hex
  index: number
  proof: FileProof
  layout: FileLayout
}): SegmentFault | undefined {
  const { proof, layout } = claim
  const root = claim.root.toLowerCase() as Hex
  if (!hasProofShape(proof)) return { param: 'proof', message: 'invalid proof' }
  const lemma = proof.lemma.map((hash) => hash.toLowerCase() as Hex)
  const position = proofPosition(proof.path, layout.paddedSegments)
  if (typeof position === 'string') return { message: position }
  if (position !== claim.index) return { message: `wrong position: proof_pos=${position} provided=${claim.index}` }
  const provenRoot = lemma.at(-1) as Hex
  if (provenRoot !== root) return { message: `root mismatch: proof_root=${provenRoot} provided=${root}` }
  if (lemma[0] !== claim.leaf) {
    return { message: `data hash mismatch: leaf_hash=${lemma[0]} data_hash=${claim.leaf}` }
  }
  if (foldProof(lemma, proof.path) !== root) return { param: 'proof', message: 'validation failed' }
  if (!hasZeroPadding(lemma, proof.path, layout)) {
    return { param: 'proof', message: 'invalid proof node value in the padding range' }
  }
  return undefined
}

function hasProofShape(proof: FileProof): boolean {
  const { lemma, path } = proof
  if (!lemma.every(isHash) || !path.every((step) => typeof step === 'boolean')) return false
  if (path.length === 0) return lemma.length === 1
  return lemma.length === path.length + 2
}

/** Index of the leaf that a path leads to in a tree of `leafCount` leaves, or why it leads nowhere. */
function proofPosition(path: readonly boolean[], leafCount: number): number | string {
  let position = 0
  let count = leafCount
  for (const isLeft of path.toReversed()) {
    if (count <= 1) return `Proof path too long for a tree size ${leafCount}`
    const left = nextPowerOfTwo(count) / 2
    if (isLeft) count = left
    else {
      position += left
      count -= left
    }
  }
  return count === 1 ? position : `Proof path too short for a tree size ${leafCount}`
}

function foldProof(lemma: readonly Hex[], path: readonly boolean[]): Hex {
  let hash = fromHex(lemma[0] as Hex)
  path.forEach((isLeft, level) => {
    const sibling = fromHex(lemma[level + 1] as Hex)
    hash = isLeft ? hashPair(hash, sibling) : hashPair(sibling, hash)
  })
  return toHex(hash)
}

/** A right sibling that covers nothing but padding must be the hash of zeros. */
function hasZeroPadding(lemma: readonly Hex[], path: readonly boolean[], layout: FileLayout): boolean {
  let first = 0
  let count = layout.paddedSegments
  for (let level = path.length - 1; level >= 0; level--) {
    const left = nextPowerOfTwo(count) / 2
    if (!path[level]) {
      first += left
      count -= left
      continue
    }
    const right = count - left
    if (first + left >= layout.segments) {
      const zero = toHex(zeroHash(Math.log2(nextPowerOfTwo(right)) + SEGMENT_HEIGHT))
      if (lemma[level + 1] !== zero) return false
    }
    count = left
  }
  return true
}
