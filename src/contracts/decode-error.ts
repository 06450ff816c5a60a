import * as AbiParameters from 'ox/AbiParameters'
import { ERROR_SENTENCES } from './error-sentences.ts'
import { ERRORS } from './generated/errors.ts'

type Hex = `0x${string}`
type AbiInput = { readonly name: string; readonly type: string }
type ErrorEntry = { name: string; signature: string; inputs: readonly AbiInput[]; contracts: readonly string[] }

/** A revert in words. `args` are decoded values by name (by position where the error does not name them). */
export type DecodedError = {
  name: string
  /** `Name(type,type)`, or `Error(string)` and `Panic(uint256)` for Solidity's own */
  signature: string
  selector: Hex
  args: Record<string, unknown>
  /** contracts that can revert with it; empty for Solidity's own */
  contracts: readonly string[]
  sentence: string
  hint: string
}

const TABLE: Readonly<Record<string, ErrorEntry>> = ERRORS

/** `require(…, "reason")` and compiler-made panics, which need no ABI. */
const BUILT_IN: Readonly<Record<string, ErrorEntry>> = {
  '0x08c379a0': {
    name: 'Error',
    signature: 'Error(string)',
    inputs: [{ name: 'reason', type: 'string' }],
    contracts: [],
  },
  '0x4e487b71': {
    name: 'Panic',
    signature: 'Panic(uint256)',
    inputs: [{ name: 'code', type: 'uint256' }],
    contracts: [],
  },
}

/** Panic codes of Solidity (documentation, "Panic via assert and Error via require"). */
const PANICS: Readonly<Record<string, string>> = {
  1: 'an assertion failed',
  17: 'an arithmetic operation overflowed',
  18: 'a division by zero',
  33: 'a value that is no member of its enum',
  34: 'a badly encoded storage byte array',
  49: 'pop() on an empty array',
  50: 'an array index out of bounds',
  65: 'too much memory allocated',
  81: 'a call to an uninitialised function pointer',
}

/**
 * Decodes the data of a revert over every contract of the network.
 * @returns undefined when the data is shorter than a selector, its selector is unknown or its arguments do not decode.
 */
export function decodeCustomError(data: string): DecodedError | undefined {
  if (!/^0x([0-9a-f]{2}){4,}$/i.test(data)) return undefined
  const selector = data.slice(0, 10).toLowerCase() as Hex
  const entry = BUILT_IN[selector] ?? TABLE[selector]
  if (!entry) return undefined
  const args = decodeArgs(entry.inputs, `0x${data.slice(10)}`)
  if (!args) return undefined
  return { ...pick(entry), selector, args, ...inWords(entry, args) }
}

function pick({ name, signature, contracts }: ErrorEntry): Pick<DecodedError, 'name' | 'signature' | 'contracts'> {
  return { name, signature, contracts }
}

function decodeArgs(inputs: readonly AbiInput[], data: Hex): Record<string, unknown> | undefined {
  if (inputs.length === 0) return {}
  try {
    const values = AbiParameters.decode(inputs as AbiParameters.AbiParameters, data) as readonly unknown[]
    return Object.fromEntries(inputs.map(({ name }, index) => [name || String(index), values[index]]))
  } catch {
    return undefined
  }
}

function inWords(entry: ErrorEntry, args: Record<string, unknown>): { sentence: string; hint: string } {
  if (entry.name === 'Panic' && entry.contracts.length === 0)
    return {
      sentence: `the contract panicked: ${PANICS[String(args['code'])] ?? `code ${String(args['code'])}`}`,
      hint: 'this is a defect of the contract that was called, not of the call',
    }
  const words = ERROR_SENTENCES[entry.signature] ?? ERROR_SENTENCES[entry.name]
  if (!words) return { sentence: `${entry.name}(${listArgs(args)})`, hint: 'check the arguments of the call' }
  const [sentence, hint] = words
  return { sentence: fill(sentence, args), hint: fill(hint, args) }
}

function listArgs(args: Record<string, unknown>): string {
  return Object.entries(args)
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join(', ')
}

function fill(template: string, args: Record<string, unknown>): string {
  return template.replace(/\{(\w+)(?::(\w+))?\}/g, (_, name: string, unit?: string) => format(args[name], unit))
}

function format(value: unknown, unit: string | undefined): string {
  if (unit === '0G' && typeof value === 'bigint') return `${asTokens(value)} 0G`
  if (unit === 's' && typeof value === 'bigint') return `${value} s`
  return String(value)
}

/** Wei as a decimal number of tokens, exact. */
function asTokens(wei: bigint): string {
  const digits = wei.toString().padStart(19, '0')
  const fraction = digits.slice(-18).replace(/0+$/, '')
  return fraction === '' ? digits.slice(0, -18) : `${digits.slice(0, -18)}.${fraction}`
}
