import { CATALOGUE, type ErrorCode } from '../errors/catalogue.ts'
import type { CatalogueEntry } from '../errors/catalogue-entry.ts'
import { type ErrorCategory, EXIT_CODES } from '../errors/exit-codes.ts'
import { ogError } from '../errors/og-error.ts'
import { nearest } from './nearest.ts'

/** One entry of the catalogue as users see it; `{name}` in message and hint stands for what the error fills in. */
export type Explanation = {
  code: ErrorCode
  category: ErrorCategory
  exitCode: number
  retryable: boolean
  message: string
  hint: string
  docs: string
}

/** Every error of this version, in the order of the catalogue. */
export function listErrors(): Explanation[] {
  return (Object.keys(CATALOGUE) as ErrorCode[]).map(describe)
}

/** Explains one code, in any case. Throws ERROR_CODE_UNKNOWN with the nearest code when there is one. */
export function explainError(code: string): Explanation {
  const wanted = code.toUpperCase().replaceAll('-', '_')
  if (Object.hasOwn(CATALOGUE, wanted)) return describe(wanted as ErrorCode)
  const match = nearest(wanted, Object.keys(CATALOGUE))
  throw ogError('ERROR_CODE_UNKNOWN', { code, suggestion: match ? `did you mean ${match}? ` : '' })
}

function describe(code: ErrorCode): Explanation {
  const { category, message, hint, docs, retryable }: CatalogueEntry = CATALOGUE[code]
  return { code, category, exitCode: EXIT_CODES[category], retryable: retryable ?? false, message, hint, docs }
}
