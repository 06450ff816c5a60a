import { formatAmount } from '../chain/amount.ts'
import { listOffers, type Offer } from './offers.ts'
import { callProvider, withDeadline } from './provider-http.ts'

/** An offer, its price as people read it (0G per million tokens), and whether its provider answers right now. */
export type OfferStatus = Omit<Offer, 'pricing'> & {
  inputPricePerMillion: string
  outputPricePerMillion: string
  isUp: boolean
}

const PROBE_TIMEOUT_MS = 2_000

/** {@link listOffers} with a quick question to every provider, all at once. */
export async function listOfferStatus(options: Parameters<typeof listOffers>[0]): Promise<OfferStatus[]> {
  const offers = await listOffers(options)
  return await Promise.all(
    offers.map(async ({ pricing: _, ...offer }) => ({
      ...offer,
      inputPricePerMillion: formatAmount(offer.inputPriceWei * 1_000_000n),
      outputPricePerMillion: formatAmount(offer.outputPriceWei * 1_000_000n),
      isUp: await answers(offer, options.signal),
    })),
  )
}

async function answers(offer: Pick<Offer, 'provider' | 'url'>, signal?: AbortSignal): Promise<boolean> {
  try {
    const response = await callProvider(offer, '/v1/models', { signal: withDeadline(signal, PROBE_TIMEOUT_MS) })
    await response.body?.cancel()
    return response.ok
  } catch {
    signal?.throwIfAborted()
    return false
  }
}
