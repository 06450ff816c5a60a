/** Tokens of one request, as the answer's `usage` block reports them. */
export type Usage = { promptTokens: number; completionTokens: number; cachedTokens: number }

/** Prices of a service, in neuron (wei) per token. */
type TokenPrice = { inputPriceWei: bigint; outputPriceWei: bigint }

export type PriceTier = {
  /** largest prompt this tier applies to; 0 = any */
  maxInputTokens: number
  inputMultiplier: number
  outputMultiplier: number
  inputMultiplierDenominator?: number
  outputMultiplierDenominator?: number
}

export type Pricing = TokenPrice & {
  tiers?: readonly PriceTier[]
  /** cached prompt tokens cost 1/divisor of the input price */
  cacheDivisor?: number
}

export type Fee = { feeWei: bigint; inputFeeWei: bigint; outputFeeWei: bigint }

/**
 * What a chat request costs (0G compute spec §4.6): prompt × in + completion × out, cached prompt tokens at 1/divisor when
 * the service bills them so, both prices multiplied by the tier the prompt length selects. Integer neuron, rounded down.
 */
export function chatFee(usage: Usage, pricing: Pricing): Fee {
  const tier = selectTier(pricing.tiers ?? [], usage.promptTokens)
  const inputPrice = scale(pricing.inputPriceWei, tier?.inputMultiplier, tier?.inputMultiplierDenominator)
  const outputPrice = scale(pricing.outputPriceWei, tier?.outputMultiplier, tier?.outputMultiplierDenominator)
  const cached = pricing.cacheDivisor ? Math.min(usage.cachedTokens, usage.promptTokens) : 0
  const cachedFee = pricing.cacheDivisor ? (BigInt(cached) * inputPrice) / BigInt(pricing.cacheDivisor) : 0n
  const inputFeeWei = BigInt(usage.promptTokens - cached) * inputPrice + cachedFee
  const outputFeeWei = BigInt(usage.completionTokens) * outputPrice
  return { feeWei: inputFeeWei + outputFeeWei, inputFeeWei, outputFeeWei }
}

/** First tier whose limit holds the prompt; undefined = list price. */
function selectTier(tiers: readonly PriceTier[], promptTokens: number): PriceTier | undefined {
  return tiers.find((tier) => tier.maxInputTokens === 0 || promptTokens <= tier.maxInputTokens)
}

function scale(priceWei: bigint, multiplier = 1, denominator = 1): bigint {
  return (priceWei * BigInt(multiplier)) / BigInt(denominator)
}

/** Reads an OpenAI-shaped `usage` object; undefined when it is not one. */
export function parseUsage(value: unknown): Usage | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const usage = value as {
    prompt_tokens?: unknown
    completion_tokens?: unknown
    prompt_tokens_details?: { cached_tokens?: unknown } | null
  }
  const isCount = (n: unknown): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage
  if (!isCount(promptTokens) || !isCount(completionTokens)) return undefined
  const cachedTokens = usage.prompt_tokens_details?.cached_tokens ?? 0
  return isCount(cachedTokens) ? { promptTokens, completionTokens, cachedTokens } : undefined
}

/** The OpenAI `usage` object of a request. */
export function formatUsage(usage: Usage): Record<string, unknown> {
  return {
    prompt_tokens: usage.promptTokens,
    completion_tokens: usage.completionTokens,
    total_tokens: usage.promptTokens + usage.completionTokens,
    ...(usage.cachedTokens > 0 ? { prompt_tokens_details: { cached_tokens: usage.cachedTokens } } : {}),
  }
}
