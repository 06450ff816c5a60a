import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Indexer, ZgFile } from '@0gfoundation/0g-ts-sdk'
import { ethers } from 'ethers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { getBytes } from '../../src/client/storage/get.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'
import vectors from '../vectors/storage.json' with { type: 'json' }

let network: StorageNetwork
let signer: ethers.Wallet

beforeAll(async () => {
  // The SDK talks on the console throughout.
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  network = await startStorageNetwork()
  const provider = new ethers.JsonRpcProvider(network.profile.rpc)
  signer = new ethers.Wallet(network.wallet.privateKey, provider)
})
afterAll(async () => {
  signer.provider?.destroy()
  await network[Symbol.asyncDispose]()
  vi.restoreAllMocks()
})

async function upload(name: string, content: Uint8Array): Promise<{ rootHash: string; txHash: string; txSeq: number }> {
  const path = join(network.directory, name)
  await writeFile(path, content)
  const file = await ZgFile.fromFilePath(path)
  // The SDK is typed against the CommonJS build of ethers, this test imports the other one.
  const [result, error] = await new Indexer(network.profile.storage.indexer).upload(
    file,
    network.profile.rpc,
    signer as unknown as Parameters<Indexer['upload']>[2],
  )
  await file.close()
  expect(error).toBeNull()
  return result as { rootHash: string; txHash: string; txSeq: number }
}

describe('the official TypeScript SDK, unmodified', () => {
  test.each([1, 256 * 1024 + 1, 5 * 1024 * 1024 + 1])('uploads and downloads %i bytes', async (size) => {
    const content = vectorContent(size)
    const { rootHash } = await upload(`up-${size}`, content)
    expect(rootHash).toBe(vectors.sizes.find((vector) => vector.size === size)?.root)
    const target = join(network.directory, `down-${size}`)
    expect(await new Indexer(network.profile.storage.indexer).download(rootHash, target, true)).toBeNull()
    expect((await readFile(target)).equals(content)).toBe(true)
    // What one client stores, the other reads, and neither pays twice.
    expect(Buffer.from(await getBytes(rootHash, { profile: network.profile })).equals(content)).toBe(true)
    const again = await putBytes(content, { profile: network.profile, wallet: network.wallet })
    expect(again.outcome).toBe('already-stored')
  })

  test('the same file again is recognised without a transaction', async () => {
    const content = vectorContent(1000, 5)
    const first = await upload('twice', content)
    const second = await upload('twice', content)
    expect(second).toMatchObject({ rootHash: first.rootHash, txHash: '', txSeq: first.txSeq })
  })

  test('reads what our own client stored', async () => {
    const content = vectorContent(700_000, 9)
    const { root } = await putBytes(content, { profile: network.profile, wallet: network.wallet })
    const target = join(network.directory, 'ours')
    expect(await new Indexer(network.profile.storage.indexer).download(root, target, false)).toBeNull()
    expect((await readFile(target)).equals(content)).toBe(true)
  })
})
