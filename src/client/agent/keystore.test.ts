import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Wallet, walletFromPrivateKey } from '../chain/wallet.ts'
import type { NetworkProfile } from '../profile.ts'
import { dataKeyOwner, keystoreDirectory, loadDataKey, storeDataKey } from './keystore.ts'

const ALICE: Wallet = walletFromPrivateKey(`0x${'11'.repeat(32)}`)
const BOB: Wallet = walletFromPrivateKey(`0x${'22'.repeat(32)}`)
const dataHash = `0x${'ab'.repeat(32)}` as const
const dataKey = Uint8Array.from({ length: 32 }, (_, i) => i)
let stateDir: string

beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'og-keystore-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(stateDir, { recursive: true, force: true })
})

function profile(more: Partial<NetworkProfile> = {}): NetworkProfile {
  const network = { name: 'test', chainId: 31337, rpc: '', contracts: {}, storage: { indexer: '' }, accounts: [] }
  return { ...network, stateDir, mnemonic: 'test', ...more }
}

function publicProfile(): NetworkProfile {
  const { mnemonic: _, ...network } = profile({ name: 'galileo' })
  return network
}

describe('keystore', () => {
  test('gives the key back to its owner, from a private file that shows neither key', async () => {
    await storeDataKey({ profile: profile(), wallet: ALICE, dataHash, dataKey })
    expect(await loadDataKey({ profile: profile(), wallet: ALICE, dataHash })).toEqual(dataKey)
    expect(await dataKeyOwner(profile(), dataHash)).toBe(ALICE.address)
    const [file] = readdirSync(keystoreDirectory(profile()))
    const path = join(keystoreDirectory(profile()), file ?? '')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(keystoreDirectory(profile())).mode & 0o777).toBe(0o700)
    const text = readFileSync(path, 'utf8')
    expect(text).not.toContain(Buffer.from(dataKey).toString('hex'))
    expect(text).not.toContain(ALICE.privateKey.slice(2))
  })

  test('another account cannot open it; what is not there is undefined', async () => {
    await storeDataKey({ profile: profile(), wallet: ALICE, dataHash, dataKey })
    await expect(loadDataKey({ profile: profile(), wallet: BOB, dataHash })).rejects.toMatchObject({
      code: 'WRONG_KEY',
    })
    expect(await loadDataKey({ profile: profile(), wallet: BOB, dataHash: `0x${'cd'.repeat(32)}` })).toBeUndefined()
  })

  test('an account that claims to be the owner in the file still cannot open it', async () => {
    await storeDataKey({ profile: profile(), wallet: ALICE, dataHash, dataKey })
    const path = join(keystoreDirectory(profile()), `${dataHash}.json`)
    writeFileSync(path, readFileSync(path, 'utf8').replace(ALICE.address, BOB.address))
    const loaded = loadDataKey({ profile: profile(), wallet: BOB, dataHash })
    await expect(loaded).rejects.toMatchObject({ code: 'KEYSTORE_DAMAGED' })
  })

  test.each([
    ['not JSON', () => '{'],
    ['another schema', (file: object) => JSON.stringify({ ...file, schema: 'other' })],
    ['of other data', (file: object) => JSON.stringify({ ...file, dataHash: `0x${'cd'.repeat(32)}` })],
    [
      'absurdly expensive',
      (file: object) => JSON.stringify({ ...file, kdf: { name: 'scrypt', n: 2 ** 30, r: 8, p: 1, salt: '0x00' } }),
    ],
  ])('a file that is %s is refused', async (_, change) => {
    await storeDataKey({ profile: profile(), wallet: ALICE, dataHash, dataKey })
    const path = join(keystoreDirectory(profile()), `${dataHash}.json`)
    writeFileSync(path, change(JSON.parse(readFileSync(path, 'utf8'))))
    const loaded = loadDataKey({ profile: profile(), wallet: ALICE, dataHash })
    await expect(loaded).rejects.toMatchObject({ code: 'KEYSTORE_DAMAGED' })
  })

  test('a public network needs a passphrase, and the same one again', async () => {
    const network = publicProfile()
    const store = () => storeDataKey({ profile: network, wallet: ALICE, dataHash, dataKey })
    vi.stubEnv('OG_KEYSTORE_PASSPHRASE', '')
    await expect(store()).rejects.toMatchObject({ code: 'KEYSTORE_LOCKED' })
    vi.stubEnv('OG_KEYSTORE_PASSPHRASE', 'correct horse')
    await store()
    expect(await loadDataKey({ profile: network, wallet: ALICE, dataHash })).toEqual(dataKey)
    vi.stubEnv('OG_KEYSTORE_PASSPHRASE', 'battery staple')
    const loaded = loadDataKey({ profile: network, wallet: ALICE, dataHash })
    await expect(loaded).rejects.toMatchObject({ code: 'KEYSTORE_DAMAGED' })
  })

  test('a directory that cannot be written leaves nothing behind', async () => {
    mkdirSync(join(stateDir, 'keystore', `${dataHash}.json`), { recursive: true })
    await expect(storeDataKey({ profile: profile(), wallet: ALICE, dataHash, dataKey })).rejects.toThrow()
    expect(readdirSync(join(stateDir, 'keystore'))).toEqual([`${dataHash}.json`])
  })
})
