import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import {
  checksumAddress,
  fromHex,
  type Hex,
  isSameAddress,
  keccak256,
  recoverDigestSigner,
  signDigest,
  toHex,
} from '../ecdsa.ts'

/**
 * Settlement of inference fees: one EIP-712 message per user and round, signed by the provider's TEE key and checked by
 * InferenceServing.settleFeesWithTEE (0G compute spec §2.2, §4.12, §8.3).
 */
export type Settlement = { requestsHash: Hex; nonce: bigint; provider: string; user: string; totalFeeWei: bigint }
export type SettlementDomain = { chainId: bigint; verifyingContract: string }

/** What a settlement sums up per request; the fees are neuron. */
export type SettledRequest = { requestHash: Hex; feeWei: bigint; inputFeeWei: bigint; outputFeeWei: bigint }

/** Status of one item of settleFeesWithTEE, in the contract's numbering. */
export const SETTLEMENT_STATUS = [
  'SUCCESS',
  'PARTIAL',
  'PROVIDER_MISMATCH',
  'NO_TEE_SIGNER',
  'INVALID_NONCE',
  'INVALID_SIGNATURE',
] as const
export type SettlementStatus = (typeof SETTLEMENT_STATUS)[number]

/** The contract takes at most this many items per call. */
export const MAX_SETTLEMENTS_PER_CALL = 50

const hashText = (text: string) => keccak256(utf8ToBytes(text))
const DOMAIN_TYPE = hashText('EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)')
const SETTLEMENT_TYPE = hashText(
  'TEESettlement(bytes32 requestsHash,uint256 nonce,address provider,address user,uint256 totalFee)',
)

/** Hash over the requests of one settlement, in order: each request's hash, user and fees as decimal text. */
export function requestsHash(user: string, requests: readonly SettledRequest[]): Hex {
  const userText = checksumAddress(user)
  const rows = requests.map((r) => `${r.requestHash}${userText}${r.feeWei}${r.inputFeeWei}${r.outputFeeWei}`)
  return toHex(hashText(rows.join('')))
}

/**
 * What names one answered request in a settlement: its chat id and the text the provider signed for it, so that a receipt
 * alone is enough to recompute it.
 */
export function settledRequestHash(chatId: string, signedText: string): Hex {
  return toHex(hashText(`${chatId}:${signedText}`))
}

export function settlementDomainSeparator(domain: SettlementDomain): Uint8Array {
  return keccak256(
    concatBytes(
      DOMAIN_TYPE,
      hashText('0G Inference Serving'),
      hashText('1'),
      word(domain.chainId),
      addressWord(domain.verifyingContract),
    ),
  )
}

/** EIP-712 digest of a settlement. */
export function settlementDigest(settlement: Settlement, domain: SettlementDomain): Uint8Array {
  const struct = keccak256(
    concatBytes(
      SETTLEMENT_TYPE,
      fromHex(settlement.requestsHash),
      word(settlement.nonce),
      addressWord(settlement.provider),
      addressWord(settlement.user),
      word(settlement.totalFeeWei),
    ),
  )
  return keccak256(concatBytes(Uint8Array.of(0x19, 0x01), settlementDomainSeparator(domain), struct))
}

/** Signs a settlement with the provider's (simulated) TEE key. */
export function signSettlement(settlement: Settlement, domain: SettlementDomain, privateKey: Hex): Hex {
  return signDigest(settlementDigest(settlement, domain), privateKey)
}

/** True when `signer` signed the settlement. */
export function isSettlementSignedBy(
  settlement: Settlement,
  domain: SettlementDomain,
  signature: string,
  signer: string,
): boolean {
  try {
    return isSameAddress(recoverDigestSigner(settlementDigest(settlement, domain), fromHex(signature)), signer)
  } catch {
    return false
  }
}

/**
 * Next settlement nonce: wall clock in units of 1e-7 s as providers use, yet above every nonce used before, so that two
 * settlements within one tick never share one.
 */
export function nextSettlementNonce(nowMs: number, lastNonce: bigint): bigint {
  const byClock = BigInt(nowMs) * 10_000n
  return byClock > lastNonce ? byClock : lastNonce + 1n
}

function word(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0'))
}

function addressWord(address: string): Uint8Array {
  return fromHex(address.slice(2).toLowerCase().padStart(64, '0'))
}
