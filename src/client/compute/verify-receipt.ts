import { utf8ToBytes } from '@noble/hashes/utils.js'
import { isOgError } from '../../errors/og-error.ts'
import { chatFee, formatUsage } from '../../protocol/compute/fee.ts'
import { type Receipt, receiptId, receiptText } from '../../protocol/compute/receipt.ts'
import { recoverResponseSigner, sha256Hex } from '../../protocol/compute/response-signature.ts'
import { isSameAddress } from '../../protocol/ecdsa.ts'
import type { NetworkProfile } from '../profile.ts'
import { type Evidence, type EvidenceLink, overallVerdict } from '../verify/evidence.ts'
import { offerAt } from './offer-history.ts'
import { type Offer, offerOf } from './offers.ts'
import { answerOf } from './recorded-answer.ts'
import { type ComputeContracts, computeContracts, readService } from './serving.ts'
import { settlementLink } from './settlement-evidence.ts'

const TEE_NOTE = 'the TEE is simulated: the signature proves the key registered on chain, not any hardware'

/**
 * Checks a receipt link by link: its own hash, the signature and its signer on chain, the exact request and answer, the model's
 * root, price, fee and settlement. Nothing is taken from the provider on trust; what cannot be asked is `unchecked`.
 * Never throws for a false or uncheckable receipt.
 * @example const { verdict } = await verifyReceipt(receipt, { profile })
 */
export async function verifyReceipt(
  receipt: Receipt,
  { profile, signal }: { profile: NetworkProfile; signal?: AbortSignal | undefined },
): Promise<Evidence> {
  const links = [...checkItself(receipt), ...(await checkAgainstChain(receipt, profile, signal))]
  return { subject: receipt.id, kind: 'receipt', verdict: overallVerdict(links), links }
}

/** A link that compares two values. */
function compare(claim: string, expected: string, actual: string, isSame = expected === actual): EvidenceLink {
  return { claim, verdict: isSame ? 'true' : 'false', expected, actual }
}

/** What needs no network: hash, signature, bytes, usage, fee. */
function checkItself(receipt: Receipt): EvidenceLink[] {
  const signer = recoverResponseSigner(receiptText(receipt), receipt.signature)
  const simulation = receipt.teeSimulated ? { simulated: true, note: TEE_NOTE } : {}
  const links: EvidenceLink[] = [
    compare('the receipt is unchanged since it was written', receipt.id, receiptId(receipt)),
    {
      ...compare(
        'request and answer are signed by the key the receipt names',
        receipt.teeSigner,
        signer ?? 'no signer',
        signer !== undefined && isSameAddress(signer, receipt.teeSigner),
      ),
      ...simulation,
    },
  ]
  if (receipt.exchange) {
    const { request, response } = receipt.exchange
    links.push(
      compare('the request kept is the one that was signed', receipt.requestHash, sha256Hex(utf8ToBytes(request))),
      compare('the answer kept is the one that was signed', receipt.responseHash, sha256Hex(utf8ToBytes(response))),
    )
    const usage = answerOf(response)?.usage
    const expected = JSON.stringify(formatUsage(receipt.usage))
    links.push(
      compare('the answer reports the tokens charged', expected, usage ? JSON.stringify(formatUsage(usage)) : 'none'),
    )
  }
  return links
}

async function checkAgainstChain(
  receipt: Receipt,
  profile: NetworkProfile,
  signal?: AbortSignal,
): Promise<EvidenceLink[]> {
  const network = compare(
    'the receipt belongs to this network',
    `chain ${receipt.chainId}, contract ${receipt.contract.toLowerCase()}`,
    `chain ${profile.chainId}, contract ${profile.contracts['InferenceServing']?.toLowerCase()}`,
  )
  if (network.verdict === 'false') return [network]
  const claim = 'signer, model and price are those registered on chain'
  try {
    const contracts = computeContracts(profile)
    const offer = await publishedOffer(receipt, contracts, signal)
    if (!offer) return [network, unchecked(claim, 'the chain tells of no such service at the time of the receipt')]
    return [
      network,
      ...compareTerms(receipt, offer),
      feeLink(receipt, offer),
      await settlementLink(receipt, offer, contracts, signal),
    ]
  } catch (error) {
    signal?.throwIfAborted()
    if (!isOgError(error)) throw error
    return [network, unchecked(claim, error.message)]
  }
}

/** The provider's offer now when the receipt agrees with it, else the one of the receipt's block. Its URL is always today's. */
async function publishedOffer(
  receipt: Receipt,
  contracts: ComputeContracts,
  signal?: AbortSignal,
): Promise<Offer | undefined> {
  const service = await readService(contracts, receipt.provider, signal)
  const now = service && offerOf(service)
  if (now && compareTerms(receipt, now).every((link) => link.verdict === 'true')) return now
  const then = await offerAt(contracts, receipt.provider, receipt.blockNumber, signal)
  return then && now ? { ...then, url: now.url } : (then ?? now)
}

/** Signer, model and price of the receipt against what was published. */
function compareTerms(receipt: Receipt, offer: Offer): EvidenceLink[] {
  const signer = offer.acknowledged ? offer.teeSigner.toLowerCase() : 'none'
  const model = ({ model: name, modelRoot }: Pick<Offer, 'model' | 'modelRoot'>) =>
    `${name} ${modelRoot ?? 'without a root'}`
  const price = (input: bigint | string, output: bigint | string) => `${input} in, ${output} out (wei per token)`
  return [
    {
      ...compare(
        'the signer is the one the network acknowledged for this provider',
        receipt.teeSigner.toLowerCase(),
        signer,
      ),
      ...(offer.teeSimulated ? { simulated: true, note: TEE_NOTE } : {}),
    },
    compare('the model is the one the provider advertised on chain', model(receipt), model(offer)),
    compare(
      'the price is the one published on chain',
      price(receipt.price.inputPriceWei, receipt.price.outputPriceWei),
      price(offer.inputPriceWei, offer.outputPriceWei),
    ),
  ]
}

function feeLink(receipt: Receipt, offer: Offer): EvidenceLink {
  const { inputPriceWei, outputPriceWei } = receipt.price
  const price = { inputPriceWei: BigInt(inputPriceWei), outputPriceWei: BigInt(outputPriceWei) }
  const fee = chatFee(receipt.usage, { ...offer.pricing, ...price }).feeWei
  return compare('the fee is tokens times price', `${receipt.feeWei} wei`, `${fee} wei`)
}

function unchecked(claim: string, note: string): EvidenceLink {
  return { claim, verdict: 'unchecked', note }
}
