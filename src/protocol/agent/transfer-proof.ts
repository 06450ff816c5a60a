import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { fromHex, type Hex, keccak256, personalDigest, recoverDigestSigner, signDigest, toHex } from '../ecdsa.ts'

/**
 * The proofs that move an agent, in the bytes its verifier contract checks (0G agent spec §2.3, dialect D2). Signatures are
 * over the *text* of a hash ("0x" and 64 lower-case digits), as `wallet.signMessage(hash)` makes them.
 */

/** `oracleType` of a proof signed in a TEE, the only type with a verifier. */
const TEE = 0

/** By the receiver or its assistant: "seal the key to targetPubkey"; empty means the receiver's own Ethereum key. */
export type AccessProof = { dataHash: Hex; targetPubkey: Hex; nonce: Hex; proof: Hex }

/** By the oracle: "the key of dataHash was sealed to targetPubkey, giving sealedKey". */
export type OwnershipProof = {
  oracleType: number
  dataHash: Hex
  sealedKey: Hex
  targetPubkey: Hex
  nonce: Hex
  proof: Hex
}

export type TransferValidityProof = { accessProof: AccessProof; ownershipProof: OwnershipProof }

/** keccak256(dataHash ‖ targetPubkey ‖ nonce). */
export function accessHash({ dataHash, targetPubkey, nonce }: Omit<AccessProof, 'proof'>): Hex {
  return packedHash(dataHash, targetPubkey, nonce)
}

/** keccak256(dataHash ‖ sealedKey ‖ targetPubkey ‖ nonce). */
export function ownershipHash(proof: Omit<OwnershipProof, 'proof' | 'oracleType'>): Hex {
  return packedHash(proof.dataHash, proof.sealedKey, proof.targetPubkey, proof.nonce)
}

/** EIP-191 digest of the 66-character text of a hash: what both signatures are over. */
export function textDigest(hash: Hex): Uint8Array {
  return personalDigest(utf8ToBytes(hash))
}

/** Completes an access proof with the receiver's signature. */
export function signAccessProof(proof: Omit<AccessProof, 'proof'>, privateKey: Hex): AccessProof {
  return { ...proof, proof: signDigest(textDigest(accessHash(proof)), privateKey) }
}

/** Completes an ownership proof with the oracle's signature. */
export function signOwnershipProof(
  proof: Omit<OwnershipProof, 'proof' | 'oracleType'>,
  privateKey: Hex,
): OwnershipProof {
  return { oracleType: TEE, ...proof, proof: signDigest(textDigest(ownershipHash(proof)), privateKey) }
}

/** Who signed an access proof (checksummed address); undefined when the signature has no signer. */
export function accessSigner(proof: AccessProof): Hex | undefined {
  return signerOf(accessHash(proof), proof.proof)
}

/** Who signed an ownership proof (checksummed address); undefined when the signature has no signer. */
export function ownershipSigner(proof: OwnershipProof): Hex | undefined {
  return signerOf(ownershipHash(proof), proof.proof)
}

/**
 * Under which key a verifier remembers a nonce spent by an agent contract: keccak256(abi.encode(nonce, contract)). Access and
 * ownership nonces share that memory, so the two nonces of one proof must differ.
 */
export function nonceKey(nonce: Hex, contract: Hex): Hex {
  const bytes = fromHex(nonce)
  const padded = new Uint8Array(Math.ceil(bytes.length / 32) * 32)
  padded.set(bytes)
  return toHex(keccak256(concatBytes(word(0x40n), word(BigInt(contract)), word(BigInt(bytes.length)), padded)))
}

/** Address that a 64-byte public key controls, lower case: what an empty targetPubkey is checked against. */
export function addressOfContractKey(publicKey: Uint8Array): Hex {
  return toHex(keccak256(publicKey).subarray(12))
}

function signerOf(hash: Hex, signature: Hex): Hex | undefined {
  const bytes = fromHex(signature)
  if (bytes.length !== 65) return undefined
  try {
    return recoverDigestSigner(textDigest(hash), bytes)
  } catch {
    return undefined
  }
}

function packedHash(...parts: Hex[]): Hex {
  return toHex(keccak256(concatBytes(...parts.map(fromHex))))
}

function word(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, '0'))
}

/** 64-byte public key of whoever signed an access proof; undefined when the signature has no signer. */
export function accessSignerKey(proof: AccessProof): Uint8Array | undefined {
  const signature = fromHex(proof.proof)
  const recovery = (signature[64] ?? 0) - 27
  if (signature.length !== 65 || (recovery !== 0 && recovery !== 1)) return undefined
  try {
    const compact = concatBytes(Uint8Array.of(recovery), signature.subarray(0, 64))
    const point = secp256k1.recoverPublicKey(compact, textDigest(accessHash(proof)), { prehash: false })
    return secp256k1.Point.fromBytes(point).toBytes(false).slice(1)
  } catch {
    return undefined
  }
}
