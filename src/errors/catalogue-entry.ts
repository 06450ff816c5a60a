import type { ErrorCategory } from './exit-codes.ts'

/**
 * An error a user can meet, as data. `message` says what failed and why, `hint` how to fix it, `docs` is the paragraph
 * `0g explain CODE` prints. `{name}` in message or hint is filled from the arguments, which the template types.
 */
export type CatalogueEntry = {
  readonly category: ErrorCategory
  readonly message: string
  readonly hint: string
  readonly retryable?: boolean
  readonly docs: string
}
