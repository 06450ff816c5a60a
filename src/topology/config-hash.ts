import { createHash } from 'node:crypto'
import { DEV_MNEMONIC } from './dev-accounts.ts'
import type { TopologySettings } from './topology-settings.ts'

/** SHA-256 in hex. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')

/** Identifies what a genesis is made of: chain id, accounts, rules, engine, and `origin`, the contracts or the network forked. */
export function configHash({ chainId, hardfork, engine }: TopologySettings, origin: string): string {
  const parts = [chainId, DEV_MNEMONIC, hardfork, origin, ...(engine === 'edr' ? [] : [engine])]
  return sha256(parts.join(' '))
}
