import { keccak_256 } from '@noble/hashes/sha3.js'
import { hexToBytes } from '@noble/hashes/utils.js'
import {
  encodeAccount,
  encodeSlot,
  isEmptyAccount,
  NO_ACCOUNT,
  provenAccount,
  stateKey,
} from '../../../protocol/chain/account-proof.ts'
import { EMPTY_TRIE_ROOT, MissingTrieNode } from '../../../protocol/chain/trie-nodes.ts'
import { nibbles, sharedLength } from '../../../protocol/chain/trie-path.ts'
import { trieUpdate } from '../../../protocol/chain/trie-update.ts'
import type { Hex } from '../rpc.ts'
import type { ProvenState } from './proven-state.ts'
import type { Write, Writes } from './proven-state-manager.ts'

/** Hashes tried for a key that passes a given place of a trie: a place four levels down takes 65,536 on average, 0.3 s. */
const MAX_TRIES = 400_000
/** Deeper places than this are not searched for. */
const MAX_DEPTH = 4
/** A block that clears slots may need several neighbours; each is found once. */
const MAX_NEIGHBOURS = 256

/** Keys found for a place of a trie, by kind of key and path; hashing is the same for every chain. */
const foundKeys = new Map<string, Hex>()

/**
 * Root of the state after the writes of a block, computed from proven nodes only. Clearing a slot may merge a branch with a neighbour nobody read: a key
 * that leads there is searched and its proof fetched. Undefined when none is found in time (very large tries).
 * @throws OgError STATE_PROOF_INVALID, STATE_UNPROVABLE
 */
export async function stateRootAfter(state: ProvenState, writes: Writes): Promise<Hex | undefined> {
  const entries: [Uint8Array, Uint8Array | undefined][] = []
  for (const [address, write] of writes) {
    const reveal = (slot: Hex) => state.slot(address, slot)
    const value = await withNeighbours('slot', reveal, () => accountAfter(state, address, write))
    if (value === undefined) return undefined
    entries.push([stateKey(address), value ?? undefined])
  }
  const root = await withNeighbours(
    'account',
    (address) => state.account(address),
    () => trieUpdate(state.nodes, state.root, entries),
  )
  return root ?? undefined
}

/** Bytes of the account in the state trie afterwards; null when there is none (an empty account is none: EIP-161). */
function accountAfter(state: ProvenState, address: Hex, { account, isWiped, slots }: Write): Uint8Array | null {
  if (!account) return null
  const before = provenAccount(state.nodes, state.root, address) ?? NO_ACCOUNT
  const storageRoot = trieUpdate(
    state.nodes,
    isWiped ? EMPTY_TRIE_ROOT : before.storageRoot,
    [...slots].map(([slot, value]) => [stateKey(slot), encodeSlot(value)] as const),
  )
  return isEmptyAccount(account) ? null : encodeAccount({ ...account, storageRoot })
}

/** Computes, fetching neighbours until nothing is missing; undefined when one cannot be found. */
async function withNeighbours<T>(
  kind: 'slot' | 'account',
  reveal: (key: Hex) => Promise<unknown>,
  compute: () => T,
): Promise<T | undefined> {
  for (let round = 0; round < MAX_NEIGHBOURS; round++) {
    try {
      return compute()
    } catch (error) {
      if (!(error instanceof MissingTrieNode)) throw error
      const key = keyThrough(kind, error.path)
      if (!key) return undefined
      await reveal(key)
    }
  }
  return undefined
}

/** A slot or address whose hash begins with this path, so that its proof holds the node there. */
function keyThrough(kind: 'slot' | 'account', path: readonly number[]): Hex | undefined {
  const name = `${kind} ${path.join()}`
  const known = foundKeys.get(name)
  if (known) return known
  if (path.length > MAX_DEPTH) return undefined
  const sizeBytes = kind === 'slot' ? 32 : 20
  for (let tried = 1; tried <= MAX_TRIES; tried++) {
    // Counting from the top keeps clear of the slots that contracts use.
    const key = `f${tried.toString(16).padStart(sizeBytes * 2 - 1, '0')}`
    const hash = keccak_256(hexToBytes(key))
    if (sharedLength(nibbles(hash.subarray(0, 4)), path) < path.length) continue
    foundKeys.set(name, `0x${key}`)
    return `0x${key}`
  }
  return undefined
}
