import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Batcher, getFlowContract, Indexer, KvClient, MemData, ZgFile } from '@0glabs/0g-ts-sdk'
import { ethers } from 'ethers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { getBytes } from '../../src/client/storage/get.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { fileTreeOf } from '../../src/protocol/storage/file-tree.ts'
import { startTestKvNode, type TestKvNode } from '../helpers/kv-node.ts'
import { type AnySigner, ENOUGH_GAS, fundedSigner } from '../helpers/official-storage.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'
import vectors from '../vectors/storage.json' with { type: 'json' }

/** What the documentation of 0G tells people to install: submits with the ABI of before 2026 (0G storage spec §3.9, §6.2). */

/** One file of one segment, two, several with padding only at the end, and more than one task of ten segments. */
const SIZES = [1, 256, 300_000, 1_048_577, 5_242_881]

let network: StorageNetwork
let kv: TestKvNode
let provider: ethers.JsonRpcProvider
let indexer: Indexer

beforeAll(async () => {
  for (const channel of ['log', 'error'] as const) vi.spyOn(console, channel).mockImplementation(() => undefined)
  network = await startStorageNetwork()
  kv = await startTestKvNode(network)
  provider = new ethers.JsonRpcProvider(network.profile.rpc)
  indexer = new Indexer(network.profile.storage.indexer)
})
afterAll(async () => {
  provider.destroy()
  await kv[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
  vi.restoreAllMocks()
})

type Uploaded = { txHash: string; rootHash: string }

async function upload(file: ZgFile | MemData): Promise<Uploaded> {
  const signer = (await fundedSigner(network, provider)) as AnySigner
  const [result, error] = await indexer.upload(file, network.profile.rpc, signer, undefined, undefined, ENOUGH_GAS)
  expect(error).toBeNull()
  return result
}

async function download(root: string): Promise<Buffer> {
  const target = join(network.directory, `down-${randomUUID()}`)
  expect(await indexer.download(root, target, true)).toBeNull()
  return await readFile(target)
}

describe.concurrent('the official TypeScript SDK 0.3.3, unmodified', () => {
  test('uploads and downloads', async () => {
    await Promise.all(
      SIZES.map(async (size) => {
        const content = vectorContent(size)
        const path = join(network.directory, `old-${size}`)
        await writeFile(path, content)
        const file = await ZgFile.fromFilePath(path)
        const { rootHash, txHash } = await upload(file)
        await file.close()
        expect(rootHash).toBe(vectors.sizes.find((vector) => vector.size === size)?.root)
        const sent = await provider.getTransaction(txHash)
        expect(sent?.data.slice(0, 10)).toBe('0xef3e12dc')
        expect((await download(rootHash)).equals(content)).toBe(true)
        expect(Buffer.from(await getBytes(rootHash, { profile: network.profile })).equals(content)).toBe(true)
      }),
    )
  })

  test('the same file twice is two submissions, both final', async () => {
    const content = vectorContent(270_000, 3)
    const first = await upload(new MemData(content))
    const second = await upload(new MemData(content))
    expect(second.rootHash).toBe(first.rootHash)
    expect(second.txHash).not.toBe(first.txHash)
    expect((await download(first.rootHash)).equals(content)).toBe(true)
    expect(first.rootHash).toBe(fileTreeOf(content).root)
  })

  test('writes with Batcher, reads and iterates with KvClient', async () => {
    const stream = ethers.zeroPadValue('0x01d5', 32)
    const utf8 = (text: string) => Uint8Array.from(Buffer.from(text))
    const client = new KvClient(kv.url)
    const signer = (await fundedSigner(network, provider)) as AnySigner
    const [nodes, error] = await indexer.selectNodes(1)
    expect(error).toBeNull()
    const batcher = new Batcher(1, nodes, getFlowContract(DEVNET_ADDRESSES.Flow, signer), network.profile.rpc)
    batcher.streamDataBuilder.addStreamId(stream)
    batcher.streamDataBuilder.set(stream, utf8('key1'), utf8('value1'))
    batcher.streamDataBuilder.set(stream, utf8('key2'), utf8('v2'))
    const [stored, failure] = await batcher.exec()
    expect(failure).toBeNull()
    expect(stored.txHash).toMatch(/^0x[0-9a-f]{64}$/)
    const text = (base64: unknown) => Buffer.from(String(base64), 'base64').toString()
    const encoded = (key: string) => Buffer.from(key).toString('base64') as never
    expect(text((await client.getValue(stream, encoded('key1')))?.data)).toBe('value1')
    const { version } = await client.getFirst(stream, 0, 100)
    expect(await client.getTransactionResult(version)).toBe('Commit')
    expect(await client.isAdmin((signer as { address: string }).address, stream)).toBe(true)
    expect(await client.getHoldingStreamIds()).toContain(stream)
    const iterator = client.newIterator(stream)
    const seen: string[] = []
    expect(await iterator.seekToFirst()).toBeNull()
    for (; iterator.valid(); await iterator.next()) {
      const pair = iterator.getCurrentPair() as unknown as { key: string; data: string }
      seen.push(`${text(pair.key)}=${text(pair.data)}`)
    }
    expect(seen).toEqual(['key1=value1', 'key2=v2'])
  })
})
