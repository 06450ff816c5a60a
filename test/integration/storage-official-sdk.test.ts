import { randomUUID } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Indexer, MemData, Blob as SdkBlob, StorageNode, ZgFile } from '@0gfoundation/0g-ts-sdk'
import { ethers } from 'ethers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { feeWei, flowOf, readPriceWei, readSubmissions, submitFiles } from '../../src/client/storage/flow-contract.ts'
import { getBytes } from '../../src/client/storage/get.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { fileTreeOf } from '../../src/protocol/storage/file-tree.ts'
import { type AnySigner, ENOUGH_GAS, fundedSigner } from '../helpers/official-storage.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'
import vectors from '../vectors/storage.json' with { type: 'json' }

type UploadOptions = NonNullable<Parameters<Indexer['upload']>[3]>
type Uploaded = { rootHash: string; txHash: string; txSeq: number }
type Fragments = { rootHashes: string[]; txHashes: string[]; txSeqs: number[] }
type AnyFile = Parameters<Indexer['upload']>[0]

let network: StorageNetwork
let provider: ethers.JsonRpcProvider
let indexer: Indexer
const home = process.cwd()

beforeAll(async () => {
  // The SDK talks on the console throughout.
  for (const channel of ['log', 'error'] as const) vi.spyOn(console, channel).mockImplementation(() => undefined)
  network = await startStorageNetwork()
  provider = new ethers.JsonRpcProvider(network.profile.rpc)
  indexer = new Indexer(network.profile.storage.indexer)
  // It puts fragments down in the working directory.
  process.chdir(network.directory)
})
afterAll(async () => {
  process.chdir(home)
  provider.destroy()
  await network[Symbol.asyncDispose]()
  vi.restoreAllMocks()
})

const own = () => ({ profile: network.profile, wallet: network.wallet })

/** Uploads as an account of its own, so that uploads can run side by side. */
async function uploadFile<R = Uploaded>(file: AnyFile, options: UploadOptions = {}): Promise<R> {
  const signer = (await fundedSigner(network, provider)) as AnySigner
  const [result, error] = await indexer.upload(file, network.profile.rpc, signer, options, undefined, ENOUGH_GAS)
  expect(error).toBeNull()
  return result as R
}

async function upload<R = Uploaded>(content: Uint8Array, options: UploadOptions = {}): Promise<R> {
  const path = join(network.directory, `up-${randomUUID()}`)
  await writeFile(path, content)
  const file = await ZgFile.fromFilePath(path)
  try {
    return await uploadFile<R>(file, options)
  } finally {
    await file.close()
  }
}

async function download(root: string | string[]): Promise<Buffer> {
  const target = join(network.directory, `down-${randomUUID()}`)
  const error =
    typeof root === 'string' ? await indexer.download(root, target, true) : await indexer.download(root, target)
  expect(error).toBeNull()
  return await readFile(target)
}

async function downloadToMemory(root: string): Promise<Buffer> {
  const [blob, error] = await indexer.downloadToBlob(root, { proof: true })
  expect(error).toBeNull()
  return Buffer.from(await blob.arrayBuffer())
}

