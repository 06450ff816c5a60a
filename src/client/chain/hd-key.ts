import { createECDH, createHmac, pbkdf2Sync } from 'node:crypto'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'

/** A node of a BIP-32 tree: its private key and chain code, 32 bytes each; the public key once it was needed. */
export type HdNode = { key: Uint8Array; chainCode: Uint8Array; publicKey?: Uint8Array }

const HARDENED = 0x8000_0000
/** of secp256k1 (SEC 2, §2.4.1) */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

/**
 * The node m/44'/60'/0'/0 of a BIP-39 mnemonic without passphrase, under which Ethereum accounts stand.
 * Written out here because a library for it costs 80 ms of loading and derives every path from the top.
 */
export function ethereumAccounts(mnemonic: string): HdNode {
  const words = mnemonic.normalize('NFKD')
  const seed = pbkdf2Sync(words, 'mnemonic', 2048, 64, 'sha512')
  let node = split(createHmac('sha512', 'Bitcoin seed').update(seed).digest())
  for (const index of [44 + HARDENED, 60 + HARDENED, HARDENED, 0]) node = childNode(node, index)
  return node
}

/**
 * CKDpriv of BIP-32: the child of a node; indexes from 2^31 on are hardened.
 * @throws Error in the 2^-127 chance that the index has no key
 */
export function childNode(parent: HdNode, index: number): HdNode {
  const { key, chainCode } = parent
  const data = new Uint8Array(37)
  if (index >= HARDENED) data.set(key, 1)
  else {
    parent.publicKey ??= publicKeyOf(key)
    data.set(parent.publicKey)
  }
  new DataView(data.buffer).setUint32(33, index)
  const { key: tweak, chainCode: childCode } = split(createHmac('sha512', chainCode).update(data).digest())
  const tweakNumber = numberOf(tweak)
  const child = (tweakNumber + numberOf(key)) % ORDER
  if (tweakNumber >= ORDER || child === 0n) throw new Error(`BIP-32 index ${index} has no key`)
  return { key: hexToBytes(child.toString(16).padStart(64, '0')), chainCode: childCode }
}

/** By the system's library: @noble/curves first makes tables for 10 to 20 ms, and here there is one key. */
function publicKeyOf(key: Uint8Array): Uint8Array {
  const pair = createECDH('secp256k1')
  pair.setPrivateKey(key)
  return new Uint8Array(pair.getPublicKey(null, 'compressed'))
}

function split(digest: Uint8Array): HdNode {
  const bytes = new Uint8Array(digest)
  return { key: bytes.subarray(0, 32), chainCode: bytes.subarray(32) }
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytesToHex(bytes)}`)
}
