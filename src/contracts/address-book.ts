import type { ContractName } from './abi.ts'
import { ADDRESSES } from './generated/addresses.ts'

/**
 * Where each contract stands on a devnet with chain id 31337, in lower case. LedgerManager and InferenceServing are at the
 * addresses the official compute SDK has built in for that id (0G compute spec §1.1).
 */
export const DEVNET_ADDRESSES: Readonly<Record<ContractName, `0x${string}`>> = ADDRESSES

/** Name of the contract at an address of a devnet, or undefined. */
export function contractNameAt(
  address: string,
  book: Readonly<Partial<Record<string, string>>> = DEVNET_ADDRESSES,
): string | undefined {
  const wanted = address.toLowerCase()
  return Object.keys(book).find((name) => book[name]?.toLowerCase() === wanted)
}
