import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { ogError } from '../../errors/og-error.ts'
import type { NetworkProfile } from '../profile.ts'
import { childNode, ethereumAccounts, type HdNode } from './hd-key.ts'
import type { Hex } from './rpc.ts'

export type Wallet = { address: Hex; privateKey: Hex }

/** The account that acts when no other is named (devnets). */
const DEFAULT_ACCOUNT = 'alice'

const parents = new Map<string, HdNode>()
const derived = new Map<string, Wallet>()

/** The account at m/44'/60'/0'/0/index of a BIP-39 mnemonic (English words, no passphrase). Derived once per process. */
export function walletFromMnemonic(mnemonic: string, index: number): Wallet {
  const name = `${index} ${singleSpaced(mnemonic)}`
  let wallet = derived.get(name)
  if (!wallet) {
    wallet = walletFromPrivateKey(privateKeyFromMnemonic(mnemonic, index))
    derived.set(name, wallet)
  }
  return wallet
}

/** Only the key of {@link walletFromMnemonic}: a tenth of the work, because the address takes a multiplication on the curve. */
export function privateKeyFromMnemonic(mnemonic: string, index: number): Hex {
  const words = singleSpaced(mnemonic)
  let parent = parents.get(words)
  if (!parent) {
    parent = ethereumAccounts(words)
    parents.set(words, parent)
  }
  return `0x${bytesToHex(childNode(parent, index).key)}`
}

function singleSpaced(mnemonic: string): string {
  return mnemonic.trim().split(/\s+/).join(' ')
}

/**
 * The account of a private key.
 * @throws OgError WRONG_KEY when it is not 32 bytes of hex or not a key of the curve
 */
export function walletFromPrivateKey(privateKey: string): Wallet {
  const hex = privateKey.trim().replace(/^0x/, '').toLowerCase()
  if (!/^[0-9a-f]{64}$/.test(hex)) throw ogError('WRONG_KEY', { reason: 'the private key is not 32 bytes of hex' })
  const secret = hexToBytes(hex)
  if (!secp256k1.utils.isValidSecretKey(secret)) {
    throw ogError('WRONG_KEY', { reason: 'the private key is not a number of the secp256k1 group' })
  }
  return { address: addressOfPublicKey(secp256k1.getPublicKey(secret, false)), privateKey: `0x${hex}` }
}

/** Public key of a wallet, 33 bytes. */
export function publicKeyOf({ privateKey }: Wallet): Hex {
  return `0x${bytesToHex(secp256k1.getPublicKey(hexToBytes(privateKey.slice(2)), true))}`
}

/** The address of an uncompressed public key (65 bytes, yellow paper §4.1): last 20 bytes of its keccak-256, lower case. */
function addressOfPublicKey(publicKey: Uint8Array): Hex {
  return `0x${bytesToHex(keccak_256(publicKey.subarray(1)).subarray(12))}`
}

/**
 * The address meant by a label (`alice`), an index (`1`) or a 0x address. Any address may be named; it need not be known.
 * @throws OgError UNKNOWN_ACCOUNT
 */
export function resolveAddress(profile: NetworkProfile, account: string): Hex {
  const name = account.trim()
  if (/^0x[0-9a-f]{40}$/i.test(name)) return name.toLowerCase() as Hex
  const known = findAccount(profile, name)
  if (known) return known.address.toLowerCase() as Hex
  const contract = profile.contracts[name]
  if (contract) return contract.toLowerCase() as Hex
  throw ogError('UNKNOWN_ACCOUNT', { network: profile.name, account })
}

/**
 * The wallet that signs. On a devnet `from` is a label, an index or an address of one of its accounts (default alice); on a
 * public network it is the key in OG_PRIVATE_KEY, and `from`, if given, must be its address.
 * @throws OgError UNKNOWN_ACCOUNT, KEY_MISSING, WRONG_KEY
 */
export function resolveWallet(profile: NetworkProfile, from?: string): Wallet {
  if (profile.mnemonic === undefined) return walletFromEnvironment(profile, from)
  const name = (from ?? DEFAULT_ACCOUNT).trim()
  const account = findAccount(profile, name)
  if (account) return walletFromMnemonic(profile.mnemonic, account.index)
  const key = process.env['OG_PRIVATE_KEY']
  if (key) {
    const wallet = walletFromPrivateKey(key)
    if (wallet.address === name.toLowerCase()) return wallet
  }
  throw ogError('UNKNOWN_ACCOUNT', { network: profile.name, account: name })
}

function walletFromEnvironment(profile: NetworkProfile, from: string | undefined): Wallet {
  const key = process.env['OG_PRIVATE_KEY']
  if (!key) throw ogError('KEY_MISSING', { network: profile.name })
  const wallet = walletFromPrivateKey(key)
  if (from !== undefined && resolveAddress(profile, from) !== wallet.address) {
    throw ogError('WRONG_KEY', { reason: `OG_PRIVATE_KEY belongs to ${wallet.address}, not to ${from}` })
  }
  return wallet
}

function findAccount(profile: NetworkProfile, name: string): NetworkProfile['accounts'][number] | undefined {
  const lower = name.toLowerCase()
  if (/^\d+$/.test(lower)) return profile.accounts.find((account) => account.index === Number(lower))
  return profile.accounts.find(({ role, address }) => role === lower || address.toLowerCase() === lower)
}
