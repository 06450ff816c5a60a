import { ogError } from '../../errors/og-error.ts'
import { KECCAK_KERNEL } from './generated/keccak-kernel.ts'
import type { TreeHasher } from './tree-hasher.ts'
import { CHUNK_BYTES, HASH_BYTES, SEGMENT_BYTES, SEGMENT_CHUNKS } from './units.ts'

/** Hashes `count` messages at address `from` into `to`. */
type HashAll = (from: number, to: number, count: number) => void
type Kernel = { memory: WebAssembly.Memory; hashChunks: HashAll; hashPairs: HashAll }

/** Addresses in the kernel's memory: below lies its state. */
const MESSAGES_AT = 1024
const HASHES_AT = MESSAGES_AT + SEGMENT_BYTES
const PAIR_BYTES = 2 * HASH_BYTES

/**
 * The kernel, two lanes at once; undefined where WebAssembly or its SIMD is missing. Not for two threads at once: each
 * instance works in its own memory.
 */
export function createSimdHasher(): TreeHasher | undefined {
  const kernel = instantiate()
  if (!kernel) return undefined
  const memory = new Uint8Array(kernel.memory.buffer)

  /** Copies at most a segment into the kernel, the last chunk completed with zeros; returns its chunks. */
  const loadChunks = (data: Uint8Array): number => {
    const count = Math.ceil(data.length / CHUNK_BYTES)
    memory.set(data, MESSAGES_AT)
    memory.fill(0, MESSAGES_AT + data.length, MESSAGES_AT + count * CHUNK_BYTES)
    return count
  }
  /** Hashes at an address up to their root, in place. */
  const reduce = (at: number, leafCount: number): Uint8Array => {
    for (let count = leafCount; count > 1; count = Math.ceil(count / 2)) {
      const pairs = Math.floor(count / 2)
      kernel.hashPairs(at, at, pairs)
      if (count % 2 === 1) memory.copyWithin(at + pairs * HASH_BYTES, at + pairs * PAIR_BYTES, at + count * HASH_BYTES)
    }
    return memory.slice(at, at + HASH_BYTES)
  }
  const hashLevel = (level: Uint8Array): Uint8Array => {
    const parents = new Uint8Array(Math.ceil(level.length / PAIR_BYTES) * HASH_BYTES)
    const pairBytes = level.length - (level.length % PAIR_BYTES)
    for (let at = 0; at < pairBytes; at += SEGMENT_BYTES) {
      const part = level.subarray(at, Math.min(at + SEGMENT_BYTES, pairBytes))
      memory.set(part, MESSAGES_AT)
      kernel.hashPairs(MESSAGES_AT, MESSAGES_AT, part.length / PAIR_BYTES)
      parents.set(memory.subarray(MESSAGES_AT, MESSAGES_AT + part.length / 2), at / 2)
    }
    if (pairBytes < level.length) parents.set(level.subarray(pairBytes), pairBytes / 2)
    return parents
  }
  const zeroHash = (): Uint8Array => {
    kernel.hashChunks(MESSAGES_AT, HASHES_AT, loadChunks(new Uint8Array(CHUNK_BYTES)))
    return memory.slice(HASHES_AT, HASHES_AT + HASH_BYTES)
  }
  const zero = zeroHash()

  return {
    hashChunks(data) {
      const hashes = new Uint8Array(Math.ceil(data.length / CHUNK_BYTES) * HASH_BYTES)
      for (let at = 0; at < data.length; at += SEGMENT_BYTES) {
        const count = loadChunks(data.subarray(at, at + SEGMENT_BYTES))
        kernel.hashChunks(MESSAGES_AT, HASHES_AT, count)
        hashes.set(memory.subarray(HASHES_AT, HASHES_AT + count * HASH_BYTES), (at / CHUNK_BYTES) * HASH_BYTES)
      }
      return hashes
    },
    hashLevel,
    treeRoot(leaves) {
      let top = leaves
      while (top.length > SEGMENT_BYTES) top = hashLevel(top)
      memory.set(top, MESSAGES_AT)
      return reduce(MESSAGES_AT, top.length / HASH_BYTES)
    },
    segmentRoot(data, leafCount) {
      if (leafCount > SEGMENT_CHUNKS || data.length > leafCount * CHUNK_BYTES) {
        throw ogError('BUG', { reason: `${data.length} bytes are no segment of ${leafCount} chunks` })
      }
      const count = loadChunks(data)
      if (count > 0) kernel.hashChunks(MESSAGES_AT, HASHES_AT, count)
      for (let i = count; i < leafCount; i++) memory.set(zero, HASHES_AT + i * HASH_BYTES)
      return reduce(HASHES_AT, leafCount)
    },
  }
}

function instantiate(): Kernel | undefined {
  if (typeof WebAssembly === 'undefined') return undefined
  const bytes = Uint8Array.from(atob(KECCAK_KERNEL), (character) => character.charCodeAt(0))
  if (!WebAssembly.validate(bytes)) return undefined
  try {
    return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Kernel
  } catch (error) {
    // A process that may not generate code (or has no room for it) hashes without.
    if (error instanceof WebAssembly.CompileError || error instanceof RangeError) return undefined
    throw error
  }
}
