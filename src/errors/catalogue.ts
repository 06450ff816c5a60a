import { AGENT_ERRORS } from './agent-errors.ts'
import { CHAIN_ERRORS } from './chain-errors.ts'
import { COMMON_ERRORS } from './common-errors.ts'
import { COMPUTE_ERRORS } from './compute-errors.ts'
import { DEVNET_ERRORS } from './devnet-errors.ts'
import { EXPLORER_ERRORS } from './explorer-errors.ts'
import { KV_ERRORS } from './kv-errors.ts'
import { STORAGE_ERRORS } from './storage-errors.ts'

/**
 * Every error of 0g; each area declares its own in `<area>-errors.ts`. Codes are an API: never rename one, never move one to
 * another category.
 */
export const CATALOGUE = {
  ...COMMON_ERRORS,
  ...DEVNET_ERRORS,
  ...CHAIN_ERRORS,
  ...EXPLORER_ERRORS,
  ...COMPUTE_ERRORS,
  ...AGENT_ERRORS,
  ...STORAGE_ERRORS,
  ...KV_ERRORS,
} as const

export type ErrorCode = keyof typeof CATALOGUE
