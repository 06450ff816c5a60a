import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Indexer, ZgFile } from '@0gfoundation/0g-ts-sdk'
import { ethers } from 'ethers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { feeWei, flowOf, readPriceWei, submitFiles } from '../../src/client/storage/flow-contract.ts'
import { getBytes } from '../../src/client/storage/get.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { fileTreeOf } from '../../src/protocol/storage/file-tree.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'
import { accounts } from '../helpers/test-chain.ts'
import vectors from '../vectors/storage.json' with { type: 'json' }

type UploadOptions = NonNullable<Parameters<Indexer['upload']>[3]>
type Uploaded = { rootHash: string; txHash: string; txSeq: number }
type Fragments = { rootHashes: string[]; txHashes: string[]; txSeqs: number[] }

/** The SDK pauses two seconds in every upload, so several accounts upload side by side. */
const LANES = 7
/**
 * What a submission costs depends on those before it, so an estimate made while others submit may be too low, and the SDK waits
 * for ever for a transaction that failed.
 */
const ENOUGH_GAS = { gasLimit: 1_000_000n }

let network: StorageNetwork
let provider: ethers.JsonRpcProvider
let indexer: Indexer
const home = process.cwd()

beforeAll(async () => {
  // The SDK talks on the console throughout.
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
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

async function upload<R = Uploaded>(content: Uint8Array, options: UploadOptions = {}, account = 1): Promise<R> {
  const path = join(network.directory, `up-${account}`)
  await writeFile(path, content)
  const file = await ZgFile.fromFilePath(path)
  const signer = new ethers.Wallet((accounts[account] as (typeof accounts)[number]).privateKey, provider)
  // The SDK is typed against the CommonJS build of ethers, this test imports the other one.
  const from = signer as unknown as Parameters<Indexer['upload']>[2]
  const [result, error] = await indexer.upload(file, network.profile.rpc, from, options, undefined, ENOUGH_GAS)
  await file.close()
  expect(error).toBeNull()
  return result as R
}

async function download(root: string | string[]): Promise<Buffer> {
  const target = join(network.directory, `down-${typeof root === 'string' ? root : root.join().slice(0, 100)}`)
  const error =
    typeof root === 'string' ? await indexer.download(root, target, true) : await indexer.download(root, target)
  expect(error).toBeNull()
  return await readFile(target)
}

describe('the official TypeScript SDK, unmodified', () => {
  test('uploads and downloads every size of the specification', async () => {
    const lanes = Array.from({ length: LANES }, (_, lane) => vectors.sizes.filter((_, i) => i % LANES === lane))
    await Promise.all(
      lanes.map(async (sizes, lane) => {
        for (const { size, root } of sizes) {
          const content = vectorContent(size)
          expect(await upload(content, {}, lane + 1)).toMatchObject({ rootHash: root })
          expect((await download(root)).equals(content)).toBe(true)
        }
      }),
    )
    // What one client stores, the other reads, and neither pays twice.
    for (const { size, root } of vectors.sizes) {
      const content = vectorContent(size)
      expect(Buffer.from(await getBytes(root, { profile: network.profile })).equals(content)).toBe(true)
      const again = await putBytes(content, { profile: network.profile, wallet: network.wallet })
      expect(again.outcome).toBe('already-stored')
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
    expect(second.txHash).toMatch(/^0x[0-9a-f]{64}$/)
    // The second submission is of the same content, so it is complete as well.
    const infos = await Promise.all(
      [network.gateway, ...network.shards].map((node) =>
        node.request<{ finalized: boolean }>('zgs_getFileInfoByTxSeq', [first.txSeq + 1]),
      ),
    )
    expect(infos.map(({ finalized }) => finalized)).toEqual([true, true, true])
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

  test('reads what our own client stored', async () => {
    const content = vectorContent(700_000, 9)
    const { root } = await putBytes(content, { profile: network.profile, wallet: network.wallet })
    expect((await download(root)).equals(content)).toBe(true)
  })
})
