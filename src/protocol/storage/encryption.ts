import { equalBytes } from '@noble/ciphers/utils.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { hmac } from '@noble/hashes/hmac.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, randomBytes, utf8ToBytes } from '@noble/hashes/utils.js'

/**
 * Encrypted files as the official clients write them (0G storage spec §6.6): a header in clear, then AES-256-CTR of the
 * content. Nodes never know. The format has no authentication; what was stored is authenticated by its root.
 */

/** Version 1: the caller's own 32-byte key. Version 2: a key agreed with a secp256k1 public key (ECIES). */
export type EncryptionHeader =
  | { version: 1; nonce: Uint8Array }
  | { version: 2; nonce: Uint8Array; ephemeralPublicKey: Uint8Array }

/** What a writer needs: the header to put in front and the key of the cipher. */
export type Sealing = { header: EncryptionHeader; key: Uint8Array }

export const AES_KEY_BYTES = 32
/** No header is longer. */
export const MAX_HEADER_BYTES = 50
const NONCE_BYTES = 16
const PUBLIC_KEY_BYTES = 33
const BLOCK_BYTES = 16
const ECIES_INFO = utf8ToBytes('0g-storage-client/ecies/v1/aes-256')
const KEY_CHECK_LABEL = utf8ToBytes('0g-toolchain/storage/key-check/v1')
const MARK_BYTES = 8

/** The header as it stands in front of the ciphertext: 17 bytes (version 1) or 50 (version 2). */
export function encodeHeader(header: EncryptionHeader): Uint8Array {
  const version = Uint8Array.of(header.version)
  if (header.version === 1) return concatBytes(version, header.nonce)
  return concatBytes(version, header.ephemeralPublicKey, header.nonce)
}

/** Size of a header in bytes. */
export function headerSize(header: EncryptionHeader): number {
  return 1 + NONCE_BYTES + (header.version === 2 ? PUBLIC_KEY_BYTES : 0)
}

/**
 * The header bytes begin with; undefined when they cannot be that of an encrypted file. Any content that happens to begin with
 * 01 looks like version 1: the format says no more.
 */
export function decodeHeader(bytes: Uint8Array): EncryptionHeader | undefined {
  if (bytes[0] === 1 && bytes.length >= 1 + NONCE_BYTES) {
    return { version: 1, nonce: copy(bytes, 1, NONCE_BYTES) }
  }
  if (bytes[0] !== 2 || bytes.length < MAX_HEADER_BYTES) return undefined
  const ephemeralPublicKey = copy(bytes, 1, PUBLIC_KEY_BYTES)
  if (!isPublicKey(ephemeralPublicKey)) return undefined
  return { version: 2, ephemeralPublicKey, nonce: copy(bytes, 1 + PUBLIC_KEY_BYTES, NONCE_BYTES) }
}

/** The counter block the cipher starts with at plaintext byte `offset`: (nonce + ⌊offset / 16⌋) mod 2^128, big endian. */
export function counterBlock(nonce: Uint8Array, offset: number): Uint8Array {
  const counter = Uint8Array.from(nonce)
  let carry = Math.floor(offset / BLOCK_BYTES)
  for (let i = counter.length - 1; i >= 0 && carry > 0; i--) {
    carry += counter[i] as number
    counter[i] = carry % 256
    carry = Math.floor(carry / 256)
  }
  return counter
}

/** Seals with the caller's own key of 32 bytes, under a fresh nonce. */
export function sealWithKey(key: Uint8Array): Sealing {
  return { header: { version: 1, nonce: randomBytes(NONCE_BYTES) }, key }
}

/**
 * Seals to a public key of 33 bytes under a fresh ephemeral key. The nonce, free to choose because the key is used only here,
 * carries eight bytes by which {@link keyFits} knows such a file again and eight by which it knows the key.
 */
export function sealToPublicKey(publicKey: Uint8Array): Sealing {
  const ephemeralKey = secp256k1.utils.randomSecretKey()
  const ephemeralPublicKey = secp256k1.getPublicKey(ephemeralKey, true)
  const key = eciesKey(ephemeralKey, publicKey)
  const nonce = concatBytes(mark(ephemeralPublicKey), keyCheck(key, ephemeralPublicKey))
  return { header: { version: 2, ephemeralPublicKey, nonce }, key }
}

/**
 * The AES key both sides derive: HKDF-SHA256 of the x-coordinate of the shared point, without salt.
 * @param privateKey 32 bytes, a valid secret key @param publicKey 33 bytes of the other side
 */
export function eciesKey(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array {
  const sharedX = secp256k1.getSharedSecret(privateKey, publicKey, true).subarray(1)
  return hkdf(sha256, sharedX, undefined, ECIES_INFO, AES_KEY_BYTES)
}

/** Whether a key opens a file; undefined when its writer left nothing to tell by (version 1, and the official clients). */
export function keyFits(header: EncryptionHeader, key: Uint8Array): boolean | undefined {
  if (header.version === 1) return undefined
  const { ephemeralPublicKey, nonce } = header
  if (!equalBytes(nonce.subarray(0, MARK_BYTES), mark(ephemeralPublicKey))) return undefined
  return equalBytes(nonce.subarray(MARK_BYTES), keyCheck(key, ephemeralPublicKey))
}

/** A public key of 33, 64 (x ‖ y) or 65 bytes in its 33-byte form; undefined when it is not a point of the curve. */
export function compressedPublicKey(bytes: Uint8Array): Uint8Array | undefined {
  const whole = bytes.length === 64 ? concatBytes(Uint8Array.of(4), bytes) : bytes
  try {
    return secp256k1.Point.fromBytes(whole).toBytes(true)
  } catch {
    return undefined
  }
}

/** `slice` of a Buffer is a view of it, and the reader's buffer may be used again. */
function copy(bytes: Uint8Array, start: number, length: number): Uint8Array {
  return Uint8Array.from(bytes.subarray(start, start + length))
}

function isPublicKey(bytes: Uint8Array): boolean {
  return compressedPublicKey(bytes) !== undefined
}

function mark(ephemeralPublicKey: Uint8Array): Uint8Array {
  return sha256(concatBytes(KEY_CHECK_LABEL, ephemeralPublicKey)).subarray(0, MARK_BYTES)
}

function keyCheck(key: Uint8Array, ephemeralPublicKey: Uint8Array): Uint8Array {
  return hmac(sha256, key, concatBytes(KEY_CHECK_LABEL, ephemeralPublicKey)).subarray(0, NONCE_BYTES - MARK_BYTES)
}
