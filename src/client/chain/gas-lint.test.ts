import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gasWarnings, lintGas } from './gas-lint.ts'

const receipt = (gasUsed: bigint) => ({ gasUsed: `0x${gasUsed.toString(16)}`, effectiveGasPrice: '0xa' }) as const

describe('the 80 % rule', () => {
  test('what is under four fifths of the limit is charged as four fifths', () => {
    expect(lintGas(receipt(21_000n), 100_000n)).toEqual({
      minimumGas: 80_000,
      minimumFeeWei: 800_000n,
      extraFeeWei: 590_000n,
      freeGasLimit: 26_250,
    })
    expect(lintGas(receipt(80_000n), 100_000n)).toBeNull()
    expect(lintGas(receipt(79_999n), 100_000n)).not.toBeNull()
  })

  test('the limit it names is free, and one unit more than five fourths is not', async () => {
    await fc.assert(
      fc.property(fc.bigInt({ min: 21_000n, max: 60_000_000n }), (used) => {
        const lint = lintGas(receipt(used), used * 2n)
        expect(lintGas(receipt(used), BigInt(lint?.freeGasLimit ?? 0))).toBeNull()
        expect(lintGas(receipt(used), (used * 5n) / 4n + 2n)).not.toBeNull()
      }),
    )
  })

  test('in words, where it is more than an estimate cannot help', () => {
    const [warning] = gasWarnings(lintGas(receipt(50_000n), 100_000n), 50_000)
    expect(warning).toContain('80000 gas instead of 50000 (60 % more)')
    expect(gasWarnings(lintGas(receipt(50_000n), 77_500n), 50_000)).toEqual([])
    expect(gasWarnings(null, 50_000)).toEqual([])
  })
})
