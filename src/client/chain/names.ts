import { contractNameAt } from '../../contracts/address-book.ts'
import type { NetworkProfile } from '../profile.ts'

/** How people call an address: the label of a devnet account, or the name of a contract of the network; undefined for others. */
export function nameOf(
  profile: Pick<NetworkProfile, 'accounts' | 'contracts'>,
  address: string | null | undefined,
): string | undefined {
  if (!address) return undefined
  const lower = address.toLowerCase()
  const account = profile.accounts.find((entry) => entry.address.toLowerCase() === lower)
  return account?.role ?? contractNameAt(lower, profile.contracts)
}
