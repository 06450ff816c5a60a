import { gunzipSync } from 'node:zlib'

/** An account in the state that `anvil_dumpState` answers. */
export type DumpedAccount = {
  nonce: number | string
  balance: string
  code?: string | null
  storage?: Record<string, string>
}

/** What differs between two states of an account; what is equal is left out. */
export type AccountChange = {
  address: string
  change: 'added' | 'removed' | 'changed'
  nonce?: { from: number; to: number }
  balanceWei?: { from: bigint; to: bigint }
  isCodeChanged?: true
  /** slots whose value differs */
  slotsChanged?: number
}

/** Accounts by address, out of what `anvil_dumpState` answers: hex of gzipped JSON. */
export function decodeDump(dump: string): Map<string, DumpedAccount> {
  const bytes = Buffer.from(dump.slice(2), 'hex')
  const isZipped = bytes[0] === 0x1f && bytes[1] === 0x8b
  const text = (isZipped ? gunzipSync(bytes) : bytes).toString('utf8')
  const { accounts } = JSON.parse(text) as { accounts: Record<string, DumpedAccount> }
  return new Map(Object.entries(accounts).map(([address, account]) => [address.toLowerCase(), account]))
}

const EMPTY: DumpedAccount = { nonce: 0, balance: '0x0' }
const ZERO = /^0x0*$/

const codeOf = ({ code }: DumpedAccount): string => (code && code !== '0x' ? code.toLowerCase() : '')

function slotsChanged(from: DumpedAccount, to: DumpedAccount): number {
  const value = ({ storage = {} }: DumpedAccount, slot: string) => {
    const found = storage[slot] ?? '0x0'
    return ZERO.test(found) ? 0n : BigInt(found)
  }
  const slots = new Set([...Object.keys(from.storage ?? {}), ...Object.keys(to.storage ?? {})])
  return [...slots].filter((slot) => value(from, slot) !== value(to, slot)).length
}

/** The accounts that are not the same in both states, by address. */
export function compareStates(
  from: ReadonlyMap<string, DumpedAccount>,
  to: ReadonlyMap<string, DumpedAccount>,
): AccountChange[] {
  const addresses = [...new Set([...from.keys(), ...to.keys()])].sort()
  return addresses.flatMap((address): AccountChange[] => {
    const before = from.get(address) ?? EMPTY
    const after = to.get(address) ?? EMPTY
    const nonce = { from: Number(before.nonce), to: Number(after.nonce) }
    const balanceWei = { from: BigInt(before.balance), to: BigInt(after.balance) }
    const slots = slotsChanged(before, after)
    const isCodeChanged = codeOf(before) !== codeOf(after)
    if (nonce.from === nonce.to && balanceWei.from === balanceWei.to && slots === 0 && !isCodeChanged) return []
    const change = !from.has(address) ? 'added' : to.has(address) ? 'changed' : 'removed'
    return [
      {
        address,
        change,
        ...(nonce.from === nonce.to ? {} : { nonce }),
        ...(balanceWei.from === balanceWei.to ? {} : { balanceWei }),
        ...(isCodeChanged ? { isCodeChanged } : {}),
        ...(slots === 0 ? {} : { slotsChanged: slots }),
      },
    ]
  })
}
