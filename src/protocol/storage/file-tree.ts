import { type FileLayout, fileLayout, segmentLeafCount } from './file-layout.ts'
import { hashPair, segmentRoot, toHex, treeRoot, zeroHash } from './keccak.ts'
import { type FileProof, merkleLevels, merkleProof, segmentLeaves } from './merkle.ts'
import { HASH_BYTES, type Hex, SEGMENT_BYTES, SEGMENT_CHUNKS, SEGMENT_HEIGHT } from './units.ts'

/** One perfect subtree of a file, as the chain records it. */
export type SubmissionNode = { root: Hex; height: number }

/** What is known of a file once all of it was hashed: enough to submit it and to prove every segment. */
export type FileTree = {
  layout: FileLayout
  root: Hex
  nodes: SubmissionNode[]
  /** proof of real segment `index` */
  proof: (index: number) => FileProof
}

/**
 * Builds the tree of a file segment by segment, in any order, holding 32 bytes per segment.
 * @example const builder = new FileTreeBuilder(5); builder.add(0, bytes); const { root } = builder.build()
 */
export class FileTreeBuilder {
  readonly layout: FileLayout
  readonly #roots: Uint8Array
  #tail: Uint8Array | undefined

  constructor(sizeBytes: number) {
    this.layout = fileLayout(sizeBytes)
    this.#roots = new Uint8Array(this.layout.paddedSegments * HASH_BYTES)
    for (let i = this.layout.segments; i < this.layout.paddedSegments; i++) this.#put(i, new Uint8Array(0))
  }

  /** Hashes segment `index`; `data` is its real bytes (the last chunk may be cut short). */
  add(index: number, data: Uint8Array): void {
    this.#put(index, data)
  }

  /** True for the segment whose root is not enough: the last one may be several submission nodes. */
  needsData(index: number): boolean {
    return index === this.layout.paddedSegments - 1
  }

  /** Takes the root of segment `index`, computed elsewhere, for one that does not need its data. */
  addRoot(index: number, root: Uint8Array): void {
    this.#roots.set(root, index * HASH_BYTES)
  }

  /** The tree, once every segment was added. */
  build(): FileTree {
    const levels = merkleLevels(this.#roots)
    return {
      layout: this.layout,
      root: toHex(levels.at(-1) as Uint8Array),
      nodes: this.#nodes(),
      proof: (index) => merkleProof(levels, index),
    }
  }

  #put(index: number, data: Uint8Array): void {
    const leafCount = segmentLeafCount(this.layout, index)
    if (data.length === 0 && leafCount === SEGMENT_CHUNKS) {
      this.#roots.set(zeroHash(SEGMENT_HEIGHT), index * HASH_BYTES)
      return
    }
    if (this.needsData(index)) {
      this.#tail = segmentLeaves(data, leafCount)
      this.addRoot(index, treeRoot(this.#tail))
    } else {
      this.addRoot(index, segmentRoot(data, leafCount))
    }
  }

  /** Nodes of a segment or more are trees over segment roots; smaller ones lie in the last segment. */
  #nodes(): SubmissionNode[] {
    const nodes: SubmissionNode[] = []
    let chunk = 0
    for (const height of this.layout.nodeHeights) {
      const count = 2 ** height
      const inTail = chunk % SEGMENT_CHUNKS
      const leaves =
        height >= SEGMENT_HEIGHT
          ? slice(this.#roots, chunk / SEGMENT_CHUNKS, count / SEGMENT_CHUNKS)
          : slice(this.#tail as Uint8Array, inTail, count)
      nodes.push({ root: toHex(treeRoot(leaves)), height })
      chunk += count
    }
    return nodes
  }
}

function slice(hashes: Uint8Array, first: number, count: number): Uint8Array {
  return hashes.subarray(first * HASH_BYTES, (first + count) * HASH_BYTES)
}

/** The tree of bytes held in memory (at least one byte). */
export function fileTreeOf(bytes: Uint8Array): FileTree {
  const builder = new FileTreeBuilder(bytes.length)
  for (let i = 0; i < builder.layout.segments; i++) {
    builder.add(i, bytes.subarray(i * SEGMENT_BYTES, (i + 1) * SEGMENT_BYTES))
  }
  return builder.build()
}

/** File root from submission nodes: right fold (0G storage spec §1.4). */
export function rootOfNodes(roots: readonly Uint8Array[]): Uint8Array {
  return roots.reduceRight((right, left) => hashPair(left, right))
}
