import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fileLayout, segmentWireBytes, toWireSegment } from './file-layout.ts'
import { fileTreeOf, rootOfNodes } from './file-tree.ts'
import { fromHex, toHex } from './keccak.ts'
import type { FileProof } from './merkle.ts'
import { checkSegment, type ProvenSegment } from './segment-proof.ts'
import { submissionSectors } from './submission.ts'
import { SEGMENT_BYTES } from './units.ts'

/** Sizes near every boundary that matters, up to a few segments. */
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 6000 }),
  fc.integer({ min: 1, max: 5 }).chain((k) => fc.integer({ min: -600, max: 600 }).map((d) => k * SEGMENT_BYTES + d)),
)

const files = fc.record({ size: sizes, seed: fc.integer({ min: 0, max: 250 }) }).map(({ size, seed }) => {
  const content = Uint8Array.from({ length: size }, (_, i) => (i * 31 + seed) % 251)
  return { content, tree: fileTreeOf(content) }
})

function segment(
  { content, tree }: { content: Uint8Array; tree: ReturnType<typeof fileTreeOf> },
  at: number,
): ProvenSegment {
  const index = at % tree.layout.segments
  const data = toWireSegment(content.subarray(index * SEGMENT_BYTES, (index + 1) * SEGMENT_BYTES))
  return { root: tree.root, data, index, proof: tree.proof(index), fileSize: content.length }
}

const flipped = (hash: string, bit: number): `0x${string}` => {
  const bytes = fromHex(hash)
  bytes[(bit >> 3) % 32] = (bytes[(bit >> 3) % 32] ?? 0) ^ (1 << (bit & 7))
  return toHex(bytes)
}

describe('segment proofs', () => {
  test('every segment of every file is proven', () => {
    fc.assert(
      fc.property(files, fc.nat(100), (file, at) => {
        const one = segment(file, at)
        expect(one.data.length).toBe(segmentWireBytes(file.tree.layout, one.index))
        expect(checkSegment(one)).toBeUndefined()
      }),
      { numRuns: 30 },
    )
  })

  test('any flipped bit of the data is refused', () => {
    fc.assert(
      fc.property(files, fc.nat(100), fc.nat(), (file, at, bit) => {
        const one = segment(file, at)
        const data = Uint8Array.from(one.data)
        const byte = Math.floor(bit / 8) % data.length
        data[byte] = (data[byte] ?? 0) ^ (1 << (bit & 7))
        expect(checkSegment({ ...one, data })).toBeDefined()
      }),
      { numRuns: 30 },
    )
  })

  test('any flipped bit of the root or of a hash of the proof is refused', () => {
    fc.assert(
      fc.property(files, fc.nat(100), fc.nat(255), fc.nat(20), (file, at, bit, place) => {
        const one = segment(file, at)
        expect(checkSegment({ ...one, root: flipped(one.root, bit) })).toBeDefined()
        const k = place % one.proof.lemma.length
        const lemma = one.proof.lemma.map((hash, i) => (i === k ? flipped(hash, bit) : hash))
        expect(checkSegment({ ...one, proof: { ...one.proof, lemma } })).toBeDefined()
      }),
      { numRuns: 30 },
    )
  })

  test('a wrong place, a wrong path or a proof of another length is refused', () => {
    fc.assert(
      fc.property(files, fc.nat(100), fc.nat(20), (file, at, place) => {
        const one = segment(file, at)
        const { lemma, path } = one.proof
        expect(checkSegment({ ...one, index: one.index + 1 })).toBeDefined()
        const proofs: FileProof[] = [
          { lemma: [...lemma, ...lemma.slice(-1)], path },
          { lemma, path: [...path, true] },
          { lemma: [], path: [] },
        ]
        if (path.length > 0) {
          const turned = path.map((step, i) => (i === place % path.length ? !step : step))
          proofs.push({ lemma, path: turned }, { lemma: lemma.slice(1), path: path.slice(1) })
        }
        for (const proof of proofs) expect(checkSegment({ ...one, proof })).toBeDefined()
      }),
      { numRuns: 30 },
    )
  })

  test('garbage never throws', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1024 }),
        fc.nat(),
        fc.array(fc.oneof(fc.string(), fc.uint8Array({ minLength: 32, maxLength: 32 }).map(toHex))),
        fc.array(fc.boolean()),
        fc.nat(),
        (data, index, lemma, path, fileSize) => {
          const proof = { lemma: lemma as FileProof['lemma'], path }
          const fault = checkSegment({ root: `0x${'00'.repeat(32)}`, data, index, proof, fileSize })
          expect(fault).toBeDefined()
        },
      ),
    )
  })
})

describe('layout', () => {
  test('padding is minimal, nodes descend within four heights and sum up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 45 }), (size) => {
        const { chunks, paddedChunks, nodeHeights, segments, paddedSegments } = fileLayout(size)
        expect(paddedChunks).toBeGreaterThanOrEqual(chunks)
        expect(paddedChunks - chunks).toBeLessThan(Math.max(1, chunks / 8))
        expect(submissionSectors(nodeHeights.map((height) => ({ height })))).toBe(paddedChunks)
        expect(nodeHeights.length).toBeLessThanOrEqual(4)
        expect((nodeHeights[0] as number) - (nodeHeights.at(-1) as number)).toBeLessThan(4)
        expect(nodeHeights).toEqual([...new Set(nodeHeights)].sort((a, b) => b - a))
        expect(paddedSegments).toBeGreaterThanOrEqual(segments)
      }),
    )
  })

  test('the nodes fold to the root', () => {
    fc.assert(
      fc.property(files, ({ tree }) => {
        expect(toHex(rootOfNodes(tree.nodes.map(({ root }) => fromHex(root))))).toBe(tree.root)
      }),
      { numRuns: 20 },
    )
  })
})
