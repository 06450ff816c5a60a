import { describe, expect, test } from 'vitest'
import vectors from '../../../test/vectors/storage.json' with { type: 'json' }
import { fileLayout } from './file-layout.ts'
import { fileTreeOf, rootOfNodes } from './file-tree.ts'
import { FlowTree } from './flow-tree.ts'
import { fromHex, toHex, zeroHash } from './keccak.ts'
import { submissionIdentity, submissionSectors } from './submission.ts'

const content = (size: number, offset = 0): Uint8Array =>
  Uint8Array.from({ length: size }, (_, i) => ((i + offset) * 31) % 251)

describe('data layout and file roots of the official SDK', () => {
  test.each(vectors.sizes)('$size bytes', (vector) => {
    const tree = fileTreeOf(content(vector.size))
    expect(tree.layout).toEqual({
      sizeBytes: vector.size,
      chunks: vector.chunks,
      paddedChunks: vector.paddedChunks,
      segments: vector.segments,
      paddedSegments: vector.paddedSegments,
      nodeHeights: vector.heights,
    })
    expect(tree.root).toBe(vector.root)
    expect(tree.nodes).toEqual(vector.nodes)
    expect(toHex(rootOfNodes(tree.nodes.map(({ root }) => fromHex(root))))).toBe(vector.root)
    expect(submissionSectors(tree.nodes)).toBe(vector.paddedChunks)
  })

  test.each(vectors.strings)('text %j', (text, root) => {
    expect(fileTreeOf(new TextEncoder().encode(text)).root).toBe(root)
  })

  test.each(vectors.proofs)('proof of segment $index of $size bytes', ({ size, index, lemma, path }) => {
    expect(fileTreeOf(content(size)).proof(index)).toEqual({ lemma, path })
  })

  test.each(Object.entries(vectors.zeroHashes))('zero hash of height %s', (height, hash) => {
    expect(toHex(zeroHash(Number(height)))).toBe(hash)
  })

  test('a layout beyond 2^31 chunks stays exact', () => {
    const layout = fileLayout(2 ** 40 + 1)
    expect(layout.chunks).toBe(2 ** 32 + 1)
    expect(layout.paddedChunks).toBe(2 ** 32 + 2 ** 29)
    expect(layout.nodeHeights).toEqual([32, 29])
  })
})

describe('the flow tree of the contract', () => {
  const files = [content(1), content(5, 1), content(257), content(300_000), content(256, 1)]
  files.push(content(262_145), content(1_048_576), Uint8Array.of(0x1f), content(5_242_881))

  test('all nine sequence roots', () => {
    const flow = new FlowTree()
    for (const vector of vectors.flow) {
      const tree = fileTreeOf(files[vector.seq] as Uint8Array)
      expect(tree.nodes.map(({ height }) => height)).toEqual(vector.heights)
      flow.append(vector.start, tree.nodes)
      expect(flow.length).toBe(vector.currentLength)
      expect(toHex(flow.rootAfter().root)).toBe(vector.root)
    }
    for (const vector of vectors.flow) {
      expect(toHex(flow.rootAfter(vector.seq).root)).toBe(vector.root)
      expect(flow.findRoot(fromHex(vector.root))?.length).toBe(vector.currentLength)
    }
  })

  test('identity is the hash of the node roots', () => {
    expect(submissionIdentity(fileTreeOf(content(1)).nodes)).toBe(
      '0x907462103f4f1c3e2f1be0a063eca38991dc4c945c1b56d3f9e4deb0f1d5d98c',
    )
    const two = fileTreeOf(content(300_000))
    expect(submissionIdentity(two.nodes)).toBe(two.root)
  })
})
