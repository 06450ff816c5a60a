import { ogError } from '../../errors/og-error.ts'
import {
  AES_KEY_BYTES,
  compressedPublicKey,
  type Sealing,
  sealToPublicKey,
  sealWithKey,
} from '../../protocol/storage/encryption.ts'
import { fromHex } from '../../protocol/storage/keccak.ts'
import { publicKeyOf, resolveWallet } from '../chain/wallet.ts'
import type { NetworkProfile } from '../profile.ts'
import type { DecryptionKeys } from './decrypt-file.ts'

/** What a person says about keys on the command line. */
export type KeyFlags = {
  /** the account whose own key is meant */
  from?: string | undefined
  /** 32 bytes of hex (version 1), or `env` for those in OG_ENCRYPTION_KEY */
  encryptionKey?: string | undefined
}

/**
 * How to encrypt: with the caller's key, to a public key (or, on a devnet, an account), or to the account that pays.
 * Undefined when nothing asks for encryption.
 * @throws OgError PUBLIC_KEY_INVALID, ENCRYPTION_KEY_INVALID, UNKNOWN_ACCOUNT, KEY_MISSING
 */
export function sealingFor(
  profile: NetworkProfile,
  flags: KeyFlags & { encrypt: boolean; to?: string | undefined },
): Sealing | undefined {
  if (flags.encryptionKey !== undefined) return sealWithKey(parseKey(flags.encryptionKey))
  if (flags.to !== undefined) return sealToPublicKey(resolvePublicKey(profile, flags.to))
  return flags.encrypt ? sealToPublicKey(fromHex(publicKeyOf(resolveWallet(profile, flags.from)))) : undefined
}

/**
 * The keys that may open a file: the account's with `decrypt`, the caller's own where one is given.
 * @throws OgError ENCRYPTION_KEY_INVALID, UNKNOWN_ACCOUNT, KEY_MISSING, WRONG_KEY
 */
export function decryptionKeys(profile: NetworkProfile, flags: KeyFlags & { decrypt: boolean }): DecryptionKeys {
  return {
    symmetricKey: flags.encryptionKey === undefined ? undefined : parseKey(flags.encryptionKey),
    privateKey: flags.decrypt ? resolveWallet(profile, flags.from).privateKey : undefined,
  }
}

function parseKey(text: string): Uint8Array {
  const given = text === 'env' ? (process.env['OG_ENCRYPTION_KEY'] ?? '') : text
  const hex = given.trim().replace(/^0x/, '')
  if (!new RegExp(`^[0-9a-fA-F]{${AES_KEY_BYTES * 2}}$`).test(hex)) throw ogError('ENCRYPTION_KEY_INVALID', {})
  return fromHex(`0x${hex}`)
}

function resolvePublicKey(profile: NetworkProfile, text: string): Uint8Array {
  const hex = text.trim().replace(/^0x/, '')
  if (/^([0-9a-fA-F]{66}|[0-9a-fA-F]{128}|[0-9a-fA-F]{130})$/.test(hex)) {
    const key = compressedPublicKey(fromHex(`0x${hex}`))
    if (!key) throw ogError('PUBLIC_KEY_INVALID', { key: text })
    return key
  }
  // Only a devnet's own accounts have keys that are known here.
  if (profile.mnemonic === undefined || /^0x/.test(text)) throw ogError('PUBLIC_KEY_INVALID', { key: text })
  return fromHex(publicKeyOf(resolveWallet(profile, text)))
}
