import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'

/**
 * How a piece of an agent is stored: AES-256-GCM without associated data, as `nonce(12) ‖ ciphertext ‖ tag(16)`
 * (0G agent spec §4.2). WebCrypto does the work, so that a large memory encrypts at native speed in Node and in browsers.
 */

export const DATA_KEY_BYTES = 32
/** What encryption adds to a plaintext. */
export const BLOB_OVERHEAD_BYTES = 28
const NONCE_BYTES = 12
const NONCE_INFO = utf8ToBytes('0g-agent/blob-nonce/v1')

/**
 * The nonce of a plaintext under a data key: HKDF-SHA256(key, salt = sha256(plaintext)). One key thus never meets one nonce
 * with two plaintexts, and encrypting again gives the same bytes: an interrupted mint resumes to the same storage root, and
 * a verifier can prove that a blob is the encryption of the plaintext it opens to.
 */
function blobNonce(plaintext: Uint8Array, dataKey: Uint8Array): Uint8Array {
  return hkdf(sha256, dataKey, sha256(plaintext), NONCE_INFO, NONCE_BYTES)
}

/** Encrypts `plaintext` into a blob; the nonce is {@link blobNonce} unless given. */
export async function encryptBlob(
  plaintext: Uint8Array,
  dataKey: Uint8Array,
  nonce: Uint8Array = blobNonce(plaintext, dataKey),
): Promise<Uint8Array> {
  const key = await importKey(dataKey, 'encrypt')
  const body = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: owned(nonce) }, key, owned(plaintext))
  return concatBytes(nonce, new Uint8Array(body))
}

/** Opens a blob. Undefined when the tag does not match: another key, or a byte that changed. */
export async function decryptBlob(blob: Uint8Array, dataKey: Uint8Array): Promise<Uint8Array | undefined> {
  if (blob.length < BLOB_OVERHEAD_BYTES) return undefined
  const key = await importKey(dataKey, 'decrypt')
  const nonce = owned(blob.subarray(0, NONCE_BYTES))
  try {
    const plaintext = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: nonce },
      key,
      owned(blob.subarray(NONCE_BYTES)),
    )
    return new Uint8Array(plaintext)
  } catch {
    return undefined
  }
}

function importKey(dataKey: Uint8Array, usage: 'encrypt' | 'decrypt'): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', owned(dataKey), 'AES-GCM', false, [usage])
}

/** WebCrypto's types refuse memory that may be shared with another thread; this is a plain view where the input already is one. */
function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
}
