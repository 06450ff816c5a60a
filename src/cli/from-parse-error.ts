import { stripVTControlCharacters } from 'node:util'
import { Errors } from '@oclif/core'
import { isOgError, type OgError, ogError } from '../errors/og-error.ts'
import { nearest } from './nearest.ts'

/** What the parser of oclif attaches to its errors; its classes are not exported, so they are told apart by these fields. */
type ParseError = Error & {
  flags?: string[]
  args?: ({ name?: string } | string)[]
}

/**
 * Translates an error of oclif's parser into one of the catalogue, or returns undefined when it is something else. The original
 * is not kept as the cause: it holds the whole command table (135 KB as JSON) and says nothing more.
 */
export function fromParseError(error: unknown, command: string, flagNames: readonly string[]): OgError | undefined {
  if (isOgError(error)) return withPlainMessage(error)
  if (!(error instanceof Errors.CLIError) && !isFlagParsing(error)) return undefined
  const { flags, args } = error as ParseError
  if (Array.isArray(flags) && flags[0] !== undefined) {
    const flag = flags[0]
    const match = nearest(flag.replace(/^-+/, '').replace(/=.*$/, ''), flagNames)
    return ogError('FLAG_UNKNOWN', { flag, command, suggestion: match ? `did you mean --${match}? ` : '' })
  }
  const names = args?.map((arg) => (typeof arg === 'string' ? arg : `<${arg.name}>`))
  if (names?.length && error.message.startsWith('Missing')) {
    return ogError('ARGUMENT_MISSING', { names: names.join(' '), command })
  }
  if (names?.length && error.message.startsWith('Unexpected')) {
    return ogError('ARGUMENT_UNEXPECTED', { values: names.join(' ').slice(0, 200), command })
  }
  const required = [...reasonOf(error.message).matchAll(/Missing required flag (\S+)/g)].map(([, name]) => `--${name}`)
  if (required.length > 0) return ogError('ARGUMENT_MISSING', { names: required.join(' '), command })
  return ogError('FLAG_INVALID', { reason: reasonOf(error.message), command })
}

/** A flag's own `parse` function threw: oclif prefixes the message and rethrows the original error. */
function isFlagParsing(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith('Parsing --')
}

/** A flag's `parse` threw an error of ours: it stays what it is, without the three lines oclif put around its message. */
function withPlainMessage(error: OgError): OgError {
  if (isFlagParsing(error)) error.message = reasonOf(error.message)
  return error
}

function reasonOf(message: string): string {
  const text = stripVTControlCharacters(message)
    .replace(/\s*See more help with --help\s*$/, '')
    .replace(/^The following errors? occurred:\s*/, '')
    .replace(/^Parsing (--\S+)\s+/, '$1: ')
  return text.replace(/\s*\n\s*/g, ' ').slice(0, 600)
}
