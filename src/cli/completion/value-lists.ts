import { DEVNET_ADDRESSES } from '../../contracts/address-book.ts'
import { CATALOGUE } from '../../errors/catalogue.ts'
import { DEV_ACCOUNTS } from '../../topology/dev-accounts.ts'

/** Labels of the accounts every devnet starts with. */
const ACCOUNTS = DEV_ACCOUNTS.map(({ role }) => role)
/** Services of the default topology. */
const SERVICES = [
  'chain',
  'storage-0',
  'storage-1',
  'storage-gateway',
  'storage-kv',
  'compute-1',
  'agent-oracle',
  'explorer',
]

const LISTS: Record<string, readonly string[]> = {
  from: ACCOUNTS,
  to: ACCOUNTS,
  account: ACCOUNTS,
  owner: ACCOUNTS,
  contract: Object.keys(DEVNET_ADDRESSES),
  mode: ['on', 'off'],
  service: SERVICES,
  services: SERVICES,
  network: ['devnet', 'galileo', 'mainnet'],
  code: Object.keys(CATALOGUE),
}

/** Values worth offering for a flag or argument of this name; none when they cannot be known without asking a network. */
export function valuesOf(name: string): readonly string[] {
  return LISTS[name] ?? []
}
