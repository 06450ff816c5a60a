import type { AccountFields, StateManagerInterface } from '@ethereumjs/common'
import { Account, type Address } from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { type AccountState, EMPTY_CODE_HASH } from '../../../protocol/chain/account-proof.ts'
import type { Hex } from '../rpc.ts'
import type { ProvenState } from './proven-state.ts'

/** What a block wrote at an address. `account` is undefined when it is gone, `isWiped` when its earlier storage no longer counts. */
export type Write = { account: AccountState | undefined; isWiped: boolean; slots: ReadonlyMap<Hex, bigint> }

export type Writes = ReadonlyMap<Hex, Write>

export type ProvenStateManager = StateManagerInterface & {
  /** Starts over from another proven state, with nothing written. */
  begin(base: ProvenState): void
  /** Everything that was written since {@link begin}, also where the value ended up as it was. */
  writes(): Writes
}

const NO_BYTES = new Uint8Array()

/**
 * State of the second EVM: what a block has written so far over the proven state before it. The EVM reads accounts, slots and codes when it
 * needs them, and sees none before its proof was checked. Writes are journaled, so that a checkpoint costs nothing and a revert undoes
 * just what was done since.
 */
export function provenStateManager(): ProvenStateManager {
  let base: ProvenState | undefined
  let accounts = new Map<Hex, Account | undefined>()
  let storage = new Map<Hex, Map<Hex, Uint8Array>>()
  let wiped = new Set<Hex>()
  let codes = new Map<Hex, Uint8Array>()
  let undo: (() => void)[] = []
  let checkpoints: number[] = []
  const originals = new Map<string, Uint8Array>()

  const before = (): ProvenState => {
    if (!base) throw new Error('no state was begun')
    return base
  }

  async function accountAt(address: Hex): Promise<Account | undefined> {
    if (accounts.has(address)) return accounts.get(address)
    const state = await before().account(address)
    return state && toAccount(state)
  }

  async function slotAt(address: Hex, slot: Hex): Promise<Uint8Array> {
    const written = storage.get(address)?.get(slot)
    if (written) return written
    if (wiped.has(address)) return NO_BYTES
    return toBytes(await before().slot(address, slot))
  }

  function setAccount(address: Hex, account: Account | undefined): void {
    const [had, old] = [accounts.has(address), accounts.get(address)]
    undo.push(() => (had ? accounts.set(address, old) : accounts.delete(address)))
    accounts.set(address, account)
  }

  function wipe(address: Hex): void {
    const [old, was] = [storage.get(address), wiped.has(address)]
    undo.push(() => {
      if (old) storage.set(address, old)
      else storage.delete(address)
      if (!was) wiped.delete(address)
    })
    storage.delete(address)
    wiped.add(address)
  }

  const manager: ProvenStateManager = {
    begin(next) {
      base = next
      accounts = new Map()
      storage = new Map()
      wiped = new Set()
      codes = new Map()
      undo = []
      checkpoints = []
      originals.clear()
    },
    writes() {
      return new Map(
        [...accounts].map(([address, account]) => {
          const slots = [...(storage.get(address) ?? [])].map(([slot, value]) => [slot, toNumber(value)] as const)
          return [
            address,
            { account: account && fromAccount(account), isWiped: wiped.has(address), slots: new Map(slots) },
          ]
        }),
      )
    },

    async getAccount(address) {
      const account = await accountAt(hex(address))
      return account && copy(account)
    },
    async putAccount(address, account) {
      setAccount(hex(address), account && copy(account))
    },
    async deleteAccount(address) {
      setAccount(hex(address), undefined)
      wipe(hex(address))
    },
    async modifyAccountFields(address, fields) {
      const account = (await manager.getAccount(address)) ?? new Account()
      await manager.putAccount(address, Object.assign(account, definedFields(fields)))
    },

    async putCode(address, value) {
      const codeHash = keccak_256(value)
      codes.set(`0x${bytesToHex(codeHash)}`, value)
      await manager.modifyAccountFields(address, { codeHash })
    },
    async getCode(address) {
      const account = await accountAt(hex(address))
      if (!account) return NO_BYTES
      const codeHash: Hex = `0x${bytesToHex(account.codeHash)}`
      if (codeHash === EMPTY_CODE_HASH) return NO_BYTES
      return codes.get(codeHash) ?? (await before().code(hex(address), codeHash))
    },
    getCodeSize: async (address) => (await manager.getCode(address)).length,

    getStorage: (address, key) => slotAt(hex(address), slotName(key)),
    async putStorage(address, key, value) {
      const [at, slot] = [hex(address), slotName(key)]
      // The account of a slot that changed is among those that changed.
      if (!accounts.has(at)) setAccount(at, await accountAt(at))
      const of = storage.get(at) ?? new Map<Hex, Uint8Array>()
      storage.set(at, of)
      const old = of.get(slot)
      undo.push(() => (old ? of.set(slot, old) : of.delete(slot)))
      of.set(slot, stripZeros(value))
    },
    clearStorage: async (address) => wipe(hex(address)),
    originalStorageCache: {
      async get(address, key) {
        const name = hex(address) + slotName(key)
        const known = originals.get(name)
        if (known) return known
        const value = await slotAt(hex(address), slotName(key))
        originals.set(name, value)
        return value
      },
      clear: () => originals.clear(),
    },

    async checkpoint() {
      checkpoints.push(undo.length)
    },
    async commit() {
      checkpoints.pop()
    },
    async revert() {
      const to = checkpoints.pop() ?? 0
      while (undo.length > to) undo.pop()?.()
    },

    getStateRoot: () => Promise.reject(new Error('the root is computed from the writes')),
    setStateRoot: () => Promise.reject(new Error('the state is chosen by begin')),
    hasStateRoot: async () => false,
    clearCaches: () => {},
    shallowCopy: () => provenStateManager(),
  }
  return manager
}

const hex = (address: Address): Hex => `0x${bytesToHex(address.bytes)}`
const slotName = (key: Uint8Array): Hex => `0x${bytesToHex(key)}`

function copy(account: Account): Account {
  return new Account(account.nonce, account.balance, account.storageRoot, account.codeHash)
}

function toAccount({ nonce, balanceWei, storageRoot, codeHash }: AccountState): Account {
  return new Account(nonce, balanceWei, hexToBytes(storageRoot.slice(2)), hexToBytes(codeHash.slice(2)))
}

function fromAccount(account: Account): AccountState {
  return {
    nonce: account.nonce,
    balanceWei: account.balance,
    storageRoot: `0x${bytesToHex(account.storageRoot)}`,
    codeHash: `0x${bytesToHex(account.codeHash)}`,
  }
}

function definedFields(fields: AccountFields): AccountFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** As the EVM wants slots: big endian without leading zeros, zero as no bytes. */
function toBytes(value: bigint): Uint8Array {
  if (value === 0n) return NO_BYTES
  const digits = value.toString(16)
  return hexToBytes(digits.length % 2 === 0 ? digits : `0${digits}`)
}

function toNumber(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`)
}

function stripZeros(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0)
  return first === -1 ? NO_BYTES : bytes.slice(first)
}
