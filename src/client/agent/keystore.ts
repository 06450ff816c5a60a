import { randomBytes, scrypt } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { decryptBlob, encryptBlob } from '../../protocol/agent/encrypted-blob.ts'
import { contractPublicKey, openSealedKey, sealKey } from '../../protocol/agent/sealed-key.ts'
import { fromHex, keccak256, toHex } from '../../protocol/ecdsa.ts'
import { writeFileAtomic } from '../../utils/write-file-atomic.ts'
import type { Hex } from '../chain/rpc.ts'
import type { Wallet } from '../chain/wallet.ts'
import type { NetworkProfile } from '../profile.ts'

/**
 * The data keys of agents on this machine, one file per data hash, mode 0600. Each key is sealed to its owner's account key
 * (as it would be published on a transfer), and the sealed key is encrypted once more under a passphrase, so that the file
 * alone tells nothing even after the account key became known to others.
 */

type KeyFile = {
  schema: 'og-agent-key'
  version: 1
  dataHash: Hex
  owner: Hex
  kdf: { name: 'scrypt'; n: number; r: number; p: number; salt: Hex }
  /** nonce ‖ AES-256-GCM of the sealed key ‖ tag */
  ciphertext: Hex
}

// RFC 7914 parameters that take about 60 ms and 32 MiB: brute force pays for every guess, commands barely notice.
const SCRYPT = { n: 32_768, r: 8, p: 1 }
/** A key file comes from disk: its cost parameters must not make this process allocate without bound. */
const MAX_SCRYPT_N = 1_048_576

type KeyOptions = { profile: NetworkProfile; wallet: Wallet; dataHash: Hex }

/** Directory of the keystore of a network. */
export function keystoreDirectory(profile: NetworkProfile): string {
  return join(profile.stateDir, 'keystore')
}

/**
 * Keeps the data key of `dataHash` for the wallet's account. Replaces an earlier file as a whole or not at all.
 * @throws OgError KEYSTORE_LOCKED
 */
export async function storeDataKey({ profile, wallet, dataHash, dataKey }: KeyOptions & { dataKey: Uint8Array }) {
  const sealed = sealKey(dataKey, contractPublicKey(fromHex(wallet.privateKey)))
  const salt = new Uint8Array(randomBytes(16))
  const key = await deriveKey(passphrase(profile, wallet), { ...SCRYPT, salt })
  const file: KeyFile = {
    schema: 'og-agent-key',
    version: 1,
    dataHash,
    owner: wallet.address,
    kdf: { name: 'scrypt', ...SCRYPT, salt: toHex(salt) },
    ciphertext: toHex(await encryptBlob(sealed, key, new Uint8Array(randomBytes(12)))),
  }
  await mkdir(keystoreDirectory(profile), { recursive: true, mode: 0o700 })
  await writeFileAtomic(pathOf(profile, dataHash), `${JSON.stringify(file, null, 2)}\n`, 0o600)
}

/**
 * The data key of `dataHash`; undefined when this keystore has none.
 * @throws OgError WRONG_KEY when it is sealed to another account, KEYSTORE_DAMAGED, KEYSTORE_LOCKED
 */
export async function loadDataKey({ profile, wallet, dataHash }: KeyOptions): Promise<Uint8Array | undefined> {
  const file = await readKeyFile(profile, dataHash)
  if (!file) return undefined
  if (file.owner !== wallet.address) {
    const reason = `the data key is sealed to ${file.owner}, and ${wallet.address} cannot open it`
    throw ogError('WRONG_KEY', { reason })
  }
  const { kdf } = file
  const key = await deriveKey(passphrase(profile, wallet), { ...kdf, salt: fromHex(kdf.salt) })
  const sealed = await decryptBlob(fromHex(file.ciphertext), key)
  const dataKey = sealed && openSealedKey(sealed, fromHex(wallet.privateKey))
  if (!dataKey) throw damaged(profile, dataHash, 'the passphrase is another one, or the file was changed')
  return dataKey
}

/** Whose account the key of `dataHash` is sealed to; undefined when this keystore has none. @throws OgError KEYSTORE_DAMAGED */
export async function dataKeyOwner(profile: NetworkProfile, dataHash: Hex): Promise<Hex | undefined> {
  return (await readKeyFile(profile, dataHash))?.owner
}

async function readKeyFile(profile: NetworkProfile, dataHash: Hex): Promise<KeyFile | undefined> {
  let text: string
  try {
    text = await readFile(pathOf(profile, dataHash), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw damaged(profile, dataHash, 'it is not JSON')
  }
  if (!isKeyFile(value) || value.dataHash !== dataHash)
    throw damaged(profile, dataHash, 'it is not a key file of this data')
  return value
}

function isKeyFile(value: unknown): value is KeyFile {
  const file = value as Partial<KeyFile> | null
  const kdf = file?.kdf
  return (
    file?.schema === 'og-agent-key' &&
    file.version === 1 &&
    isHex(file.owner, 20) &&
    isHex(file.dataHash, 32) &&
    kdf?.name === 'scrypt' &&
    [kdf.n, kdf.r, kdf.p].every((number) => Number.isSafeInteger(number) && number > 0) &&
    kdf.n <= MAX_SCRYPT_N &&
    kdf.r * kdf.p <= 64 &&
    isHex(kdf.salt) &&
    isHex(file.ciphertext)
  )
}

function isHex(value: unknown, sizeBytes?: number): boolean {
  return (
    typeof value === 'string' &&
    /^0x([0-9a-f]{2})*$/.test(value) &&
    (sizeBytes === undefined || value.length === 2 + 2 * sizeBytes)
  )
}

/** On a devnet it follows from the account: its key is public anyway, and nothing should ask. */
function passphrase(profile: NetworkProfile, wallet: Wallet): string {
  if (profile.mnemonic !== undefined) {
    return toHex(keccak256(new TextEncoder().encode(`0g keystore ${wallet.privateKey}`)))
  }
  const given = process.env['OG_KEYSTORE_PASSPHRASE']
  if (!given) throw ogError('KEYSTORE_LOCKED', { network: profile.name })
  return given.normalize('NFKC')
}

function deriveKey(secret: string, { n, r, p, salt }: { n: number; r: number; p: number; salt: Uint8Array }) {
  // 128·N·r bytes is what scrypt needs; node's default limit is exactly too small for these parameters.
  const maxmem = 128 * n * r + 1_048_576 * (1 + p)
  return new Promise<Uint8Array>((resolve, reject) => {
    scrypt(secret, salt, 32, { N: n, r, p, maxmem }, (error, key) =>
      error ? reject(error) : resolve(new Uint8Array(key)),
    )
  })
}

function damaged(profile: NetworkProfile, dataHash: Hex, reason: string) {
  return ogError('KEYSTORE_DAMAGED', { path: pathOf(profile, dataHash), reason })
}

function pathOf(profile: NetworkProfile, dataHash: Hex): string {
  return join(keystoreDirectory(profile), `${dataHash}.json`)
}
