import { createMerkleProof, createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import { bytesToHex } from '@noble/hashes/utils.js'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createTrieNodes, EMPTY_TRIE_ROOT, MissingTrieNode, type TrieNodes } from './trie-nodes.ts'
import { trieGet } from './trie-proof.ts'
import { trieUpdate } from './trie-update.ts'

/**
 * Tries of ethereumjs are the other implementation: ours must read their proofs, arrive at their roots after every change, and refuse
 * what was tampered with. Keys share prefixes and values are short and long, so that every kind of node and embedded nodes appear.
 */
const key = fc
  .tuple(fc.constantFrom(0x00, 0x01, 0x10, 0xab), fc.constantFrom(0x00, 0x0f, 0xf0), fc.nat(255), fc.constantFrom(7, 8))
  .map((bytes) => Uint8Array.from(bytes))
const value = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 3 }), fc.uint8Array({ minLength: 30, maxLength: 60 }))
const entries = fc.uniqueArray(fc.tuple(key, value), { maxLength: 40, selector: ([bytes]) => bytesToHex(bytes) })
const OPTIONS = { seed: 20261122, numRuns: 150 }

async function trieWith(content: readonly (readonly [Uint8Array, Uint8Array])[]): Promise<MerklePatriciaTrie> {
  const trie = await createMPT()
  for (const [path, bytes] of content) await trie.put(path, bytes)
  return trie
}

const rootOf = (trie: MerklePatriciaTrie) => `0x${bytesToHex(trie.root())}`
const toHex = (bytes: Uint8Array) => `0x${bytesToHex(bytes)}`

async function proofOf(trie: MerklePatriciaTrie, keys: readonly Uint8Array[]): Promise<string[]> {
  const proofs: string[] = []
  for (const path of keys) proofs.push(...(await createMerkleProof(trie, path)).map(toHex))
  return proofs
}

function nodesOf(proof: readonly string[]): TrieNodes {
  const nodes = createTrieNodes()
  nodes.add(proof)
  return nodes
}

describe('proofs', () => {
  test('of presence and of absence give what the trie holds', async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.array(key, { minLength: 1, maxLength: 6 }), async (content, others) => {
        const trie = await trieWith(content)
        for (const asked of [...others, ...content.slice(0, 4).map(([path]) => path)]) {
          const held = await trie.get(asked)
          expect(trieGet(nodesOf(await proofOf(trie, [asked])), rootOf(trie), asked)).toEqual(held ?? undefined)
        }
      }),
      OPTIONS,
    )
  })

  test('with a byte changed, a node left out or another root are refused, and never give another value', async () => {
    const change = fc.record({ node: fc.nat(), byte: fc.nat(), flip: fc.integer({ min: 1, max: 255 }) })
    await fc.assert(
      fc.asyncProperty(entries, key, change, async (content, asked, { node, byte, flip }) => {
        fc.pre(content.length > 0)
        const trie = await trieWith(content)
        // Nodes shorter than a hash lie inside their parents: their own entry in the list proves nothing.
        const whole = await createMerkleProof(trie, asked)
        const proof = whole.filter((bytes, index) => index === 0 || bytes.length >= 32)
        const at = node % proof.length
        const changed = proof.map((bytes, index) => (index === at ? bytes.slice() : bytes))
        const victim = changed[at] ?? new Uint8Array()
        victim[byte % victim.length] = (victim[byte % victim.length] ?? 0) ^ flip
        const dropped = proof.filter((_, index) => index !== at)
        for (const hostile of [changed, dropped]) {
          expect(() => trieGet(nodesOf(hostile.map(toHex)), rootOf(trie), asked)).toThrow(MissingTrieNode)
        }
        expect(() => trieGet(nodesOf(proof.map(toHex)), `0x${'12'.repeat(32)}`, asked)).toThrow(MissingTrieNode)
      }),
      OPTIONS,
    )
  })

  test('of any bytes at all end in an answer or a refusal', async () => {
    await fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), key, (bytes, asked) => {
        const nodes = createTrieNodes()
        const root = toHex(nodes.put(bytes))
        try {
          trieGet(nodes, root, asked)
        } catch (error) {
          expect(error instanceof RangeError || error instanceof MissingTrieNode).toBe(true)
        }
      }),
      { seed: 20261122, numRuns: 2_000 },
    )
  })
})

describe('updates', () => {
  const change = fc.tuple(key, fc.option(value, { nil: undefined }))

  test('of a whole trie arrive at the same root, whatever is set or removed', async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.array(change, { maxLength: 30 }), async (content, changes) => {
        const trie = await trieWith(content)
        const nodes = createTrieNodes()
        let root = trieUpdate(nodes, EMPTY_TRIE_ROOT, content)
        expect(root).toBe(rootOf(trie))
        root = trieUpdate(nodes, root, changes)
        for (const [path, bytes] of changes) await (bytes ? trie.put(path, bytes) : trie.del(path))
        expect(root).toBe(rootOf(trie))
      }),
      OPTIONS,
    )
  })

  test('from proofs alone arrive at the same root, or name the neighbour that a removal needs', async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.array(change, { minLength: 1, maxLength: 8 }), async (content, changes) => {
        const trie = await trieWith(content)
        const before = rootOf(trie)
        const proof = await proofOf(
          trie,
          changes.map(([path]) => path),
        )
        const all = await trieWith(content)
        for (const [path, bytes] of changes) await (bytes ? all.put(path, bytes) : all.del(path))
        try {
          expect(trieUpdate(nodesOf(proof), before, changes)).toBe(rootOf(all))
        } catch (error) {
          expect(error).toBeInstanceOf(MissingTrieNode)
          expect(changes.some(([, bytes]) => bytes === undefined)).toBe(true)
          const { path } = error as MissingTrieNode
          const keys = content.map(([bytes]) => bytes)
          expect(
            keys.some((bytes) =>
              toHex(bytes)
                .slice(2)
                .startsWith(path.map((n) => n.toString(16)).join('')),
            ),
          ).toBe(true)
        }
      }),
      OPTIONS,
    )
  })
})
