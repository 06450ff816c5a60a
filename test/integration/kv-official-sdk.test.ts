import {
  Batcher,
  getFlowContract,
  Indexer,
  KvClient,
  type StorageNode,
  StreamDataBuilder,
} from '@0gfoundation/0g-ts-sdk'
import { ethers } from 'ethers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { ACCESS_OPS } from '../../src/protocol/storage/kv/access-ops.ts'
import { startTestKvNode, type TestKvNode } from '../helpers/kv-node.ts'
import { type AnySigner, fundedSigner } from '../helpers/official-storage.ts'
import { type StorageNetwork, startStorageNetwork } from '../helpers/storage-network.ts'

const ANY_VERSION = Number.MAX_SAFE_INTEGER
const utf8 = (text: string) => Uint8Array.from(Buffer.from(text))
const text = (base64: string) => Buffer.from(base64, 'base64').toString()

let network: StorageNetwork
let node: TestKvNode
let client: KvClient
let provider: ethers.JsonRpcProvider
let clients: StorageNode[]

beforeAll(async () => {
  // The SDK talks on the console throughout.
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
  network = await startStorageNetwork()
  node = await startTestKvNode(network)
  client = new KvClient(node.url)
  provider = new ethers.JsonRpcProvider(network.profile.rpc)
  const [selected, error] = await new Indexer(network.profile.storage.indexer).selectNodes(1)
  expect(error).toBeNull()
  clients = selected
})
afterAll(async () => {
  provider.destroy()
  await node[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
  vi.restoreAllMocks()
})

type Control = { Type: number; StreamId: string; Account?: string; Key?: Uint8Array }
type Writes = Record<string, Uint8Array | string>
type Exec = Parameters<Batcher['exec']>[0]

/** A stream of its own for a test, and its owner: the SDK sleeps in every write, so tests write side by side. */
async function newStream() {
  const STREAM = ethers.hexlify(ethers.randomBytes(32))
  const owner = await fundedSigner(network, provider)
  /** Writes with the SDK's Batcher; what it stores is replayed before the next read. */
  const batch = async (
    writes: Writes,
    { by = owner, controls = [] as Control[], version = ANY_VERSION, exec = { tags: '0x' } as Exec } = {},
  ) => {
    const flow = getFlowContract(DEVNET_ADDRESSES.Flow, by as AnySigner)
    const batcher = new Batcher(version, clients, flow, network.profile.rpc)
    batcher.streamDataBuilder.addStreamId(STREAM)
    for (const [key, value] of Object.entries(writes)) {
      batcher.streamDataBuilder.set(STREAM, utf8(key), typeof value === 'string' ? utf8(value) : value)
    }
    // The SDK has no builder for rights, but encodes them.
    batcher.streamDataBuilder.controls.push(...(controls as never[]))
    const [result, error] = await batcher.exec(exec)
    expect(error).toBeNull()
    const { txSeq } = result as unknown as { txSeq: number }
    return { txSeq, result: await client.getTransactionResult(txSeq) }
  }
  const value = async (key: string, version?: number) => {
    const found = await client.getValue(STREAM, utf8(key), version)
    return found && { ...found, data: text(found.data) }
  }
  return { STREAM, owner, batch, value }
}

test('the tags are those of the SDK', () => {
  const builder = new StreamDataBuilder(1)
  const id = ethers.zeroPadValue('0xf2bd', 32)
  builder.addStreamId(id)
  const domain = 'df2ff3bb0af36c6384e6206552a4ed807f6f6a26e7d0aa6bff772ddc9d4307aa'
  expect(Buffer.from(builder.buildTags()).toString('hex')).toBe(`${domain}${id.slice(2)}`)
})

describe.concurrent('the official TypeScript SDK, unmodified', () => {
  test('writes with Batcher and reads with KvClient, in one piece up to 256 KiB, every version', async () => {
    const { STREAM, batch, value } = await newStream()
    expect(await value('a')).toEqual({ data: '', size: 0, version: 0 })
    // Without options, as its examples have it.
    const first = await batch({ a: 'one' }, { exec: undefined })
    expect(first).toMatchObject({ result: 'Commit' })
    expect(await value('a')).toEqual({ data: 'one', size: 3, version: first.txSeq })
    expect(await client.getHoldingStreamIds()).toContain(STREAM)
    const large = new Uint8Array(256 * 1024).map((_, i) => (i * 31) % 251)
    const { txSeq } = await batch({ a: large })
    const found = await client.getValue(STREAM, utf8('a'))
    expect(Buffer.from(found?.data ?? '', 'base64').equals(large)).toBe(true)
    await batch({ a: 'three' })
    expect((await value('a', txSeq))?.size).toBe(large.length)
    expect(await value('a', first.txSeq)).toEqual({ data: 'one', size: 3, version: first.txSeq })
    expect((await value('a'))?.data).toBe('three')
  })

  test('iterates forwards and backwards, past deleted keys; a write based on an old version is refused', async () => {
    const { STREAM, batch, value } = await newStream()
    const first = await batch({ a: 'one', b: 'two', c: 'three' })
    const { txSeq } = await batch({ b: '', d: 'four' })
    expect(await value('b')).toMatchObject({ size: 0, version: txSeq })
    const iterator = client.newIterator(STREAM)
    const pair = () => {
      const current = iterator.getCurrentPair()
      return current && `${Buffer.from(current.key as unknown as Uint8Array)}=${text(current.data)}`
    }
    const seen: (string | undefined)[] = []
    expect(await iterator.seekToFirst()).toBeNull()
    for (; iterator.valid(); await iterator.next()) seen.push(pair())
    expect(seen).toEqual(['a=one', 'c=three', 'd=four'])
    expect(await iterator.seekToLast()).toBeNull()
    expect(pair()).toBe('d=four')
    await iterator.prev()
    expect(pair()).toBe('c=three')
    await iterator.seekAfter(utf8('b'))
    expect(pair()).toBe('c=three')
    await iterator.seekBefore(utf8('b'))
    expect(pair()).toBe('a=one')
    const next = await client.getNextWithValue(STREAM, utf8('a'), false)
    expect(text(next?.key as unknown as string)).toBe('c')
    expect(await batch({ d: 'late' }, { version: first.txSeq })).toMatchObject({ result: 'VersionConfliction' })
    expect((await value('d'))?.data).toBe('four')
  })

  test('the stream belongs to its first writer, who can let others in', async () => {
    const { STREAM, owner, batch, value } = await newStream()
    const friend = await fundedSigner(network, provider)
    await batch({ a: 'one', c: 'three' })
    expect(await client.isAdmin(owner.address, STREAM)).toBe(true)
    expect(await client.hasWritePermission(friend.address, STREAM, utf8('a'))).toBe(false)
    expect(await batch({ a: 'mine' }, { by: friend })).toMatchObject({ result: 'SenderNoWritePermission' })
    const grant = { Type: ACCESS_OPS.GRANT_WRITER_ROLE, StreamId: STREAM, Account: friend.address }
    const special = { Type: ACCESS_OPS.SET_KEY_TO_SPECIAL, StreamId: STREAM, Key: utf8('c') }
    expect(await batch({}, { controls: [grant, special] })).toMatchObject({ result: 'Commit' })
    expect(await client.isWriterOfStream(friend.address, STREAM)).toBe(true)
    expect(await client.isSpecialKey(STREAM, utf8('c'))).toBe(true)
    expect(await client.isWriterOfKey(friend.address, STREAM, utf8('c'))).toBe(false)
    expect(await batch({ a: 'ours' }, { by: friend })).toMatchObject({ result: 'Commit' })
    expect(await batch({ c: 'ours' }, { by: friend })).toMatchObject({
      result: `WritePermissionDenied: stream: ${STREAM}, key: c`,
    })
    expect([(await value('a'))?.data, (await value('c'))?.data]).toEqual(['ours', 'three'])
  })
})
