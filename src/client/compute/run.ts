import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { isOgError, ogError } from '../../errors/og-error.ts'
import { chatFee, type Usage } from '../../protocol/compute/fee.ts'
import { type Receipt, sealReceipt } from '../../protocol/compute/receipt.ts'
import { recoverResponseSigner, responseText, sha256Hex } from '../../protocol/compute/response-signature.ts'
import { checksumAddress, type Hex, isSameAddress } from '../../protocol/ecdsa.ts'
import type { Wallet } from '../chain/wallet.ts'
import type { NetworkProfile } from '../profile.ts'
import { createChatStreamReader } from './chat-stream.ts'
import { ensureFunded } from './ledger.ts'
import { chooseOffer, listOffers, type Offer } from './offers.ts'
import { type OnComputeStep, reportStep } from './progress.ts'
import { callProvider, fetchSignature, refusal, unreachable } from './provider-http.ts'
import { saveReceipt } from './receipt-store.ts'
import { type ComputeContracts, computeContracts } from './serving.ts'
import { openSession, type Session } from './session.ts'

export type ChatMessage = { role: 'system' | 'user' | 'assistant'; content: string }

export type InferenceOptions = {
  profile: NetworkProfile
  wallet: Wallet
  model: string
  messages: readonly ChatMessage[]
  maxTokens?: number | undefined
  /** 0 (the default) is greedy: the same answer every time */
  temperature?: number | undefined
  /** address of the provider to use; the cheapest otherwise */
  provider?: string | undefined
  /** called with each piece of the answer as it arrives, before its signature can be checked */
  onToken?: ((text: string) => void) | undefined
  onStep?: OnComputeStep | undefined
  signal?: AbortSignal | undefined
}

export type InferenceResult = {
  text: string
  usage: Usage
  finishReason: string
  receipt: Receipt
  receiptFile: string
}

type Answer = {
  chatId: string
  text: string
  usage: Usage
  finishReason: string
  requestBytes: Uint8Array
  responseBytes: Uint8Array
}

/** Room for the prompt and a generous answer when the caller names no limit: only used to reserve funds. */
const ASSUMED_TOKENS = 4096n

/**
 * Runs one chat through a provider found on chain: funds the sub-account when needed, opens a session, streams the answer,
 * and calls it good only after the provider's signature over exactly these bytes was checked against the signer on chain.
 * The receipt is saved in the profile's state directory.
 * @throws OgError UNKNOWN_MODEL, UNKNOWN_PROVIDER, LEDGER_UNFUNDED, INSUFFICIENT_FUNDS, PROVIDER_UNREACHABLE,
 *   PROVIDER_REFUSED, ANSWER_INVALID, SIGNATURE_INVALID
 * @example const { text, receipt } = await runInference({ profile, wallet, model: 'og-tiny', messages })
 */
export async function runInference(options: InferenceOptions): Promise<InferenceResult> {
  const { profile, wallet, model, onStep, signal } = options
  const contracts = computeContracts(profile)
  const [offers, blockNumber] = await reportStep(onStep, 'offers', 'read the offers on chain', () =>
    Promise.all([
      listOffers({ profile, contracts, signal }),
      contracts.rpc.request<Hex>('eth_blockNumber', [], { signal }),
    ]),
  )
  const offer = chooseOffer(offers, model, options.provider)
  const { answer, session } = await askWithFunds(options, contracts, offer)
  const signature = await reportStep(onStep, 'verify', 'check the signature of the answer', () =>
    checkSignature(offer, answer, signal),
  )
  const receipt = sealReceipt(
    {
      version: 1,
      chainId: contracts.chainId,
      contract: checksumAddress(contracts.inference),
      provider: checksumAddress(offer.provider),
      teeSigner: checksumAddress(offer.teeSigner),
      teeSimulated: offer.teeSimulated,
      model: offer.model,
      modelRoot: offer.modelRoot,
      user: checksumAddress(wallet.address),
      session: { tokenId: session.token.tokenId, nonce: session.token.nonce },
      chatId: answer.chatId,
      requestHash: sha256Hex(answer.requestBytes),
      responseHash: sha256Hex(answer.responseBytes),
      signature,
      usage: answer.usage,
      price: { inputPriceWei: `${offer.inputPriceWei}`, outputPriceWei: `${offer.outputPriceWei}` },
      feeWei: `${chatFee(answer.usage, offer.pricing).feeWei}`,
      blockNumber: Number(blockNumber),
      createdAt: new Date().toISOString(),
    },
    { request: decodeUtf8(answer.requestBytes), response: decodeUtf8(answer.responseBytes) },
  )
  const receiptFile = await saveReceipt(profile.stateDir, receipt)
  return { text: answer.text, usage: answer.usage, finishReason: answer.finishReason, receipt, receiptFile }
}

