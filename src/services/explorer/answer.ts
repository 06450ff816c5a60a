import type { Hex } from '../../client/chain/rpc.ts'
import type { Parameters } from './parameters.ts'

/** Etherscan's envelope: status "1" with a result, or "0" with the reason where clients look for it. */
export type Answer = { status: '0' | '1'; message: string; result: unknown }

/** Thrown by an action to answer with status "0". */
export class Refusal extends Error {
  readonly answer: Answer

  constructor(result: string, message = 'NOTOK') {
    super(result)
    this.answer = { status: '0', message, result }
  }
}

export const ok = (result: unknown, message = 'OK'): Answer => ({ status: '1', message, result })

/** Rows, or Etherscan's way of saying that there are none. */
export const rows = (list: readonly unknown[], none: string): Answer =>
  list.length > 0 ? ok(list) : { status: '0', message: none, result: [] }

/** Result windows end here, as Etherscan's do. */
const MAX_WINDOW = 10_000

/** An address parameter in lower case. @throws Refusal in Etherscan's words */
export function addressOf(parameters: Parameters, name = 'address'): Hex {
  const text = parameters.get(name) ?? ''
  if (!/^0x[0-9a-f]{40}$/i.test(text)) throw new Refusal('Error! Invalid address format')
  return text.toLowerCase() as Hex
}

/** An address parameter that may be absent. */
export function optionalAddress(parameters: Parameters, name: string): Hex | undefined {
  return parameters.get(name) ? addressOf(parameters, name) : undefined
}

/** A 32-byte hash parameter. */
export function hashOf(parameters: Parameters, name = 'txhash'): Hex {
  const text = parameters.get(name) ?? ''
  if (!/^0x[0-9a-f]{64}$/i.test(text)) throw new Refusal(`Error! Invalid ${name}`)
  return text.toLowerCase() as Hex
}

/** A whole number, decimal or hex, within the safe integers. */
export function numberOf(parameters: Parameters, name: string, fallback?: number): number {
  const text = parameters.get(name)
  if ((text === undefined || text === '') && fallback !== undefined) return fallback
  const value = /^(\d+|0x[0-9a-f]+)$/i.test(text ?? '') ? Number(text) : Number.NaN
  if (!Number.isSafeInteger(value)) throw new Refusal(`Error! Invalid ${name}`)
  return value
}

/** A block number; `latest` and the other names of the end are the end. */
export function blockOf(parameters: Parameters, name: string, fallback: number): number {
  const text = parameters.get(name) ?? ''
  if (/^(latest|pending|safe|finalized)$/.test(text)) return Number.MAX_SAFE_INTEGER
  return text === 'earliest' ? 0 : Math.min(numberOf(parameters, name, fallback), Number.MAX_SAFE_INTEGER)
}

export type Page = { limit: number; skip: number; isDescending: boolean }

/** page and offset (Etherscan's word for the size of a page). */
export function pageOf(parameters: Parameters, defaultSize = MAX_WINDOW): Page {
  const size = Math.max(1, numberOf(parameters, 'offset', 0) || defaultSize)
  const page = Math.max(1, numberOf(parameters, 'page', 1))
  if (size * page > MAX_WINDOW)
    throw new Refusal(`Result window is too large, PageNo x Offset size must be less than or equal to ${MAX_WINDOW}`)
  return { limit: size, skip: size * (page - 1), isDescending: parameters.get('sort') === 'desc' }
}

/** A hex quantity in decimal, as Etherscan writes numbers. */
export const decimal = (quantity: string | null | undefined): string => (quantity ? BigInt(quantity).toString() : '')
