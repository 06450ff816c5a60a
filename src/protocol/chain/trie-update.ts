import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { type RlpItem, rlpEncode } from './rlp.ts'
import { EMPTY_TRIE_ROOT, nodeReference, type TrieNode, type TrieNodes } from './trie-nodes.ts'
import { hexPrefix, nibbles, sharedLength } from './trie-path.ts'

type Update = { nodes: TrieNodes; key: number[]; value: Uint8Array }

const NOTHING = new Uint8Array()

/**
 * Root of a trie after its entries under these keys were set, or removed where the value is undefined. Only the nodes on the way to the
 * keys need be known; removing may also need the one neighbour with which a branch then merges.
 * @throws MissingTrieNode, RangeError when a node is malformed
 */
export function trieUpdate(
  nodes: TrieNodes,
  root: string,
  entries: Iterable<readonly [key: Uint8Array, value: Uint8Array | undefined]>,
): `0x${string}` {
  let reference: RlpItem = root === EMPTY_TRIE_ROOT ? NOTHING : hexToBytes(root.slice(2))
  for (const [key, value] of entries) {
    const node = nodes.resolve(reference, [])
    const path = nibbles(key)
    const next = value === undefined ? remove(nodes, node, path, []) : put({ nodes, key: path, value }, node, 0)
    reference = next === undefined ? NOTHING : nodes.put(rlpEncode(encodeNode(next)))
  }
  return reference.length === 0 ? EMPTY_TRIE_ROOT : `0x${bytesToHex(reference as Uint8Array)}`
}

function encodeNode(node: TrieNode): RlpItem {
  if (node.kind === 'branch') return [...node.children, node.value]
  if (node.kind === 'leaf') return [hexPrefix(node.path, true), node.value]
  return [hexPrefix(node.path, false), node.child]
}

function put(update: Update, node: TrieNode | undefined, at: number): TrieNode {
  const { nodes, key, value } = update
  const rest = key.slice(at)
  if (!node) return { kind: 'leaf', path: rest, value }
  if (node.kind === 'branch') return putIntoBranch(update, node, at)
  const shared = sharedLength(node.path, rest)
  if (shared === node.path.length) {
    if (node.kind === 'extension') {
      const below = put(update, nodes.resolve(node.child, key.slice(0, at + shared)), at + shared)
      return { ...node, child: nodeReference(encodeNode(below), nodes) }
    }
    if (shared === rest.length) return { ...node, value }
  }
  const branch = putIntoBranch(update, split(node, shared, nodes), at + shared)
  if (shared === 0) return branch
  return { kind: 'extension', path: rest.slice(0, shared), child: nodeReference(encodeNode(branch), nodes) }
}

type Branch = TrieNode & { kind: 'branch' }

function putIntoBranch(update: Update, branch: Branch, at: number): Branch {
  const { nodes, key, value } = update
  const next = key[at]
  if (next === undefined) return { ...branch, value }
  const child = nodes.resolve(branch.children[next] ?? NOTHING, key.slice(0, at + 1))
  const below = nodeReference(encodeNode(put(update, child, at + 1)), nodes)
  return { ...branch, children: branch.children.with(next, below) }
}

/** A branch that holds what a leaf or an extension held, at the nibble after the `shared` ones. */
function split(node: Exclude<TrieNode, Branch>, shared: number, nodes: TrieNodes): Branch {
  const branch: Branch = { kind: 'branch', children: new Array<RlpItem>(16).fill(NOTHING), value: NOTHING }
  const next = node.path[shared]
  if (next === undefined) return { ...branch, value: node.kind === 'leaf' ? node.value : NOTHING }
  const path = node.path.slice(shared + 1)
  const below =
    node.kind === 'extension' && path.length === 0 ? node.child : nodeReference(encodeNode({ ...node, path }), nodes)
  return { ...branch, children: branch.children.with(next, below) }
}

/** The node without the entry; itself when it has no such entry, undefined when nothing is left. `above` leads to the node. */
function remove(
  nodes: TrieNodes,
  node: TrieNode | undefined,
  rest: number[],
  above: readonly number[],
): TrieNode | undefined {
  if (!node) return undefined
  if (node.kind === 'branch') return removeFromBranch(nodes, node, rest, above)
  const shared = sharedLength(node.path, rest)
  if (shared < node.path.length) return node
  if (node.kind === 'leaf') return shared === rest.length ? undefined : node
  const to = [...above, ...node.path]
  const below = remove(nodes, nodes.resolve(node.child, to), rest.slice(shared), to)
  return below && prepend(nodes, node.path, below)
}

function removeFromBranch(
  nodes: TrieNodes,
  branch: Branch,
  rest: number[],
  above: readonly number[],
): TrieNode | undefined {
  const [next, ...below] = rest
  if (next === undefined) return merge(nodes, { ...branch, value: NOTHING }, above)
  const to = [...above, next]
  const child = remove(nodes, nodes.resolve(branch.children[next] ?? NOTHING, to), below, to)
  const reference = child ? nodeReference(encodeNode(child), nodes) : NOTHING
  return merge(nodes, { ...branch, children: branch.children.with(next, reference) }, above)
}

/** A branch as it must be written: one with a single entry left becomes that entry. */
function merge(nodes: TrieNodes, branch: Branch, above: readonly number[]): TrieNode | undefined {
  const taken = branch.children.flatMap((child, nibble) => (child.length > 0 ? [nibble] : []))
  const [only] = taken
  if (taken.length + (branch.value.length > 0 ? 1 : 0) > 1) return branch
  if (only === undefined) return branch.value.length > 0 ? { kind: 'leaf', path: [], value: branch.value } : undefined
  const child = nodes.resolve(branch.children[only] ?? NOTHING, [...above, only])
  return child && prepend(nodes, [only], child)
}

function prepend(nodes: TrieNodes, path: readonly number[], node: TrieNode): TrieNode {
  if (node.kind === 'branch') {
    return { kind: 'extension', path: [...path], child: nodeReference(encodeNode(node), nodes) }
  }
  return { ...node, path: [...path, ...node.path] }
}
