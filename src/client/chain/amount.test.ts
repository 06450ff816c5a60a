import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatAmount, parseAmount } from './amount.ts'

describe('amounts', () => {
  test.each([
    ['1', 10n ** 18n],
    ['1.5', 15n * 10n ** 17n],
    ['.5', 5n * 10n ** 17n],
    ['2.', 2n * 10n ** 18n],
    ['0.000000000000000001', 1n],
    ['1_000 0G', 1000n * 10n ** 18n],
    ['21000wei', 21000n],
    ['0', 0n],
  ])('%s', (text, wei) => {
    expect(parseAmount(text)).toBe(wei)
  })

  test.each(['', '.', '-1', '1e3', '1,5', '0x10', '0.0000000000000000001', 'ten', '1.2.3', 'wei', '1.5wei'])(
    'refuses %j',
    (text) => {
      expect(() => parseAmount(text)).toThrowError(expect.objectContaining({ code: 'VALUE_INVALID' }))
    },
  )

  test('formatting and parsing are inverse, to the last wei', async () => {
    await fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n }), (wei) => {
        expect(parseAmount(formatAmount(wei))).toBe(wei)
      }),
    )
    expect(formatAmount(-15n * 10n ** 17n)).toBe('-1.5')
  })
})
