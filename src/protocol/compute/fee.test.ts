import { describe, expect, test } from 'vitest'
import { chatFee, formatUsage, parseUsage } from './fee.ts'

const usage = { promptTokens: 10, completionTokens: 4, cachedTokens: 0 }
const price = { inputPriceWei: 1000n, outputPriceWei: 2000n }

describe('fee of a chat request (§4.6)', () => {
  test('prompt × in + completion × out', () => {
    expect(chatFee(usage, price)).toEqual({ feeWei: 18000n, inputFeeWei: 10000n, outputFeeWei: 8000n })
  })

  test('cached prompt tokens cost a fraction, only when the service says so', () => {
    const cached = { ...usage, cachedTokens: 4 }
    expect(chatFee(cached, { ...price, cacheDivisor: 4 }).inputFeeWei).toBe(7000n)
    expect(chatFee(cached, price).inputFeeWei).toBe(10000n)
  })

  test('the first tier that holds the prompt multiplies both prices', () => {
    const tiers = [
      { maxInputTokens: 5, inputMultiplier: 1, outputMultiplier: 1 },
      { maxInputTokens: 10, inputMultiplier: 3, outputMultiplier: 2, inputMultiplierDenominator: 2 },
      { maxInputTokens: 0, inputMultiplier: 9, outputMultiplier: 9 },
    ]
    expect(chatFee(usage, { ...price, tiers })).toEqual({ feeWei: 31000n, inputFeeWei: 15000n, outputFeeWei: 16000n })
    expect(chatFee({ ...usage, promptTokens: 11 }, { ...price, tiers }).inputFeeWei).toBe(99000n)
  })
})

test('usage reads what it writes and refuses nonsense', () => {
  expect(parseUsage(formatUsage(usage))).toEqual(usage)
  expect(parseUsage(formatUsage({ ...usage, cachedTokens: 3 }))).toEqual({ ...usage, cachedTokens: 3 })
  for (const bad of [null, 1, {}, { prompt_tokens: -1, completion_tokens: 0 }, { prompt_tokens: 1.5 }]) {
    expect(parseUsage(bad)).toBeUndefined()
  }
})
