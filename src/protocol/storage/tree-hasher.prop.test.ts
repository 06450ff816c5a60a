import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nobleHasher } from './noble-hasher.ts'
import { createSimdHasher } from './simd-hasher.ts'
import type { TreeHasher } from './tree-hasher.ts'
import { CHUNK_BYTES, HASH_BYTES, SEGMENT_BYTES, SEGMENT_CHUNKS } from './units.ts'

const simd = createSimdHasher() as TreeHasher

/** Bytes of any content, of lengths around chunk and batch borders as well as between them. */
const bytesUpTo = (maxLength: number, unit: number): fc.Arbitrary<Uint8Array> => {
  const border = fc
    .tuple(fc.nat({ max: Math.floor(maxLength / unit) }), fc.constantFrom(-1, 0, 1))
    .map(([units, off]) => Math.min(maxLength, Math.max(0, units * unit + off)))
  return fc
    .tuple(fc.oneof(border, fc.nat({ max: maxLength })), fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.nat())
    .map(([length, seed, salt]) =>
      // Long inputs from a short seed, so that shrinking stays quick; no two chunks are alike.
      Uint8Array.from({ length }, (_, i) => (seed[i % seed.length] as number) ^ (((i + salt) * 2654435761) >>> 24)),
    )
}

const hashes = (maxCount: number): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(fc.integer({ min: 1, max: maxCount }), fc.uint8Array({ minLength: 32, maxLength: 64 }))
    .map(([count, seed]) =>
      Uint8Array.from({ length: count * HASH_BYTES }, (_, i) => (seed[i % seed.length] as number) + (i >>> 5)),
    )

test('WebAssembly SIMD is there in this runtime', () => {
  expect(createSimdHasher()).toBeDefined()
})

test('chunk hashes equal the reference for every length and content', () => {
  fc.assert(
    fc.property(bytesUpTo(SEGMENT_BYTES * 2 + 999, CHUNK_BYTES), (data) => {
      expect(Buffer.compare(simd.hashChunks(data), nobleHasher.hashChunks(data))).toBe(0)
    }),
    { numRuns: 40 },
  )
})

test('levels equal the reference for every count, odd ones and many batches too', () => {
  const counts = fc.oneof(hashes(40), hashes(20_000))
  fc.assert(
    fc.property(counts, (level) => {
      expect(Buffer.compare(simd.hashLevel(level), nobleHasher.hashLevel(level))).toBe(0)
    }),
    { numRuns: 40 },
  )
})

test('tree roots equal the reference for every count of leaves', () => {
  fc.assert(
    fc.property(fc.oneof(hashes(40), hashes(20_000)), (leaves) => {
      expect(simd.treeRoot(leaves)).toEqual(nobleHasher.treeRoot(leaves))
    }),
    { numRuns: 30 },
  )
})

test('segment roots equal the reference for every length of data and count of leaves', () => {
  const segment = fc
    .tuple(bytesUpTo(SEGMENT_BYTES, CHUNK_BYTES), fc.nat({ max: SEGMENT_CHUNKS }))
    .map(([data, extra]) => {
      const chunks = Math.ceil(data.length / CHUNK_BYTES)
      return { data, leafCount: Math.max(1, Math.min(SEGMENT_CHUNKS, chunks + extra)) }
    })
  fc.assert(
    fc.property(segment, ({ data, leafCount }) => {
      expect(simd.segmentRoot(data, leafCount)).toEqual(nobleHasher.segmentRoot(data, leafCount))
    }),
    { numRuns: 60 },
  )
})

test('one flipped bit changes the root of a segment', () => {
  fc.assert(
    fc.property(bytesUpTo(20_000, CHUNK_BYTES), fc.nat(), (data, position) => {
      fc.pre(data.length > 0)
      const root = simd.segmentRoot(data, SEGMENT_CHUNKS)
      const other = Uint8Array.from(data)
      const bit = position % (data.length * 8)
      other[bit >>> 3] = (other[bit >>> 3] as number) ^ (1 << (bit & 7))
      expect(simd.segmentRoot(other, SEGMENT_CHUNKS)).not.toEqual(root)
    }),
    { numRuns: 30 },
  )
})

test('both lanes hash the published vectors: 256 zero bytes and two zero hashes', () => {
  const zeroChunk = keccak_256(new Uint8Array(CHUNK_BYTES))
  expect(simd.hashChunks(new Uint8Array(CHUNK_BYTES * 3))).toEqual(
    Uint8Array.from([...zeroChunk, ...zeroChunk, ...zeroChunk]),
  )
  // keccak256 of 64 zero bytes, known from Ethereum's own storage layouts.
  expect(Buffer.from(simd.hashLevel(new Uint8Array(64))).toString('hex')).toBe(
    'ad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5',
  )
})

test('more than a segment is refused, never hashed wrong', () => {
  expect(() => simd.segmentRoot(new Uint8Array(SEGMENT_BYTES + 1), SEGMENT_CHUNKS)).toThrow()
  expect(() => simd.segmentRoot(new Uint8Array(513), 2)).toThrow()
})