/** Asks; when the provider says that the balance is short (unsettled fees it alone knows of), tops up once and asks again. */
async function askWithFunds(
  options: InferenceOptions,
  contracts: ComputeContracts,
  offer: Offer,
): Promise<{ answer: Answer; session: Session }> {
  const { wallet, profile, onStep, signal } = options
  const tokens = options.maxTokens === undefined ? ASSUMED_TOKENS : BigInt(options.maxTokens) + ASSUMED_TOKENS
  const feeWei = tokens * (offer.inputPriceWei + offer.outputPriceWei)
  const autoDeposit = profile.mnemonic !== undefined
  const fund = (unsettledWei: bigint) =>
    ensureFunded({ contracts, wallet, provider: offer.provider, feeWei, unsettledWei, autoDeposit, onStep, signal })

  const account = await fund(0n)
  const session = openSession(wallet, offer.provider, account.generation)
  try {
    return { answer: await ask(options, offer, session), session }
  } catch (error) {
    if (!isOgError(error) || error.code !== 'PROVIDER_REFUSED' || !error.message.includes('insufficient balance'))
      throw error
    await fund(await unsettledFee(offer, session, signal))
    return { answer: await ask(options, offer, session), session }
  }
}

async function ask(options: InferenceOptions, offer: Offer, session: Session): Promise<Answer> {
  const { messages, maxTokens, temperature = 0, onToken, signal } = options
  const request = {
    model: offer.model,
    messages,
    temperature,
    ...(maxTokens === undefined ? {} : { max_tokens: maxTokens }),
    stream: true,
    stream_options: { include_usage: true },
  }
  const requestBytes = utf8ToBytes(JSON.stringify(request)) as Uint8Array<ArrayBuffer>
  const response = await callProvider(offer, '/v1/proxy/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: session.authorization },
    body: requestBytes,
    signal,
  })
  if (!response.ok) throw await refusal(offer, response)
  const invalid = (reason: string) => ogError('ANSWER_INVALID', { provider: offer.provider, reason })
  const chatId = response.headers.get('zg-res-key')
  if (!chatId || !response.body) throw invalid('it has no id (ZG-Res-Key) or no body')

  const reader = createChatStreamReader()
  const received: Uint8Array[] = []
  let text = ''
  try {
    for await (const bytes of response.body) {
      received.push(bytes)
      const piece = reader.push(bytes)
      if (piece === '') continue
      text += piece
      onToken?.(piece)
    }
  } catch (cause) {
    signal?.throwIfAborted()
    throw unreachable(offer, cause)
  }
  if (reader.problem) throw invalid(reader.problem)
  if (!reader.isDone) throw invalid('the stream ended before its end mark')
  if (!reader.usage) throw invalid('it does not say how many tokens it used')
  const finishReason = reader.finishReason ?? 'stop'
  return { chatId, text, usage: reader.usage, finishReason, requestBytes, responseBytes: concatBytes(...received) }
}

/** Fetches the signature of an answer and checks its text against our own hashes and its signer against the chain's. */
async function checkSignature(offer: Offer, answer: Answer, signal?: AbortSignal): Promise<Hex> {
  const signed = await fetchSignature(offer, answer.chatId, offer.model, signal)
  const expected = responseText(sha256Hex(answer.requestBytes), sha256Hex(answer.responseBytes))
  if (signed.text !== expected) {
    const details = { expected, actual: signed.text }
    throw ogError('SIGNATURE_INVALID', { reason: 'it signs other bytes than were sent and received' }, { details })
  }
  const signer = recoverResponseSigner(signed.text, signed.signature)
  if (signer === undefined || !isSameAddress(signer, offer.teeSigner)) {
    const details = { expected: offer.teeSigner, actual: signer ?? null }
    throw ogError('SIGNATURE_INVALID', { reason: "its signer is not the provider's signer on chain" }, { details })
  }
  return signed.signature
}

/** What the provider has not settled yet; 0 when it does not say. */
async function unsettledFee(offer: Offer, { token, authorization }: Session, signal?: AbortSignal): Promise<bigint> {
  const response = await callProvider(offer, `/v1/user/${token.address}/unsettledfee`, {
    headers: { authorization },
    signal,
  })
  const body = (await response.json().catch(() => ({}))) as { unsettledFee?: unknown }
  return typeof body.unsettledFee === 'string' && /^\d+$/.test(body.unsettledFee) ? BigInt(body.unsettledFee) : 0n
}

function decodeUtf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}
