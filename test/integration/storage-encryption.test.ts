import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Indexer, MemData } from '@0gfoundation/0g-ts-sdk'
import { ethers } from 'ethers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { publicKeyOf } from '../../src/client/chain/wallet.ts'
import { type DecryptedFile, type DecryptionKeys, decryptFile } from '../../src/client/storage/decrypt-file.ts'
import { sealingFor } from '../../src/client/storage/encryption-keys.ts'
import { openPath } from '../../src/client/storage/open-path.ts'
import { putPath } from '../../src/client/storage/put.ts'
import type { ReadOptions } from '../../src/client/storage/read-segments.ts'
import type { Sealing } from '../../src/protocol/storage/encryption.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'
import { accounts } from '../helpers/test-chain.ts'

const KEY = new Uint8Array(32).fill(0x42)
const [, alice, bob] = accounts as [unknown, (typeof accounts)[number], (typeof accounts)[number]]
/** header in front, one byte into a segment, across two borders */
const SIZES = [1, 262_144 - 50, 262_144 - 17 + 1, 600_000]

let network: StorageNetwork
let signer: ethers.Wallet
let indexer: Indexer

beforeAll(async () => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  network = await startStorageNetwork()
  signer = new ethers.Wallet(alice.privateKey, new ethers.JsonRpcProvider(network.profile.rpc))
  indexer = new Indexer(network.profile.storage.indexer)
})
afterAll(async () => {
  signer.provider?.destroy()
  await network[Symbol.asyncDispose]()
  vi.restoreAllMocks()
})

async function put(content: Uint8Array, sealing: Sealing | undefined): Promise<string> {
  const path = join(network.directory, 'plain')
  await writeFile(path, content)
  return (await putPath(path, { profile: network.profile, wallet: alice, sealing })).root
}

async function open(root: string, keys: DecryptionKeys): Promise<DecryptedFile> {
  const opened = await openPath(root, { profile: network.profile })
  if (opened.kind !== 'file') throw new Error('a file was expected')
  return await decryptFile(opened, keys)
}

async function read(file: DecryptedFile, options: ReadOptions = {}): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of file.read(options)) parts.push(part)
  return Buffer.concat(parts)
}

async function officialUpload(
  content: Uint8Array,
  encryption: NonNullable<NonNullable<Parameters<Indexer['upload']>[3]>['encryption']>,
): Promise<string> {
  // The SDK is typed against the CommonJS build of ethers, this test imports the other one.
  const from = signer as unknown as Parameters<Indexer['upload']>[2]
  const [result, error] = await indexer.upload(new MemData(content), network.profile.rpc, from, { encryption })
  expect(error).toBeNull()
  return (result as { rootHash: string }).rootHash
}

async function officialDownload(
  root: string,
  decryption: { symmetricKey?: Uint8Array; privateKey?: string },
): Promise<Buffer> {
  const [blob, error] = await indexer.downloadToBlob(root, { decryption })
  expect(error).toBeNull()
  return Buffer.from(await blob.arrayBuffer())
}

describe('what we encrypt, the official SDK decrypts', () => {
  test.each(SIZES)('%i bytes, both versions', async (size) => {
    const content = vectorContent(size, 1)
    const own = await put(content, sealingFor(network.profile, { encrypt: false, encryptionKey: '42'.repeat(32) }))
    expect((await officialDownload(own, { symmetricKey: KEY })).equals(content)).toBe(true)
    const toBob = await put(content, sealingFor(network.profile, { encrypt: false, to: publicKeyOf(bob) }))
    expect((await officialDownload(toBob, { privateKey: bob.privateKey })).equals(content)).toBe(true)
    const [header] = await indexer.peekHeader(toBob)
    expect(header?.version).toBe(2)
  })
})

describe('what the official SDK encrypts, we decrypt', () => {
  test.each([1, 600_000])('%i bytes, both versions', async (size) => {
    const content = vectorContent(size, 2)
    const own = await officialUpload(content, { type: 'aes256', key: KEY })
    expect((await read(await open(own, { symmetricKey: KEY }))).equals(content)).toBe(true)
    const toBob = await officialUpload(content, { type: 'ecies', recipientPubKey: publicKeyOf(bob) })
    const file = await open(toBob, { privateKey: bob.privateKey })
    expect(file).toMatchObject({ sizeBytes: size, key: 'unchecked' })
    expect((await read(file)).equals(content)).toBe(true)
  })
})

describe('our own', () => {
  test('ranges are those of the plaintext', async () => {
    const content = vectorContent(600_000, 3)
    const root = await put(content, sealingFor(network.profile, { encrypt: true }))
    const file = await open(root, { privateKey: alice.privateKey })
    expect(file).toMatchObject({ sizeBytes: 600_000, key: 'checked' })
    for (const [start, end] of [
      [0, 1],
      [5, 6],
      [262_000, 262_300],
      [524_237, 524_238],
      [599_999, 600_000],
      [599_990, 700_000],
    ] as const) {
      expect((await read(file, { range: { start, end } })).equals(content.subarray(start, end))).toBe(true)
    }
  })

  test('a key that does not fit, a key of the wrong kind, a file in clear', async () => {
    const toBob = await put(vectorContent(100), sealingFor(network.profile, { encrypt: false, to: 'bob' }))
    await expect(open(toBob, { privateKey: alice.privateKey })).rejects.toMatchObject({ code: 'WRONG_KEY' })
    await expect(open(toBob, { symmetricKey: KEY })).rejects.toMatchObject({ code: 'WRONG_KEY' })
    const own = await put(
      vectorContent(100),
      sealingFor(network.profile, { encrypt: false, encryptionKey: '42'.repeat(32) }),
    )
    await expect(open(own, { privateKey: bob.privateKey })).rejects.toMatchObject({ code: 'WRONG_KEY' })
    const clear = await put(vectorContent(100, 7), undefined)
    await expect(open(clear, { privateKey: bob.privateKey })).rejects.toMatchObject({ code: 'NOT_ENCRYPTED' })
  })

  test('an empty file and a directory are refused', async () => {
    const sealing = sealingFor(network.profile, { encrypt: true })
    await expect(put(new Uint8Array(0), sealing)).rejects.toMatchObject({ code: 'FILE_EMPTY' })
    const options = { profile: network.profile, wallet: alice, sealing }
    await expect(putPath(network.directory, options)).rejects.toMatchObject({ code: 'DIRECTORY_NOT_ENCRYPTED' })
  })

  test.each([
    [{ to: alice.address }, 'PUBLIC_KEY_INVALID'],
    [{ to: `02${'ff'.repeat(32)}` }, 'PUBLIC_KEY_INVALID'],
    [{ to: 'nobody' }, 'UNKNOWN_ACCOUNT'],
    [{ encryptionKey: '42' }, 'ENCRYPTION_KEY_INVALID'],
  ])('%j: %s', (flags, code) => {
    const seal = () => sealingFor(network.profile, { encrypt: false, ...flags })
    expect(seal).toThrowError(expect.objectContaining({ code }))
  })
})