describe.concurrent('the official TypeScript SDK, unmodified', () => {
  test('uploads and downloads every size of the specification', async () => {
    await Promise.all(
      vectors.sizes.map(async ({ size, root }) => {
        const content = vectorContent(size)
        expect(await upload(content)).toMatchObject({ rootHash: root })
        expect((await download(root)).equals(content)).toBe(true)
      }),
    )
    // What one client stores, the other reads, and neither pays twice.
    for (const { size, root } of vectors.sizes) {
      const content = vectorContent(size)
      expect(Buffer.from(await getBytes(root, { profile: network.profile })).equals(content)).toBe(true)
      expect((await putBytes(content, own())).outcome).toBe('already-stored')
    }
  })

  test('cuts a file into fragments, and joins them again', async () => {
    const content = vectorContent(600_000, 3)
    const { rootHashes, txSeqs, txHashes } = await upload<Fragments>(content, { fragmentSize: 262_144 })
    const parts = [0, 262_144, 524_288].map((start) => content.subarray(start, start + 262_144))
    expect(rootHashes).toEqual(parts.map((part) => fileTreeOf(part).root))
    expect(new Set(txSeqs).size).toBe(3)
    expect(new Set(txHashes).size).toBe(3)
    expect((await download(rootHashes)).equals(content)).toBe(true)
    const [blob, error] = await indexer.downloadToBlob(rootHashes)
    expect(error).toBeNull()
    expect(Buffer.from(await blob.arrayBuffer()).equals(content)).toBe(true)
  })

  test('the same file again: no transaction, a second one when asked for, none with skipTx', async () => {
    const content = vectorContent(300_000, 5)
    const first = await upload(content)
    const recognised = { rootHash: first.rootHash, txHash: '', txSeq: first.txSeq }
    expect(await upload(content)).toMatchObject(recognised)
    expect(await upload(content, { skipTx: true })).toMatchObject(recognised)
    const second = await upload(content, { skipIfFinalized: false })
    expect(second).toMatchObject({ rootHash: first.rootHash, txSeq: first.txSeq })
    const { nodes } = fileTreeOf(content)
    const submissions = await readSubmissions(flowOf(network.profile), { nodes })
    expect(submissions.map(({ transactionHash }) => transactionHash)).toEqual([first.txHash, second.txHash])
    // The first submission still stands for the root (0G storage spec §12.9).
    const info = await network.gateway.request('zgs_getFileInfo', [first.rootHash, true])
    expect(info).toMatchObject({ finalized: true, tx: { seq: first.txSeq } })
    expect((await download(first.rootHash)).equals(content)).toBe(true)
  })

  test('skipTx completes a file that somebody else submitted', async () => {
    const content = vectorContent(700_000, 7)
    const { root, nodes } = fileTreeOf(content)
    const flow = flowOf(network.profile)
    const files = [{ sizeBytes: content.length, nodes }]
    const valueWei = feeWei(files, await readPriceWei(flow))
    const { submissions } = await submitFiles(flow, files, { wallet: network.wallet, valueWei })
    const completed = await upload(content, { skipTx: true })
    expect(completed).toMatchObject({ rootHash: root, txHash: '', txSeq: submissions[0]?.txSeq })
    expect((await download(root)).equals(content)).toBe(true)
  })

  test('stores bytes in memory and browser files, several segments to a request, without waiting for finality', async () => {
    const content = vectorContent(1_500_001, 11)
    const many = await uploadFile(new MemData(content), { taskSize: 4, finalityRequired: false })
    expect((await downloadToMemory(many.rootHash)).equals(content)).toBe(true)
    const letter = new File([vectorContent(70_000, 13) as Uint8Array<ArrayBuffer>], 'letter.txt')
    const { rootHash } = await uploadFile(new SdkBlob(letter as never))
    expect((await downloadToMemory(rootHash)).equals(vectorContent(70_000, 13))).toBe(true)
  })

  test('an empty file is refused by the SDK itself', async () => {
    const signer = (await fundedSigner(network, provider)) as AnySigner
    const [, error] = await indexer.upload(new MemData([]), network.profile.rpc, signer)
    expect(error).not.toBeNull()
  })

  test('its StorageNode speaks to the gateway and to a shard', async () => {
    const content = vectorContent(300_001, 17)
    const { root, txSeq } = await putBytes(content, own())
    for (const { url } of [network.gateway, ...network.shards]) {
      const node = new StorageNode(url)
      expect((await node.getStatus()).networkIdentity.flowAddress).toBe(network.profile.contracts['Flow'])
      const { numShard, shardId } = await node.getShardConfig()
      expect(shardId).toBeLessThan(numShard)
      const info = await node.getFileInfo(root, true)
      expect(info).toMatchObject({ finalized: true, tx: { seq: txSeq, size: content.length } })
      expect(await node.getFileInfoByTxSeq(txSeq)).toEqual(info)
    }
    const gateway = new StorageNode(network.gateway.url)
    const data = await gateway.downloadSegmentByTxSeq(txSeq, 0, 1024)
    expect(Buffer.from(String(data), 'base64').equals(content.subarray(0, 262_144))).toBe(true)
    const proven = await gateway.downloadSegmentWithProof(root, 1)
    expect(proven).toMatchObject({ root, index: 1, fileSize: content.length, proof: fileTreeOf(content).proof(1) })
    expect(await gateway.downloadSegmentWithProofByTxSeq(txSeq, 1)).toEqual(proven)
  })

  test('reads what our own client stored', async () => {
    const content = vectorContent(700_000, 9)
    const { root } = await putBytes(content, own())
    expect((await download(root)).equals(content)).toBe(true)
  })
})

test('64 MiB, there and back', async () => {
  const content = vectorContent(64 * 1024 ** 2, 19)
  const { rootHash } = await upload(content, { taskSize: 10 })
  expect(rootHash).toBe(fileTreeOf(content).root)
  expect((await download(rootHash)).equals(content)).toBe(true)
})
