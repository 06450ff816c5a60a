import type { PriceTier } from './fee.ts'

/**
 * `additionalInfo` of an inference service on chain: JSON that official clients read for TEE verification, plus our own keys
 * `ModelRoot` (0G Storage root of the model) and `TEESimulated` (0G compute spec §3.8, §4.11).
 */
export type ServiceInfo = {
  VerifierURL: string
  TEEVerifier: string
  TargetSeparated: boolean
  ImageName: string
  ImageDigest: string
  ProviderType: string
  ModelRoot?: string
  TEESimulated?: boolean
  tieredPricing?: { tiers: PriceTier[] }
  cacheTokenBilling?: { divisor: number }
}

/** Parses additionalInfo; empty when it is not a JSON object (which also means: not verifiable for official clients). */
export function parseServiceInfo(additionalInfo: string): Partial<ServiceInfo> {
  try {
    const value: unknown = JSON.parse(additionalInfo)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
  } catch {
    return {}
  }
}
