import type { DecodedValue } from '../client/chain/decode-abi.ts'
import { showValue } from './show-value.ts'

/** Decoded arguments on one line: `to: bob, value: 5`. Addresses go by their labels. */
export function showArgs(args: readonly DecodedValue[]): string {
  return args
    .map((arg) => {
      const value = showDecoded(arg)
      return arg.name ? `${arg.name}: ${value}` : value
    })
    .join(', ')
}

/** One decoded value; text is quoted as JSON does it where a comma or colon could be taken for ours. */
export function showDecoded({ type, value, label }: DecodedValue): string {
  if (label !== undefined) return label
  return type === 'string' && /[,:()"\n]/.test(String(value)) ? JSON.stringify(value) : showValue(value)
}
