import { utf8ToBytes } from '@noble/hashes/utils.js'
import { canonicalJson } from '../canonical-json.ts'
import { type Hex, keccak256, toHex } from '../ecdsa.ts'
import type { Usage } from './fee.ts'
import { responseText } from './response-signature.ts'

/**
 * What a user keeps of one inference: enough to check later, against the chain alone, who answered what with which model
 * for which price. Our own format (the network defines none); version 1. Amounts are decimal text in neuron (wei).
 */
export type ReceiptBody = {
  version: 1
  chainId: number
  /** InferenceServing, the contract that knows the provider's price and signer */
  contract: Hex
  provider: Hex
  /** the key that signed the answer: the provider's TEE signer as registered on chain */
  teeSigner: Hex
  /** true when the provider says that its TEE is simulated: the signature then proves the key, not the hardware */
  teeSimulated: boolean
  model: string
  /** 0G Storage root of the model, as the provider advertises it on chain; null when it advertises none */
  modelRoot: Hex | null
  user: Hex
  /** the session that paid: key id and nonce of its token */
  session: { tokenId: number; nonce: string }
  /** id of the answer at the provider (ZG-Res-Key) */
  chatId: string
  /** sha256 of the exact request bytes, hex without 0x */
  requestHash: string
  /** sha256 of the exact response bytes, hex without 0x */
  responseHash: string
  /** EIP-191 signature over `requestHash:responseHash` */
  signature: Hex
  usage: Usage
  price: { inputPriceWei: string; outputPriceWei: string }
  feeWei: string
  /** chain height at which price, signer and model root were read */
  blockNumber: number
  createdAt: string
}

export type Receipt = ReceiptBody & {
  /** keccak256 of the canonical body: changing any bound value changes the id */
  id: Hex
  /** nonce of the settlement that charged the fee; null until it is known. Not part of the id, because it comes later. */
  settlementNonce: string | null
  /** the exact bytes behind the two hashes, as text, kept by the user; not part of the id, because the hashes are */
  exchange?: { request: string; response: string }
}

const BODY_KEYS = [
  'version',
  'chainId',
  'contract',
  'provider',
  'teeSigner',
  'teeSimulated',
  'model',
  'modelRoot',
  'user',
  'session',
  'chatId',
  'requestHash',
  'responseHash',
  'signature',
  'usage',
  'price',
  'feeWei',
  'blockNumber',
  'createdAt',
] as const satisfies readonly (keyof ReceiptBody)[]

const RECEIPT_KEYS: ReadonlySet<string> = new Set([...BODY_KEYS, 'id', 'settlementNonce', 'exchange'])

/** The one text of a receipt body: JSON with sorted keys, no spaces, nothing but the bound values. */
export function encodeReceiptBody(receipt: ReceiptBody): string {
  return canonicalJson(Object.fromEntries(BODY_KEYS.map((key) => [key, receipt[key]])))
}

/** Id of a receipt: keccak256 of its canonical body. */
export function receiptId(receipt: ReceiptBody): Hex {
  return toHex(keccak256(utf8ToBytes(encodeReceiptBody(receipt))))
}

/** Completes a body to a receipt. */
export function sealReceipt(body: ReceiptBody, exchange?: { request: string; response: string }): Receipt {
  return { ...body, id: receiptId(body), settlementNonce: null, ...(exchange ? { exchange } : {}) }
}

/** The text whose signature the receipt carries. */
export function receiptText(receipt: Pick<ReceiptBody, 'requestHash' | 'responseHash'>): string {
  return responseText(receipt.requestHash, receipt.responseHash)
}

/** Checks the shape of a parsed receipt: every bound value there and of its type. Says nothing about its truth. */
export function isReceipt(value: unknown): value is Receipt {
  if (!isRecord(value) || value['version'] !== 1) return false
  // A field under a changed name would otherwise pass as one that was never there.
  if (!Object.keys(value).every((key) => RECEIPT_KEYS.has(key))) return false
  const r = value as Partial<Record<keyof Receipt, unknown>>
  const { session, usage, price, exchange } = r
  return (
    [r.id, r.contract, r.provider, r.teeSigner, r.user, r.signature].every(isHex) &&
    (r.modelRoot === null || isHex(r.modelRoot)) &&
    [r.model, r.chatId, r.createdAt].every((text) => typeof text === 'string') &&
    [r.requestHash, r.responseHash].every((hash) => typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash)) &&
    [r.chainId, r.blockNumber].every(isCount) &&
    typeof r.teeSimulated === 'boolean' &&
    isRecord(session) &&
    isCount(session['tokenId']) &&
    typeof session['nonce'] === 'string' &&
    isRecord(usage) &&
    ['promptTokens', 'completionTokens', 'cachedTokens'].every((key) => isCount(usage[key])) &&
    isRecord(price) &&
    isDecimal(price['inputPriceWei']) &&
    isDecimal(price['outputPriceWei']) &&
    isDecimal(r.feeWei) &&
    (r.settlementNonce === null || isDecimal(r.settlementNonce)) &&
    (exchange === undefined ||
      (isRecord(exchange) && typeof exchange['request'] === 'string' && typeof exchange['response'] === 'string'))
  )
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
function isHex(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-fA-F]+$/.test(value)
}
function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && /^(0|[1-9][0-9]*)$/.test(value)
}
function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
