import { ogError } from '../../errors/og-error.ts'

const DECIMALS = 18
const WEI_PER_0G = 10n ** BigInt(DECIMALS)

/**
 * Wei of an amount in 0G written in decimal (`1`, `0.5`, `1_000`), or in wei when it ends in `wei`. Exact: no floating point.
 * @throws OgError VALUE_INVALID when it is not a number or has more than 18 decimals
 */
export function parseAmount(text: string): bigint {
  const clean = text
    .trim()
    .replaceAll('_', '')
    .replace(/\s*0g$/i, '')
  const wei = /^(\d+)\s*wei$/i.exec(clean)
  if (wei?.[1]) return BigInt(wei[1])
  const match = /^(\d*)(?:\.(\d*))?$/.exec(clean)
  const whole = match?.[1] ?? ''
  const fraction = match?.[2] ?? ''
  if (!match || whole + fraction === '' || fraction.length > DECIMALS) {
    throw ogError('VALUE_INVALID', {
      value: JSON.stringify(text),
      expected: 'an amount of 0G (at most 18 decimals)',
      example: 'for example 1.5, 0.000001 or 21000wei',
    })
  }
  return BigInt(whole || '0') * WEI_PER_0G + BigInt(fraction.padEnd(DECIMALS, '0'))
}

/** An amount of wei in 0G, exact, without trailing zeros: 1500000000000000000n → '1.5'. */
export function formatAmount(wei: bigint): string {
  const sign = wei < 0n ? '-' : ''
  const size = wei < 0n ? -wei : wei
  const fraction = (size % WEI_PER_0G).toString().padStart(DECIMALS, '0').replace(/0+$/, '')
  return `${sign}${size / WEI_PER_0G}${fraction ? `.${fraction}` : ''}`
}
