import { ogError } from '../../errors/og-error.ts'
import type { NetworkProfile } from '../profile.ts'
import { parseAmount } from './amount.ts'
import { resolveAddress } from './wallet.ts'

/** A parameter of an ABI item. */
export type AbiParameter = { type: string; name?: string | undefined; components?: readonly AbiParameter[] | undefined }

/**
 * The value of a contract argument written on a command line. Addresses may be labels or contract names; integers decimal, hex or an
 * amount (`1.5 0G`); arrays and tuples are JSON (`["alice","bob"]`, `{"to":"bob"}`).
 * @throws OgError VALUE_INVALID, UNKNOWN_ACCOUNT
 */
export function parseArgument(profile: NetworkProfile, parameter: AbiParameter, text: string): unknown {
  const isNested = parameter.type.endsWith(']') || parameter.type.startsWith('tuple')
  return coerce(profile, parameter, isNested ? parseJson(parameter, text) : text)
}

function coerce(profile: NetworkProfile, parameter: AbiParameter, value: unknown): unknown {
  const { type } = parameter
  const array = /^(.*)\[(\d*)\]$/.exec(type)
  if (array) return coerceArray(profile, parameter, array[1] ?? '', array[2] ?? '', value)
  if (type === 'tuple') return coerceTuple(profile, parameter, value)
  if (type === 'address') return resolveAddress(profile, String(value))
  if (type === 'bool') return coerceBoolean(parameter, value)
  if (type === 'string') return typeof value === 'string' ? value : invalid(parameter, value)
  if (/^u?int/.test(type)) return coerceInteger(parameter, value)
  if (type.startsWith('bytes')) return coerceBytes(parameter, value)
  return invalid(parameter, value)
}

function coerceArray(
  profile: NetworkProfile,
  parameter: AbiParameter,
  elementType: string,
  length: string,
  value: unknown,
): unknown {
  if (!Array.isArray(value) || (length !== '' && value.length !== Number(length))) return invalid(parameter, value)
  return value.map((element) => coerce(profile, { ...parameter, type: elementType }, element))
}

function coerceTuple(profile: NetworkProfile, parameter: AbiParameter, value: unknown): unknown {
  const components = parameter.components ?? []
  if (typeof value !== 'object' || value === null) return invalid(parameter, value)
  const entries = Array.isArray(value)
    ? value
    : components.map(({ name }) => (value as Record<string, unknown>)[name ?? ''])
  if (entries.length !== components.length || entries.includes(undefined)) return invalid(parameter, value)
  const isNamed = components.every(({ name }) => name)
  const coerced = components.map((component, at) => coerce(profile, component, entries[at]))
  return isNamed ? Object.fromEntries(components.map(({ name }, at) => [name, coerced[at]])) : coerced
}

function coerceBoolean(parameter: AbiParameter, value: unknown): boolean {
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  return invalid(parameter, value)
}

function coerceInteger(parameter: AbiParameter, value: unknown): bigint {
  const text = String(value).trim().replaceAll('_', '')
  if (/^-?\d+$/.test(text) || /^0x[0-9a-f]+$/i.test(text)) return BigInt(text)
  if (/^[\d.]+\s*0g$/i.test(text)) return parseAmount(text)
  return invalid(parameter, value)
}

function coerceBytes(parameter: AbiParameter, value: unknown): string {
  const text = String(value)
  const size = Number(parameter.type.slice('bytes'.length) || 0)
  const isHex = /^0x([0-9a-f]{2})*$/i.test(text)
  if (!isHex || (size > 0 && text.length !== 2 + size * 2)) return invalid(parameter, value)
  return text.toLowerCase()
}

function parseJson(parameter: AbiParameter, text: string): unknown {
  try {
    return JSON.parse(quoteLargeIntegers(text))
  } catch {
    return invalid(parameter, text)
  }
}

/** Integers beyond 2^53 would lose digits in JSON.parse; as strings they do not. Text inside quotes is left alone. */
function quoteLargeIntegers(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}/g, (token) => (token.startsWith('"') ? token : `"${token}"`))
}

function invalid({ type, name }: AbiParameter, value: unknown): never {
  throw ogError('VALUE_INVALID', {
    value: typeof value === 'string' ? JSON.stringify(value) : (JSON.stringify(value) ?? 'nothing'),
    expected: `${/^[aeiou]/.test(type) ? 'an' : 'a'} ${type}${name ? ` (${name})` : ''}`,
    example: 'numbers as 5, 0x5 or "1.5 0G"; bytes as 0x…; arrays and tuples as JSON; addresses may be labels',
  })
}
