import { ogError } from '../../errors/og-error.ts'
import type { Pricing } from '../../protocol/compute/fee.ts'
import { parseServiceInfo } from '../../protocol/compute/service-info.ts'
import { type Hex, isSameAddress } from '../../protocol/ecdsa.ts'
import type { NetworkProfile } from '../profile.ts'
import { type ComputeContracts, computeContracts, type OnChainService, readServices } from './serving.ts'

/** One model offered by one provider, as the chain tells it. Prices are neuron (wei) per token. */
export type Offer = {
  model: string
  provider: Hex
  url: string
  serviceType: string
  inputPriceWei: bigint
  outputPriceWei: bigint
  verifiability: string
  teeSigner: Hex
  teeSimulated: boolean
  /** 0G Storage root of the model; null when the provider advertises none */
  modelRoot: Hex | null
  /** when price or service last changed, by the chain's clock */
  updatedAt: string
  /** the network owner vouches for the signer; offers without it are hidden by official clients */
  acknowledged: boolean
  pricing: Pricing
}

/**
 * Offers on a network, read from the chain, cheapest first. Only acknowledged ones unless `all`.
 * @throws OgError NOT_FOUND when the network has no compute marketplace, NETWORK_UNREACHABLE
 */
export async function listOffers(options: {
  profile: NetworkProfile
  all?: boolean
  signal?: AbortSignal | undefined
  contracts?: ComputeContracts
}): Promise<Offer[]> {
  const contracts = options.contracts ?? computeContracts(options.profile)
  const services = await readServices(contracts, options.signal)
  return services
    .map(offerOf)
    .filter((offer) => options.all || offer.acknowledged)
    .sort(byPrice)
}

/**
 * The offer to use: the cheapest of a model, or that of the provider named.
 * @throws OgError UNKNOWN_MODEL with the nearest name, UNKNOWN_PROVIDER
 */
export function chooseOffer(offers: readonly Offer[], model: string, provider?: string): Offer {
  const chats = offers.filter((offer) => offer.serviceType === 'chatbot')
  const ofModel = chats.filter((offer) => offer.model === model)
  if (ofModel.length === 0) throw ogError('UNKNOWN_MODEL', { model, suggestion: suggestModel(chats, model) })
  const chosen = provider === undefined ? ofModel[0] : ofModel.find((offer) => isSameAddress(offer.provider, provider))
  if (!chosen) throw ogError('UNKNOWN_PROVIDER', { provider: provider ?? '', model })
  return chosen
}

/** What a service on chain offers. */
export function offerOf(service: OnChainService): Offer {
  const info = parseServiceInfo(service.additionalInfo)
  const tiers = info.tieredPricing?.tiers
  const cacheDivisor = info.cacheTokenBilling?.divisor
  return {
    model: service.model,
    provider: service.provider,
    url: service.url.replace(/\/+$/, ''),
    serviceType: service.serviceType,
    inputPriceWei: service.inputPrice,
    outputPriceWei: service.outputPrice,
    verifiability: service.verifiability,
    teeSigner: service.teeSignerAddress,
    teeSimulated: info.TEESimulated === true,
    modelRoot: isRoot(info.ModelRoot) ? info.ModelRoot : null,
    updatedAt: new Date(Number(service.updatedAt) * 1000).toISOString(),
    acknowledged: service.teeSignerAcknowledged,
    pricing: {
      inputPriceWei: service.inputPrice,
      outputPriceWei: service.outputPrice,
      ...(tiers ? { tiers } : {}),
      ...(cacheDivisor ? { cacheDivisor } : {}),
    },
  }
}

function byPrice(a: Offer, b: Offer): number {
  const difference = a.inputPriceWei + a.outputPriceWei - (b.inputPriceWei + b.outputPriceWei)
  if (difference !== 0n) return difference < 0n ? -1 : 1
  return a.model.localeCompare(b.model) || a.provider.localeCompare(b.provider)
}

function suggestModel(offers: readonly Offer[], model: string): string {
  const known = [...new Set(offers.map((offer) => offer.model))]
  if (known.length === 0) return 'there are no offers at all: is a provider running? `0g devnet status`'
  const nearest = known
    .map((name) => ({ name, distance: editDistance(name.toLowerCase(), model.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0]
  const isNear = nearest && nearest.distance <= Math.max(2, Math.floor(nearest.name.length / 2))
  return isNear ? `did you mean ${nearest.name}?` : `on offer: ${known.join(', ')}; see \`0g compute ls\``
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substitution))
    }
    row = next
  }
  return row[b.length] ?? 0
}

function isRoot(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-f]{64}$/i.test(value)
}
