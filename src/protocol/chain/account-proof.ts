import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { rlpEncode, rlpQuantity } from './rlp.ts'
import { rlpDecode } from './rlp-decode.ts'
import { EMPTY_TRIE_ROOT, type TrieNodes } from './trie-nodes.ts'
import { trieGet } from './trie-proof.ts'

type Hex = `0x${string}`

/** keccak-256 of no bytes: the code hash of an account without code. */
export const EMPTY_CODE_HASH = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'

/** What the state trie holds for an address. */
export type AccountState = { nonce: bigint; balanceWei: bigint; storageRoot: Hex; codeHash: Hex }

/** What an address has whose path in the state trie is empty. */
export const NO_ACCOUNT: AccountState = {
  nonce: 0n,
  balanceWei: 0n,
  storageRoot: EMPTY_TRIE_ROOT,
  codeHash: EMPTY_CODE_HASH,
}

/** The answer of eth_getProof (EIP-1186). */
export type RpcProof = {
  address: Hex
  balance: Hex
  codeHash: Hex
  nonce: Hex
  storageHash: Hex
  accountProof: Hex[]
  storageProof: { key: Hex; value: Hex; proof: Hex[] }[]
}

/** Key of an address in the state trie, and of a slot (32 bytes) in a storage trie: both tries are keyed by hashes. */
export function stateKey(hex: string): Uint8Array {
  return keccak_256(hexToBytes(hex.slice(2)))
}

/**
 * The account that the state with this root has at an address, undefined when it has none.
 * @throws MissingTrieNode when the nodes do not prove it, RangeError when they are malformed
 */
export function provenAccount(nodes: TrieNodes, stateRoot: string, address: string): AccountState | undefined {
  const value = trieGet(nodes, stateRoot, stateKey(address))
  return value && decodeAccount(value)
}

/**
 * The value of a storage slot (32 bytes) in the storage trie with this root, zero when it has none.
 * @throws MissingTrieNode, RangeError as {@link provenAccount}
 */
export function provenSlot(nodes: TrieNodes, storageRoot: string, slot: string): bigint {
  const value = trieGet(nodes, storageRoot, stateKey(slot))
  return value ? quantity(rlpDecode(value), 32) : 0n
}

/** True for an account that a block removes from the state trie when it touched it (EIP-161). */
export function isEmptyAccount({ nonce, balanceWei, codeHash }: AccountState): boolean {
  return nonce === 0n && balanceWei === 0n && codeHash === EMPTY_CODE_HASH
}

/** Bytes of an account in the state trie (yellow paper §4.1). */
export function encodeAccount({ nonce, balanceWei, storageRoot, codeHash }: AccountState): Uint8Array {
  const hashes = [storageRoot, codeHash].map((hash) => hexToBytes(hash.slice(2)))
  return rlpEncode([rlpQuantity(nonce), rlpQuantity(balanceWei), ...hashes])
}

/** Bytes of a slot in a storage trie; undefined for zero, which is not stored. */
export function encodeSlot(value: bigint): Uint8Array | undefined {
  return value === 0n ? undefined : rlpEncode(rlpQuantity(value))
}

function decodeAccount(bytes: Uint8Array): AccountState {
  const fields = rlpDecode(bytes)
  if (fields instanceof Uint8Array || fields.length !== 4) throw new RangeError('an account has four fields')
  const [nonce, balance, storageRoot, codeHash] = fields
  return {
    nonce: quantity(nonce, 8),
    balanceWei: quantity(balance, 32),
    storageRoot: hash(storageRoot),
    codeHash: hash(codeHash),
  }
}

function quantity(item: unknown, maxBytes: number): bigint {
  if (!(item instanceof Uint8Array) || item.length > maxBytes || item[0] === 0) {
    throw new RangeError('a number of the state is malformed')
  }
  return item.length === 0 ? 0n : BigInt(`0x${bytesToHex(item)}`)
}

function hash(item: unknown): Hex {
  if (!(item instanceof Uint8Array) || item.length !== 32) throw new RangeError('a hash of the state is malformed')
  return `0x${bytesToHex(item)}`
}
