import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { type RlpItem, rlpEncode } from './rlp.ts'
import { rlpDecode } from './rlp-decode.ts'
import { parseHexPrefix } from './trie-path.ts'

/** A node of a Merkle-Patricia trie (yellow paper, appendix D). A reference is empty, a hash, or the node itself when it is short. */
export type TrieNode =
  | { kind: 'leaf'; path: number[]; value: Uint8Array }
  | { kind: 'extension'; path: number[]; child: RlpItem }
  | { kind: 'branch'; children: RlpItem[]; value: Uint8Array }

/** Root of the trie without entries: keccak-256 of the RLP of the empty string. */
export const EMPTY_TRIE_ROOT = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

/** A node that must be there by its hash was not given: the trie is known only in part. `path` leads to it from the root. */
export class MissingTrieNode extends Error {
  override readonly name = 'MissingTrieNode'
  readonly hash: string
  readonly path: readonly number[]

  constructor(hash: string, path: readonly number[]) {
    super(`no node hashes to ${hash}`)
    this.hash = hash
    this.path = path
  }
}

/**
 * The nodes of any number of tries that are known so far, by their hashes. Whoever gives a node cannot choose its name, so that what is reached
 * from a trusted root is proven, and what else was given does no harm.
 */
export type TrieNodes = {
  /** Takes nodes as a node of the network proves with them. @throws RangeError when one is not hexadecimal */
  add(encoded: readonly string[]): void
  /** Files a node that was computed here and returns its hash. */
  put(encoded: Uint8Array): Uint8Array
  /** The node behind a reference. @throws MissingTrieNode, RangeError when it is malformed */
  resolve(reference: RlpItem, path: readonly number[]): TrieNode | undefined
  /** How many nodes are known. */
  readonly size: number
}

/** An empty collection of {@link TrieNodes}. */
export function createTrieNodes(): TrieNodes {
  const known = new Map<string, Uint8Array>()
  const put = (encoded: Uint8Array) => {
    const hash = keccak_256(encoded)
    known.set(bytesToHex(hash), encoded)
    return hash
  }
  return {
    put,
    add(encoded) {
      for (const node of encoded) put(bytesOf(node))
    },
    resolve(reference, path) {
      if (!(reference instanceof Uint8Array)) return parseNode(reference)
      if (reference.length === 0) return undefined
      if (reference.length !== 32) throw new RangeError('a reference of the trie is neither a hash nor a node')
      const hash = bytesToHex(reference)
      if (`0x${hash}` === EMPTY_TRIE_ROOT) return undefined
      const encoded = known.get(hash)
      if (!encoded) throw new MissingTrieNode(`0x${hash}`, path)
      return parseNode(rlpDecode(encoded))
    },
    get size() {
      return known.size
    },
  }
}

function bytesOf(hex: string): Uint8Array {
  try {
    return hexToBytes(hex.slice(2))
  } catch (error) {
    throw new RangeError('a node of the proof is not hexadecimal', { cause: error })
  }
}

/** A reference to a node from its parent: the node itself when its encoding is shorter than a hash, else the hash. */
export function nodeReference(node: RlpItem, nodes: Pick<TrieNodes, 'put'>): RlpItem {
  const encoded = rlpEncode(node)
  return encoded.length < 32 ? node : nodes.put(encoded)
}

function parseNode(item: RlpItem): TrieNode {
  if (item instanceof Uint8Array) throw new RangeError('a node of the trie is not a list')
  if (item.length === 17) return { kind: 'branch', children: item.slice(0, 16), value: bytesIn(item[16]) }
  if (item.length !== 2) throw new RangeError(`a node of the trie has ${item.length} items`)
  const { path, isLeaf } = parseHexPrefix(bytesIn(item[0]))
  if (isLeaf) return { kind: 'leaf', path, value: bytesIn(item[1]) }
  const child = item[1] ?? new Uint8Array()
  if (path.length === 0 || child.length === 0) throw new RangeError('an extension of the trie leads nowhere')
  return { kind: 'extension', path, child }
}

function bytesIn(item: RlpItem | undefined): Uint8Array {
  if (!(item instanceof Uint8Array)) throw new RangeError('a node of the trie has a list where bytes belong')
  return item
}
