import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { isOgError, ogError } from '../../../errors/og-error.ts'
import {
  type AccountState,
  EMPTY_CODE_HASH,
  NO_ACCOUNT,
  provenAccount,
  provenSlot,
  type RpcProof,
} from '../../../protocol/chain/account-proof.ts'
import {
  createTrieNodes,
  EMPTY_TRIE_ROOT,
  MissingTrieNode,
  type TrieNodes,
} from '../../../protocol/chain/trie-nodes.ts'
import type { Hex } from '../rpc.ts'

export type Ask = <T>(method: string, params: unknown[]) => Promise<T>

/** Slots of accounts that are about to be read, lower case, slots of 32 bytes. */
type Accesses = ReadonlyMap<Hex, ReadonlySet<Hex>>

/** What is proven so far, kept from block to block: trie nodes and codes go by their hashes, so they never become wrong. */
export type ProvenCache = { nodes: TrieNodes; codes: Map<string, Uint8Array> }

/** Reads the state after one block, each value only after its proof was checked. */
export type ProvenState = {
  /** root of the state that is read: the one asked for, unless the node's first proof led to another */
  readonly root: Hex
  readonly nodes: TrieNodes
  /** how much was read */
  readonly counts: { accounts: number; slots: number; codes: number }
  account(address: Hex): Promise<AccountState | undefined>
  slot(address: Hex, slot: Hex): Promise<bigint>
  code(address: Hex, codeHash: Hex): Promise<Uint8Array>
  /** Fetches what is not proven yet, with as few requests as possible. */
  prefetch(accesses: Accesses): Promise<void>
}

/** Nodes of 300 bytes or so: about 20 MB. */
const MAX_NODES = 60_000
const MAX_CODES = 2_000
const MAX_SLOTS_A_REQUEST = 128
const MAX_REQUESTS_AT_ONCE = 16

/** An empty cache; `previous` is taken over unless it has grown too large. */
export function provenCache(previous?: ProvenCache): ProvenCache {
  const isKept = previous && previous.nodes.size < MAX_NODES && previous.codes.size < MAX_CODES
  return isKept ? previous : { nodes: createTrieNodes(), codes: new Map() }
}

/**
 * The state after block `number`, whose header says `stateRoot`. When the very first proof leads to another root, that state is read on
 * and `root` differs from what was asked: the caller reports it, and all else can still be checked.
 * Reading throws STATE_PROOF_INVALID when a proof does not hold and STATE_UNPROVABLE when the node gives none.
 */
export function provenState(
  ask: Ask,
  { number, stateRoot, cache }: { number: bigint; stateRoot: Hex; cache: ProvenCache },
): ProvenState {
  const { nodes, codes } = cache
  const tag = `0x${number.toString(16)}`
  const seen = { accounts: new Set<string>(), slots: new Set<string>(), codes: new Set<string>() }
  let root = stateRoot
  let isAnchored = false

  async function fetchProof(address: Hex, slots: readonly Hex[]): Promise<void> {
    const what = `account ${address} at block ${number}`
    const proof = await unlessRefused(what, () => ask<RpcProof | null>('eth_getProof', [address, slots, tag]))
    if (!proof) throw ogError('STATE_UNPROVABLE', { what, reason: 'the answer is empty' })
    if (stateRoot !== EMPTY_TRIE_ROOT && provesNothing(proof)) {
      const reason = 'it proves an empty state, as EDR does at heights that hardhat_mine skipped'
      throw ogError('STATE_UNPROVABLE', { what, reason })
    }
    checked(what, () => {
      nodes.add(proof.accountProof)
      for (const entry of proof.storageProof) nodes.add(entry.proof)
      if (!isAnchored) root = rootOf(proof) ?? root
      isAnchored = true
      const proven = provenAccount(nodes, root, address)
      compareAccount(proof, proven)
      for (const slot of slots) compareSlot(proof, slot, proven)
    })
  }

  function compareSlot({ storageProof }: RpcProof, slot: Hex, account: AccountState | undefined): void {
    const proven = provenSlot(nodes, account?.storageRoot ?? EMPTY_TRIE_ROOT, slot)
    const answered = storageProof.find(({ key }) => BigInt(key) === BigInt(slot))
    equal(`slot ${slot}`, proven, BigInt(answered?.value ?? 0))
  }

  /** Tries what is known, and fetches when something is missing. */
  async function proven<T>(read: () => T, fetch: () => Promise<void>): Promise<T> {
    try {
      if (isAnchored) return read()
    } catch (error) {
      if (!(error instanceof MissingTrieNode)) throw error
    }
    await fetch()
    return read()
  }

  const account = (address: Hex) => {
    seen.accounts.add(address)
    return proven(
      () => provenAccount(nodes, root, address),
      () => fetchProof(address, []),
    )
  }

  return {
    get root() {
      return root
    },
    nodes,
    get counts() {
      return { accounts: seen.accounts.size, slots: seen.slots.size, codes: seen.codes.size }
    },
    account,
    async slot(address, slot) {
      const { storageRoot } = (await account(address)) ?? NO_ACCOUNT
      seen.slots.add(address + slot)
      return await proven(
        () => provenSlot(nodes, storageRoot, slot),
        () => fetchProof(address, [slot]),
      )
    },
    async code(address, codeHash) {
      if (codeHash === EMPTY_CODE_HASH) return new Uint8Array()
      seen.codes.add(codeHash)
      const known = codes.get(codeHash)
      if (known) return known
      const what = `the code of ${address} at block ${number}`
      const answer = await unlessRefused(what, () => ask<Hex>('eth_getCode', [address, tag]))
      return checked(what, () => {
        const code = hexToBytes(answer.slice(2))
        equal('the code hash', codeHash, `0x${bytesToHex(keccak_256(code))}`)
        codes.set(codeHash, code)
        return code
      })
    },
    async prefetch(accesses) {
      const isKnown = (read: () => unknown) => {
        try {
          read()
          return isAnchored
        } catch {
          return false
        }
      }
      if (!isAnchored) {
        // One proof of every block settles which state the node reads, whatever is known from earlier blocks.
        const [first] = accesses
        if (first) await fetchProof(first[0], [...first[1]].slice(0, MAX_SLOTS_A_REQUEST))
      }
      const requests = [...accesses].flatMap(([address, slots]) => {
        if (!isKnown(() => provenAccount(nodes, root, address))) return batches(address, [...slots])
        const { storageRoot } = provenAccount(nodes, root, address) ?? NO_ACCOUNT
        const missing = [...slots].filter((slot) => !isKnown(() => provenSlot(nodes, storageRoot, slot)))
        return missing.length === 0 ? [] : batches(address, missing)
      })
      for (let at = 0; at < requests.length; at += MAX_REQUESTS_AT_ONCE) {
        const batch = requests.slice(at, at + MAX_REQUESTS_AT_ONCE)
        await Promise.all(batch.map(({ address, slots }) => fetchProof(address, slots)))
      }
    },
  }
}

