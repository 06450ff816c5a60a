import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'
import { fromHex, type Hex, isSameAddress, personalDigest, recoverDigestSigner, signDigest } from '../ecdsa.ts'

/** The provider's signature over one answer: it binds the exact request and response bytes (0G compute spec §4.7). */
export type SignedResponse = { text: string; signature: Hex; signing_address: string; signing_algo: 'ecdsa' }

/** sha256 of bytes, lower-case hex without 0x, as the signed text carries it. */
export function sha256Hex(bytes: Uint8Array): string {
  return bytesToHex(sha256(bytes))
}

/** The text a provider signs for an answer: `sha256(request):sha256(response)`. */
export function responseText(requestHash: string, responseHash: string): string {
  return `${requestHash}:${responseHash}`
}

/** Signs the text of an answer with the provider's (simulated) TEE key. */
export function signResponse(text: string, privateKey: Hex, signer: string): SignedResponse {
  const signature = signDigest(personalDigest(utf8ToBytes(text)), privateKey)
  return { text, signature, signing_address: signer, signing_algo: 'ecdsa' }
}

/** Address whose key signed the text, or undefined when the signature is malformed. */
export function recoverResponseSigner(text: string, signature: string): Hex | undefined {
  try {
    return recoverDigestSigner(personalDigest(utf8ToBytes(text)), fromHex(signature))
  } catch {
    return undefined
  }
}

/** True when `signer` signed the text of an answer. */
export function isResponseSignedBy(text: string, signature: string, signer: string): boolean {
  const recovered = recoverResponseSigner(text, signature)
  return recovered !== undefined && isSameAddress(recovered, signer)
}
