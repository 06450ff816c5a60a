/** Configuration of one compute provider, handed over by the supervisor. Prices are decimal text in neuron (wei) per token. */
export type ProviderConfig = {
  /** names of the services it talks to */
  chain: string
  gateway: string
  chainId?: number
  mnemonic: string
  /** account that owns the service on chain and receives the fees */
  providerIndex: number
  /** account whose key stands for the key inside a TEE */
  signerIndex: number
  contracts: Record<string, `0x${string}`>
  priceIn: string | number
  priceOut: string | number
  /** name of the model on the marketplace */
  model: string
  /** local folder of the model; put into 0G Storage when it is not there yet */
  modelDir?: string
  /** 0G Storage root of the model, when it is to be fetched from storage instead */
  modelRoot?: `0x${string}`
  settleIntervalMs?: number
  limits?: Partial<ProviderLimits>
}

/** Admission limits; the defaults are those of the public network (0G compute spec §4.10), save the per-IP rate. */
export type ProviderLimits = {
  maxBodyBytes: number
  maxConcurrent: number
  maxConcurrentPerUser: number
  /** requests per second of one IP address; 0 = no limit, the default: on one machine everybody has the same address */
  requestsPerSecond: number
}

export const DEFAULT_LIMITS: ProviderLimits = {
  maxBodyBytes: 32 * 1024 * 1024,
  maxConcurrent: 20,
  maxConcurrentPerUser: 5,
  requestsPerSecond: 0,
}
