import { hexToBytes } from '@noble/hashes/utils.js'
import type { RlpItem } from './rlp.ts'
import type { TrieNodes } from './trie-nodes.ts'
import { nibbles, sharedLength } from './trie-path.ts'

/**
 * The value under a key in the trie with this root, or undefined when the trie has none: a proof of inclusion or exclusion,
 * since every node on the way is known by its hash. `key` is the hashed key in the tries of state and storage.
 * @throws MissingTrieNode when the nodes do not reach that far, RangeError when one of them is malformed
 */
export function trieGet(nodes: TrieNodes, root: string, key: Uint8Array): Uint8Array | undefined {
  const path = nibbles(key)
  let reference: RlpItem = hexToBytes(root.slice(2))
  let at = 0
  for (;;) {
    const node = nodes.resolve(reference, path.slice(0, at))
    if (!node) return undefined
    if (node.kind === 'branch') {
      const next = path[at]
      if (next === undefined) return node.value.length > 0 ? node.value : undefined
      reference = node.children[next] ?? new Uint8Array()
      at += 1
      continue
    }
    const rest = path.slice(at)
    const shared = sharedLength(node.path, rest)
    if (node.kind === 'leaf') return shared === rest.length && shared === node.path.length ? node.value : undefined
    if (shared < node.path.length) return undefined
    reference = node.child
    at += shared
  }
}
