import { utf8ToBytes } from '@noble/hashes/utils.js'
import { contractAbi } from '../../contracts/abi.ts'
import { isOgError } from '../../errors/og-error.ts'
import { isSameAddress } from '../../protocol/compute/ecdsa.ts'
import { chatFee, formatUsage } from '../../protocol/compute/fee.ts'
import { type Receipt, receiptId, receiptText } from '../../protocol/compute/receipt.ts'
import { recoverResponseSigner, sha256Hex } from '../../protocol/compute/response-signature.ts'
import { getEvents } from '../chain/contract.ts'
import type { NetworkProfile } from '../profile.ts'
import { type Evidence, type EvidenceLink, overallVerdict } from '../verify/evidence.ts'
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
  try {
    const contracts = computeContracts(profile)
    const service = await readService(contracts, receipt.provider, signal)
    if (!service) {
      const note = 'the provider is no longer registered on chain'
      return [network, unchecked('signer, model and price are those registered on chain', note)]
    }
    const offer = offerOf(service)
    return [
      network,
      await signerLink(receipt, offer, contracts, signal),
      modelLink(receipt, offer),
      await priceLink(receipt, offer, contracts, signal),
      feeLink(receipt, offer),
      await settlementLink(receipt, offer, contracts, signal),
    ]
  } catch (error) {
    signal?.throwIfAborted()
    if (!isOgError(error)) throw error
    return [network, unchecked('signer, model and price are those registered on chain', error.message)]
  }
}

/** The signer now, or the one that was acknowledged when the receipt was written. */
async function signerLink(
  receipt: Receipt,
  offer: Offer,
  contracts: ComputeContracts,
  signal?: AbortSignal,
): Promise<EvidenceLink> {
  const claim = 'the signer is the one the network acknowledged for this provider'
  const simulation = offer.teeSimulated ? { simulated: true, note: TEE_NOTE } : {}
  if (isSameAddress(offer.teeSigner, receipt.teeSigner) && offer.acknowledged) {
    return { ...compare(claim, receipt.teeSigner.toLowerCase(), offer.teeSigner.toLowerCase()), ...simulation }
  }
  const history = await getEvents<{ teeSignerAddress: string; acknowledged: boolean }>({
    rpc: contracts.rpc,
    address: contracts.inference,
    abi: contractAbi('InferenceServing'),
    eventName: 'ProviderTEESignerAcknowledged',
    args: { provider: receipt.provider },
    toBlock: BigInt(receipt.blockNumber),
    signal,
  })
  const last = history.at(-1)?.args
  const then = last?.acknowledged ? last.teeSignerAddress : 'none'
  return { ...compare(claim, receipt.teeSigner.toLowerCase(), then.toLowerCase()), ...simulation }
}

function modelLink(receipt: Receipt, offer: Offer): EvidenceLink {
  const claim = 'the model is the one the provider advertises on chain'
  const expected = `${receipt.model} ${receipt.modelRoot ?? 'without a root'}`
  const actual = `${offer.model} ${offer.modelRoot ?? 'without a root'}`
  if (expected === actual) return compare(claim, expected, actual)
  if (Date.parse(offer.updatedAt) > Date.parse(receipt.createdAt)) {
    return { ...unchecked(claim, 'the provider changed its service after this receipt'), expected, actual }
  }
  return compare(claim, expected, actual)
}

/** The price now, or the one last published up to the receipt's block. */
async function priceLink(
  receipt: Receipt,
  offer: Offer,
  contracts: ComputeContracts,
  signal?: AbortSignal,
): Promise<EvidenceLink> {
  const claim = 'the price is the one published on chain'
  const describe = (input: bigint | string, output: bigint | string) => `${input} in, ${output} out (wei per token)`
  const expected = describe(receipt.price.inputPriceWei, receipt.price.outputPriceWei)
  const now = describe(offer.inputPriceWei, offer.outputPriceWei)
  if (expected === now) return compare(claim, expected, now)
  const history = await getEvents<{ inputPrice: bigint; outputPrice: bigint }>({
    rpc: contracts.rpc,
    address: contracts.inference,
    abi: contractAbi('InferenceServing'),
    eventName: 'ServiceUpdated',
    args: { service: receipt.provider },
    toBlock: BigInt(receipt.blockNumber),
    signal,
  })
  const last = history.at(-1)?.args
  return compare(claim, expected, last ? describe(last.inputPrice, last.outputPrice) : 'none')
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
