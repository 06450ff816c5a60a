import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js'

/** The signatures of compute and agents: 65 bytes r ‖ s ‖ v with v 27 or 28, over a keccak256 or EIP-191 digest. */

export type Hex = `0x${string}`

/** Lower-case 0x hex of bytes. */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`
}

/** Bytes of a 0x hex string; throws on anything else. */
export function fromHex(hex: string): Uint8Array {
  return hexToBytes(hex.startsWith('0x') ? hex.slice(2) : hex)
}

/** keccak256 of bytes. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return keccak_256(bytes)
}

/** EIP-191 digest of a message ("personal_sign"): the prefix carries the byte length of the message. */
export function personalDigest(message: Uint8Array): Uint8Array {
  return keccak_256(concatBytes(utf8ToBytes(`\x19Ethereum Signed Message:\n${message.length}`), message))
}

/** EIP-55 checksummed form of a 20-byte address in any case. */
export function checksumAddress(address: string): Hex {
  const lower = address.slice(2).toLowerCase()
  const hash = bytesToHex(keccak_256(utf8ToBytes(lower)))
  let checksummed = ''
  for (let i = 0; i < lower.length; i++) {
    const digit = lower.charAt(i)
    checksummed += Number.parseInt(hash.charAt(i), 16) >= 8 ? digit.toUpperCase() : digit
  }
  return `0x${checksummed}`
}

function addressOfPublicKey(publicKey: Uint8Array): Hex {
  const uncompressed = secp256k1.Point.fromBytes(publicKey).toBytes(false)
  return checksumAddress(toHex(keccak_256(uncompressed.subarray(1)).subarray(12)))
}

/** Checksummed address of a private key. */
export function addressOfPrivateKey(privateKey: Hex): Hex {
  return addressOfPublicKey(secp256k1.getPublicKey(fromHex(privateKey)))
}

/** Deterministic (RFC 6979) signature of a 32-byte digest, as 0x r ‖ s ‖ v. */
export function signDigest(digest: Uint8Array, privateKey: Hex): Hex {
  const recovered = secp256k1.sign(digest, fromHex(privateKey), { prehash: false, format: 'recovered' })
  return toHex(concatBytes(recovered.subarray(1), Uint8Array.of(27 + (recovered[0] ?? 0))))
}

/** Address that signed a digest; throws when the signature has no such signer. */
export function recoverDigestSigner(digest: Uint8Array, signature: Uint8Array): Hex {
  const v = signature[64] ?? 0
  const recovered = concatBytes(Uint8Array.of(v - 27), signature.subarray(0, 64))
  return addressOfPublicKey(secp256k1.recoverPublicKey(recovered, digest, { prehash: false }))
}

/** True when two addresses are the same account, whatever their letter case. */
export function isSameAddress(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase()
}
