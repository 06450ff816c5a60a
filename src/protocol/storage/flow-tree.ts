import { fromHex, hashPair, zeroHash } from './keccak.ts'

/**
 * The Merkle tree over everything ever submitted, as the Flow contract builds it: sector 0 is the raw zero hash, sectors
 * nobody wrote are zero chunks (0G storage spec §3.3). Keeps every complete subtree, so past roots can be computed too.
 */
export class FlowTree {
  #length = 1
  readonly #nodes = new Map<string, Uint8Array>([[key(0, 0), new Uint8Array(32)]])
  readonly #roots: { root: Uint8Array; length: number }[] = []

  /** Sectors placed so far. */
  get length(): number {
    return this.#length
  }

  /** Submissions placed so far. */
  get count(): number {
    return this.#roots.length
  }

  /** Places a submission whose first node starts at sector `start`, given by the chain. */
  append(start: number, nodes: readonly { root: string; height: number }[]): void {
    let position = start
    this.#padTo(start)
    for (const { root, height } of nodes) {
      this.#place(height, position / 2 ** height, fromHex(root))
      position += 2 ** height
      this.#length = position
    }
    this.#roots.push({ root: this.hashAt(this.#depth(position), 0, position), length: position })
  }

  /** Root and length after submission `txSeq`, or of the empty flow for -1. */
  rootAfter(txSeq: number = this.#roots.length - 1): { root: Uint8Array; length: number } {
    return this.#roots[txSeq] ?? { root: new Uint8Array(32), length: 1 }
  }

  /** The newest state whose root is `root`. */
  findRoot(root: Uint8Array): { root: Uint8Array; length: number } | undefined {
    return this.#roots.findLast((state) => state.root.every((byte, i) => byte === root[i]))
  }

  /** Hash of the subtree `index` of 2^height sectors when `length` sectors were placed. */
  hashAt(height: number, index: number, length: number = this.#length): Uint8Array {
    const first = index * 2 ** height
    if (first >= length) return zeroHash(height)
    if (first + 2 ** height <= length) {
      const known = this.#nodes.get(key(height, index))
      if (known) return known
      if (height === 0) return zeroHash(0)
    }
    return hashPair(this.hashAt(height - 1, index * 2, length), this.hashAt(height - 1, index * 2 + 1, length))
  }

  /** Siblings from subtree (height, index) up to the root of a flow of `length` sectors, bottom up. */
  siblings(height: number, index: number, length: number): { hash: Uint8Array; isLeft: boolean }[] {
    const found: { hash: Uint8Array; isLeft: boolean }[] = []
    let position = index
    for (let level = height; level < this.#depth(length); level++) {
      const isLeft = position % 2 === 0
      found.push({ hash: this.hashAt(level, isLeft ? position + 1 : position - 1, length), isLeft })
      position = Math.floor(position / 2)
    }
    return found
  }

  #depth(length: number): number {
    let depth = 0
    while (2 ** depth < length) depth++
    return depth
  }

  #padTo(start: number): void {
    while (this.#length < start) {
      let height = 0
      while (this.#length % 2 ** (height + 1) === 0 && this.#length + 2 ** (height + 1) <= start) height++
      this.#place(height, this.#length / 2 ** height, zeroHash(height))
      this.#length += 2 ** height
    }
  }

  /** Stores a subtree and every parent it completes. */
  #place(height: number, index: number, hash: Uint8Array): void {
    let node = hash
    let level = height
    let position = index
    this.#nodes.set(key(level, position), node)
    while (position % 2 === 1) {
      node = hashPair(this.#nodes.get(key(level, position - 1)) ?? zeroHash(level), node)
      level += 1
      position = (position - 1) / 2
      this.#nodes.set(key(level, position), node)
    }
  }
}

function key(height: number, index: number): string {
  return `${height}:${index}`
}
