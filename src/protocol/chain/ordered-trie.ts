import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { type RlpItem, rlpEncode, rlpQuantity } from './rlp.ts'
import { EMPTY_TRIE_ROOT } from './trie-nodes.ts'
import { hexPrefix, nibbles } from './trie-path.ts'

type Entry = { path: number[]; value: Uint8Array }

/**
 * Root of the Merkle-Patricia trie that maps the RLP of each index to a value (yellow paper §4.3.2 and appendix D): the
 * transactions root and receipts root of a block. Builds the nodes and keeps only their hashes.
 */
export function orderedTrieRoot(values: readonly Uint8Array[]): `0x${string}` {
  if (values.length === 0) return EMPTY_TRIE_ROOT
  const entries = values.map((value, index) => ({ path: nibbles(rlpEncode(rlpQuantity(index))), value }))
  return `0x${bytesToHex(keccak_256(rlpEncode(node(entries))))}`
}

/** The node that holds these entries, whose paths start below it. */
function node(entries: readonly Entry[]): RlpItem {
  const [first] = entries
  if (first && entries.length === 1) return [hexPrefix(first.path, true), first.value]
  const shared = sharedLength(entries)
  if (first && shared > 0) {
    const below = entries.map(({ path, value }) => ({ path: path.slice(shared), value }))
    return [hexPrefix(first.path.slice(0, shared), false), reference(node(below))]
  }
  const children = Array.from({ length: 16 }, (_, nibble): RlpItem => {
    const below = entries.filter(({ path }) => path[0] === nibble)
    if (below.length === 0) return new Uint8Array()
    return reference(node(below.map(({ path, value }) => ({ path: path.slice(1), value }))))
  })
  return [...children, entries.find(({ path }) => path.length === 0)?.value ?? new Uint8Array()]
}

function sharedLength(entries: readonly Entry[]): number {
  const [first, ...others] = entries
  if (!first) return 0
  let length = 0
  while (length < first.path.length && others.every(({ path }) => path[length] === first.path[length])) length++
  return length
}

/** A node inside another: itself when its encoding is shorter than a hash, else its hash. */
function reference(child: RlpItem): RlpItem {
  const encoded = rlpEncode(child)
  return encoded.length < 32 ? child : keccak_256(encoded)
}
