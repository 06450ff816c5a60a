import type { CatalogueEntry } from './catalogue-entry.ts'

/** Errors of the explorer's faucet. */
export const EXPLORER_ERRORS = {
  FAUCET_BUSY: {
    category: 'RUNTIME',
    message: 'the faucet has {waiting} payments under way',
    hint: 'wait for them, or fund the account with `0g chain fund`',
    docs: 'The faucet pays one request after the other and lets only so many wait. Nothing was sent.',
    retryable: true,
  },
} as const satisfies Record<string, CatalogueEntry>