function batches(address: Hex, slots: readonly Hex[]): { address: Hex; slots: Hex[] }[] {
  const count = Math.max(1, Math.ceil(slots.length / MAX_SLOTS_A_REQUEST))
  return Array.from({ length: count }, (_, at) => ({
    address,
    slots: slots.slice(at * MAX_SLOTS_A_REQUEST, (at + 1) * MAX_SLOTS_A_REQUEST),
  }))
}

function provesNothing(proof: RpcProof): boolean {
  return Array.isArray(proof.accountProof) && proof.accountProof.every((node) => node === '0x80')
}

function rootOf({ accountProof: [first] }: RpcProof): Hex | undefined {
  return first === undefined ? undefined : `0x${bytesToHex(keccak_256(hexToBytes(first.slice(2))))}`
}

/** The fields of the answer must be those of its proof. Nodes differ in the hashes they give for an account that is not there. */
function compareAccount(answer: RpcProof, proven: AccountState | undefined): void {
  const { nonce, balanceWei, storageRoot, codeHash } = proven ?? NO_ACCOUNT
  equal('the nonce', nonce, BigInt(answer.nonce))
  equal('the balance', balanceWei, BigInt(answer.balance))
  if (!proven) return
  equal('the storage root', storageRoot, answer.storageHash.toLowerCase())
  equal('the code hash', codeHash, answer.codeHash.toLowerCase())
}

function equal(field: string, proven: string | bigint, answered: string | bigint): void {
  if (proven === answered) return
  const details = { expected: String(proven), actual: String(answered) }
  throw ogError('STATE_PROOF_INVALID', { what: field, reason: 'the answer differs from its proof' }, { details })
}

/** Runs a check of what a node sent: whatever is malformed or does not fit together is an invalid proof. */
function checked<T>(what: string, check: () => T): T {
  try {
    return check()
  } catch (error) {
    if (isOgError(error)) {
      const reason = `${error.message.replace(/^the node does not prove /, '')}`
      throw ogError('STATE_PROOF_INVALID', { what, reason }, { details: error.details ?? {}, cause: error })
    }
    const reason = error instanceof Error ? error.message : String(error)
    const details = error instanceof MissingTrieNode ? { expected: error.hash, actual: 'no such node' } : {}
    throw ogError('STATE_PROOF_INVALID', { what, reason }, { details, cause: error })
  }
}

async function unlessRefused<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (error) {
    if (!isOgError(error) || !['RPC_ERROR', 'RPC_REVERTED'].includes(error.code)) throw error
    const reason = error.message.replace(/^the node refused \S+: /, '')
    throw ogError('STATE_UNPROVABLE', { what, reason }, { cause: error })
  }
}
