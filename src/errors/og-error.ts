import { CATALOGUE, type ErrorCode } from './catalogue.ts'
import type { CatalogueEntry } from './catalogue-entry.ts'
import { type ErrorCategory, EXIT_CODES } from './exit-codes.ts'
import { causes, classifySystemError } from './system-error.ts'

type Placeholders<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never

/** Arguments of a code: exactly the placeholders of its message and hint. */
export type ErrorArgs<C extends ErrorCode> = {
  [K in Placeholders<(typeof CATALOGUE)[C]['message'] | (typeof CATALOGUE)[C]['hint']>]: string | number | bigint
}

/** How an error crosses a process or HTTP boundary. */
export type SerializedOgError = {
  code: string
  category: ErrorCategory
  message: string
  hint: string
  retryable: boolean
  details?: Record<string, unknown>
}

const BRAND = Symbol.for('0g.OgError')

/** An error from the catalogue. Construct it with {@link ogError}; recognise it with {@link isOgError}. */
export class OgError extends Error {
  readonly [BRAND] = true
  override readonly name = 'OgError'
  readonly code: ErrorCode
  readonly category: ErrorCategory
  readonly hint: string
  readonly retryable: boolean
  readonly exitCode: number
  /** Evidence for machines: log lines, decoded revert arguments, the two values that differ. */
  readonly details: Record<string, unknown> | undefined

  constructor(code: ErrorCode, message: string, hint: string, details?: Record<string, unknown>, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    const entry: CatalogueEntry = CATALOGUE[code]
    this.code = code
    this.category = entry.category
    this.hint = hint
    this.retryable = entry.retryable ?? false
    this.exitCode = EXIT_CODES[entry.category]
    this.details = details
  }

  toJSON(): SerializedOgError {
    return {
      code: this.code,
      category: this.category,
      message: this.message,
      hint: this.hint,
      retryable: this.retryable,
      ...(this.details ? { details: this.details } : {}),
    }
  }
}

function fill(template: string, args: Record<string, unknown>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(args[name]))
}

/**
 * Builds an error of the catalogue; the arguments are those the code's templates name.
 * @example throw ogError('FILE_NOT_FOUND', { path }, { cause })
 */
export function ogError<C extends ErrorCode>(
  code: C,
  args: ErrorArgs<C>,
  options: { cause?: unknown; details?: Record<string, unknown> } = {},
): OgError {
  const { message, hint } = CATALOGUE[code]
  return new OgError(code, fill(message, args), fill(hint, args), options.details, options.cause)
}

/** True for an {@link OgError} of any copy of this package (brand, not instanceof). */
export function isOgError(value: unknown): value is OgError {
  return typeof value === 'object' && value !== null && BRAND in value
}

/** Re-raises an error that another process of ours serialised; an unknown code becomes BUG. */
export function fromSerialized(error: SerializedOgError): OgError {
  if (Object.hasOwn(CATALOGUE, error.code))
    return new OgError(error.code as ErrorCode, error.message, error.hint, error.details)
  return ogError('BUG', { reason: `${error.code}: ${error.message}` })
}

/**
 * Wraps anything thrown into an error of the catalogue, keeping it as the cause: an error of ours anywhere in the chain of
 * causes wins, then what the operating system said, and what remains is a BUG.
 */
export function toOgError(value: unknown): OgError {
  for (const link of causes(value)) if (isOgError(link)) return link
  for (const link of causes(value)) {
    const found = classifySystemError(link)
    if (found) return ogError(found.code, found.args as ErrorArgs<typeof found.code>, { cause: value })
  }
  return ogError('BUG', { reason: value instanceof Error ? value.message : String(value) }, { cause: value })
}
