import { gcm } from '@noble/ciphers/aes.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, randomBytes } from '@noble/hashes/utils.js'

/**
 * A data key sealed to a secp256k1 public key: ECIES in the default profile of eciesjs and its Rust and Go siblings
 * (0G agent spec §4.2): `E(65) ‖ nonce(16) ‖ tag(16) ‖ ciphertext`, 129 bytes for a 32-byte key.
 */

const POINT_BYTES = 65
const NONCE_BYTES = 16
const TAG_BYTES = 16
const HEADER_BYTES = POINT_BYTES + NONCE_BYTES + TAG_BYTES
/** Size of a sealed 32-byte data key. */
export const SEALED_KEY_BYTES = HEADER_BYTES + 32

/** Seals `secret` to a public key of 33, 64 (contract form, no prefix) or 65 bytes. Key and nonce are random unless given. */
export function sealKey(
  secret: Uint8Array,
  publicKey: Uint8Array,
  fixed: { ephemeralKey?: Uint8Array; nonce?: Uint8Array } = {},
): Uint8Array {
  const ephemeralKey = fixed.ephemeralKey ?? secp256k1.utils.randomSecretKey()
  const nonce = fixed.nonce ?? randomBytes(NONCE_BYTES)
  const ephemeralPoint = secp256k1.getPublicKey(ephemeralKey, false)
  const shared = secp256k1.getSharedSecret(ephemeralKey, uncompressed(publicKey), false)
  const sealed = gcm(sharedKey(ephemeralPoint, shared), nonce).encrypt(secret)
  const tagStart = sealed.length - TAG_BYTES
  return concatBytes(ephemeralPoint, nonce, sealed.subarray(tagStart), sealed.subarray(0, tagStart))
}

/** Opens a sealed key. Undefined when it was sealed to another key, or changed since. */
export function openSealedKey(sealed: Uint8Array, privateKey: Uint8Array): Uint8Array | undefined {
  if (sealed.length < HEADER_BYTES) return undefined
  const point = sealed.subarray(0, POINT_BYTES)
  const nonce = sealed.subarray(POINT_BYTES, POINT_BYTES + NONCE_BYTES)
  const tag = sealed.subarray(POINT_BYTES + NONCE_BYTES, HEADER_BYTES)
  try {
    const shared = secp256k1.getSharedSecret(privateKey, point, false)
    return gcm(sharedKey(point, shared), nonce).decrypt(concatBytes(sealed.subarray(HEADER_BYTES), tag))
  } catch {
    return undefined
  }
}

/** The symmetric key both sides derive; exported for its test vector. */
export function sharedKey(ephemeralPoint: Uint8Array, sharedPoint: Uint8Array): Uint8Array {
  return hkdf(sha256, concatBytes(ephemeralPoint, sharedPoint), undefined, undefined, 32)
}

/** Public key of a private key as contracts carry it: x ‖ y, 64 bytes without the 0x04 prefix. */
export function contractPublicKey(privateKey: Uint8Array): Uint8Array {
  return secp256k1.getPublicKey(privateKey, false).slice(1)
}

/** The 65-byte form of a public key in any of its three forms; throws when it is not a point of the curve. */
function uncompressed(publicKey: Uint8Array): Uint8Array {
  const prefixed = publicKey.length === 64 ? concatBytes(Uint8Array.of(4), publicKey) : publicKey
  return secp256k1.Point.fromBytes(prefixed).toBytes(false)
}
