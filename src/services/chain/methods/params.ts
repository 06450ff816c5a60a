import type { Hex } from '../../../client/chain/rpc.ts'
import { invalidParams } from './rpc-fault.ts'

/** Readers of single parameters. Each throws an RpcFault with -32602 that says what was expected. */

/** Number, decimal string or hex of any padding, as anvil takes them. */
export function bigintParam(value: unknown, what: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return BigInt(value)
  if (typeof value === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(value)) return BigInt(value)
  throw invalidParams(`expected ${what} as a number or a quantity`)
}

/** Like {@link bigintParam}, for what fits in a JavaScript number. */
export function numberParam(value: unknown, what: string): number {
  const number = Number(bigintParam(value, what))
  if (!Number.isSafeInteger(number)) throw invalidParams(`${what} is too large`)
  return number
}

/** The value, or `fallback` where a client left it out or sent null. */
export function optional<T>(value: unknown, fallback: T, read: (value: unknown) => T): T {
  return value === undefined || value === null ? fallback : read(value)
}

export function addressParam(value: unknown, what = 'an address'): Hex {
  if (typeof value === 'string' && /^0x[0-9a-f]{40}$/i.test(value)) return value.toLowerCase() as Hex
  throw invalidParams(`expected ${what} of 20 bytes`)
}

export function hashParam(value: unknown, what = 'a hash'): Hex {
  if (typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value)) return value.toLowerCase() as Hex
  throw invalidParams(`expected ${what} of 32 bytes`)
}

/** Bytes of any length. */
export function dataParam(value: unknown, what = 'data'): Hex {
  // A repeated group in the expression would overflow the stack from some megabytes on.
  if (typeof value === 'string' && value.length % 2 === 0 && /^0x[0-9a-f]*$/i.test(value)) {
    return value.toLowerCase() as Hex
  }
  throw invalidParams(`expected ${what} as hex`)
}

export function objectParam(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw invalidParams(`expected ${what} as an object`)
}

/** A list, empty when it was left out. */
export function listParam(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value)) return value
  throw invalidParams(`expected ${what} as a list`)
}

/** A number as a JSON-RPC quantity: hex without leading zeros. */
export function toQuantity(value: bigint | number): Hex {
  return `0x${value.toString(16)}`
}

/** A number as 32 bytes of hex. @throws RpcFault when it does not fit */
export function toWord(value: bigint): Hex {
  const digits = value.toString(16)
  if (digits.length > 64) throw invalidParams('a word has 32 bytes')
  return `0x${digits.padStart(64, '0')}`
}
