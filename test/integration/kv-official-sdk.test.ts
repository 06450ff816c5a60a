import { Batcher, getFlowContract, Indexer, KvClient, type StorageNode } from '@0gfoundation/0g-ts-sdk'
import { ethers } from 'ethers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { ACCESS_OPS } from '../../src/protocol/storage/kv/access-ops.ts'
import { startTestKvNode, type TestKvNode } from '../helpers/kv-node.ts'
import { type StorageNetwork, startStorageNetwork } from '../helpers/storage-network.ts'
import { accounts } from '../helpers/test-chain.ts'

const STREAM = ethers.zeroPadValue('0xf2bd', 32)
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

/** Writes with the SDK's Batcher, as an account; what it stores is replayed before the next read. */
async function batch(account: number, writes: Writes, controls: Control[] = [], version = ANY_VERSION) {
  const signer = new ethers.Wallet(accounts[account]?.privateKey ?? '', provider)
  const flow = getFlowContract(DEVNET_ADDRESSES.Flow, signer as unknown as Parameters<typeof getFlowContract>[1])
  const batcher = new Batcher(version, clients, flow, network.profile.rpc)
  batcher.streamDataBuilder.addStreamId(STREAM)
  for (const [key, value] of Object.entries(writes)) {
    batcher.streamDataBuilder.set(STREAM, utf8(key), typeof value === 'string' ? utf8(value) : value)
  }
  // The SDK has no builder for rights, but encodes them.
  batcher.streamDataBuilder.controls.push(...(controls as never[]))
  const [result, error] = await batcher.exec()
  expect(error).toBeNull()
  const { txSeq } = result as unknown as { txSeq: number }
  return { txSeq, result: await client.getTransactionResult(txSeq) }
}

const value = async (key: string, version?: number) => {
  const found = await client.getValue(STREAM, utf8(key), version)
  return found && { ...found, data: text(found.data) }
}

describe('the official TypeScript SDK, unmodified', () => {
  test('writes with Batcher and reads with KvClient', async () => {
    expect(await value('a')).toEqual({ data: '', size: 0, version: 0 })
    const first = await batch(1, { a: 'one', b: 'two', c: 'three' })
    expect(first).toEqual({ txSeq: 0, result: 'Commit' })
    expect(await value('a')).toEqual({ data: 'one', size: 3, version: 0 })
    expect(await client.getHoldingStreamIds()).toEqual([STREAM])
  })

  test('reads a value of 256 KiB in one piece, and every version of a key', async () => {
    const large = new Uint8Array(256 * 1024).map((_, i) => (i * 31) % 251)
    const { txSeq } = await batch(1, { a: large })
    const found = await client.getValue(STREAM, utf8('a'))
    expect(Buffer.from(found?.data ?? '', 'base64').equals(large)).toBe(true)
    await batch(1, { a: 'three' })
    expect((await value('a', txSeq))?.size).toBe(large.length)
    expect(await value('a', 0)).toEqual({ data: 'one', size: 3, version: 0 })
    expect((await value('a'))?.data).toBe('three')
  })

  test('iterates forwards and backwards, past deleted keys', async () => {
    expect(await batch(1, { b: '', d: 'four' })).toMatchObject({ result: 'Commit' })
    expect(await value('b')).toMatchObject({ size: 0, version: 3 })
    const iterator = client.newIterator(STREAM)
    const pair = () => {
      const current = iterator.getCurrentPair()
      return current && `${Buffer.from(current.key as unknown as Uint8Array)}=${text(current.data)}`
    }
    const seen: (string | undefined)[] = []
    expect(await iterator.seekToFirst()).toBeNull()
    for (; iterator.valid(); await iterator.next()) seen.push(pair())
    expect(seen).toEqual(['a=three', 'c=three', 'd=four'])
    expect(await iterator.seekToLast()).toBeNull()
    expect(pair()).toBe('d=four')
    await iterator.prev()
    expect(pair()).toBe('c=three')
    await iterator.seekAfter(utf8('b'))
    expect(pair()).toBe('c=three')
    await iterator.seekBefore(utf8('b'))
    expect(pair()).toBe('a=three')
    const next = await client.getNextWithValue(STREAM, utf8('a'), false)
    expect(text(next?.key as unknown as string)).toBe('c')
  })

  test('a write based on an old version is refused', async () => {
    expect(await batch(1, { a: 'late' }, [], 1)).toMatchObject({ result: 'VersionConfliction' })
    expect((await value('a'))?.data).toBe('three')
  })

  test('the stream belongs to its first writer, who can let others in', async () => {
    const [alice, bob] = [accounts[1]?.address ?? '', accounts[2]?.address ?? '']
    expect(await client.isAdmin(alice, STREAM)).toBe(true)
    expect(await client.hasWritePermission(bob, STREAM, utf8('a'))).toBe(false)
    expect(await batch(2, { a: 'mine' })).toMatchObject({ result: 'SenderNoWritePermission' })
    const grant = { Type: ACCESS_OPS.GRANT_WRITER_ROLE, StreamId: STREAM, Account: bob }
    const special = { Type: ACCESS_OPS.SET_KEY_TO_SPECIAL, StreamId: STREAM, Key: utf8('c') }
    expect(await batch(1, {}, [grant, special])).toMatchObject({ result: 'Commit' })
    expect(await client.isWriterOfStream(bob, STREAM)).toBe(true)
    expect(await client.isSpecialKey(STREAM, utf8('c'))).toBe(true)
    expect(await client.isWriterOfKey(bob, STREAM, utf8('c'))).toBe(false)
    expect(await batch(2, { a: 'ours' })).toMatchObject({ result: 'Commit' })
    expect(await batch(2, { c: 'ours' })).toMatchObject({
      result: `WritePermissionDenied: stream: ${STREAM}, key: c`,
    })
    expect([(await value('a'))?.data, (await value('c'))?.data]).toEqual(['ours', 'three'])
  })
})
