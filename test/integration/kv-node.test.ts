import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRpc } from '../../src/client/chain/rpc.ts'
import { feeWei, flowOf, readPriceWei, submitFiles } from '../../src/client/storage/flow-contract.ts'
import { getValue, kvNodeOf, parseKey, parseStreamId, putValues } from '../../src/client/storage/kv.ts'
import { watchStream } from '../../src/client/storage/kv-watch.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { fileTreeOf } from '../../src/protocol/storage/file-tree.ts'
import { ANY_VERSION, encodeStreamData } from '../../src/protocol/storage/kv/stream-data.ts'
import { encodeStreamTags } from '../../src/protocol/storage/kv/stream-tags.ts'
import type { ChildService } from '../helpers/child-service.ts'
import { startKvProcess, startTestKvNode, type TestKvNode } from '../helpers/kv-node.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'
import { accounts } from '../helpers/test-chain.ts'

let network: StorageNetwork
let node: TestKvNode

beforeAll(async () => {
  network = await startStorageNetwork()
  node = await startTestKvNode(network)
})
afterAll(async () => {
  await node[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
})

let streams = 0
const newStream = () => parseStreamId(`0x${(++streams).toString(16)}`)
const utf8 = (text: string) => new TextEncoder().encode(text)
const base64 = (text: string) => Buffer.from(text).toString('base64')
const account = (index: number) => accounts[index] as (typeof accounts)[number]
const options = (index = 1) => ({ profile: network.profile, wallet: account(index) })
const put = (stream: `0x${string}`, key: string, value: string | Uint8Array, index = 1) =>
  putValues(
    node.rpc,
    stream,
    [{ key: utf8(key), value: typeof value === 'string' ? utf8(value) : value }],
    options(index),
  )
const read = async (stream: `0x${string}`, key: string, version?: number) =>
  new TextDecoder().decode((await getValue(node.rpc, stream, utf8(key), { version })).value)

describe('our own client', () => {
  test('a write can be read at once, and the same content again is a write again', async () => {
    const stream = newStream()
    const first = await put(stream, 'k', 'one')
    await put(stream, 'k', 'two')
    const third = await put(stream, 'k', 'one')
    expect(third.root).toBe(first.root)
    expect(third.txSeq).toBe(first.txSeq + 2)
    expect(await getValue(node.rpc, stream, utf8('k'))).toMatchObject({ version: third.txSeq })
    expect([await read(stream, 'k', first.txSeq), await read(stream, 'k', first.txSeq + 1)]).toEqual(['one', 'two'])
  })

  test('values longer than one request are read whole', async () => {
    const stream = newStream()
    const value = vectorContent(700_000)
    await put(stream, 'large', value)
    expect(Buffer.from((await getValue(node.rpc, stream, utf8('large'))).value).equals(value)).toBe(true)
  })

  test('a key that is deleted, or was never there, is unknown', async () => {
    const stream = newStream()
    const { txSeq } = await put(stream, 'k', 'one')
    await put(stream, 'k', '')
    await expect(read(stream, 'k')).rejects.toMatchObject({ code: 'KV_KEY_UNKNOWN' })
    await expect(read(stream, 'other')).rejects.toMatchObject({ code: 'KV_KEY_UNKNOWN' })
    expect(await read(stream, 'k', txSeq)).toBe('one')
  })

  test('a write to a stream of somebody else is refused', async () => {
    const stream = newStream()
    await put(stream, 'k', 'mine')
    await expect(put(stream, 'k', 'ours', 2)).rejects.toMatchObject({ code: 'KV_REFUSED' })
    expect(await read(stream, 'k')).toBe('mine')
  })

  test('a watch tells what there is, then each change, and ends without an error', async () => {
    const stream = newStream()
    await put(stream, 'a', 'one')
    const stop = new AbortController()
    const seen: string[] = []
    for await (const { key, value } of watchStream(node.rpc, stream, { signal: stop.signal })) {
      seen.push(`${Buffer.from(key)}=${value === null ? 'deleted' : Buffer.from(value)}`)
      if (seen.length === 1) await put(stream, 'b', 'two')
      if (seen.length === 2) await put(stream, 'a', '')
      if (seen.length === 3) stop.abort()
    }
    expect(seen).toEqual(['a=one', 'b=two', 'a=deleted'])
  })

  test('names are checked before anything is sent', () => {
    expect(() => parseStreamId('f2bd')).toThrow(expect.objectContaining({ code: 'KV_STREAM_INVALID' }))
    expect(() => parseStreamId(`0x${'0'.repeat(65)}`)).toThrow(expect.objectContaining({ code: 'KV_STREAM_INVALID' }))
    expect(() => parseKey('')).toThrow(expect.objectContaining({ code: 'KV_KEY_INVALID' }))
    expect(() => kvNodeOf(network.profile)).toThrow(expect.objectContaining({ code: 'KV_NODE_MISSING' }))
  })
})

describe('kv_*', () => {
  test('answers as the real node', async () => {
    const stream = newStream()
    const { txSeq } = await put(stream, 'k', 'value')
    const ask = (method: string, ...params: unknown[]) => node.rpc.request(method, params)
    const key = base64('k')
    expect(await ask('kv_getStatus')).toBe(true)
    expect(await ask('kv_getValue', stream, key, 0, 0)).toEqual({ version: txSeq, data: '', size: 5 })
    expect(await ask('kv_getValue', stream, key, 1, 3, null)).toEqual({ version: txSeq, data: base64('alu'), size: 5 })
    expect(await ask('kv_getValue', stream, base64('?'), 9, 9)).toEqual({ version: 0, data: '', size: 0 })
    expect(await ask('kv_getFirst', stream, 0, 0)).toEqual({ version: txSeq, key, data: '', size: 5 })
    expect(await ask('kv_getLast', stream, 0, 9, txSeq - 1)).toBeNull()
    expect(await ask('kv_getNext', stream, key, 0, 9, true)).toMatchObject({ key })
    expect(await ask('kv_getPrev', stream, key, 0, 9, false)).toBeNull()
    expect(await ask('kv_getTransactionResult', txSeq)).toBe('Commit')
    expect(await ask('kv_getTransactionResult', String(txSeq))).toBe('Commit')
    expect(await ask('kv_getTransactionResult', txSeq + 1)).toBeNull()
    expect(await ask('kv_getReplayProgress')).toEqual({ appliedSeq: txSeq + 1, firstTxSeq: 0 })
    expect(await ask('kv_getHoldingStreamIds')).toContain(stream)
    expect(await ask('kv_IsAdmin', account(1).address, stream)).toBe(true)
    expect(await ask('kv_isAdmin', account(2).address, stream)).toBe(false)
  })

  test('takes versions up to 2^64 - 1, which JavaScript cannot write', async () => {
    const stream = newStream()
    await put(stream, 'k', 'value')
    const params = `["${stream}","${base64('k')}",0,9,18446744073709551615]`
    const response = await fetch(node.url, {
      method: 'POST',
      body: `{"jsonrpc":"2.0","id":1,"method":"kv_getValue","params":${params}}`,
    })
    expect(await response.json()).toMatchObject({ result: { data: base64('value'), size: 5 } })
  })

  test.each([
    ['kv_getValue', [`0x${'01'.repeat(32)}`, base64('k'), 0, 262_145], 'query length too large'],
    ['kv_getValue', [`0x${'01'.repeat(32)}`, '', 0, 1], 'key is empty'],
    ['kv_getFirst', ['STREAM', 99, 1], 'start index is greater than value length'],
  ])('%s refuses %j', async (method, params, data) => {
    const stream = newStream()
    await put(stream, 'k', 'value')
    const filled = params.map((param) => (param === 'STREAM' ? stream : param))
    await expect(node.rpc.request(method, filled)).rejects.toMatchObject({
      code: 'RPC_ERROR',
      details: { rpcCode: -32602, data },
    })
  })

  test('any arguments are answered, with a result or an error', async () => {
    const methods = [
      ...['kv_getStatus', 'kv_getValue', 'kv_getNext', 'kv_getPrev', 'kv_getFirst', 'kv_getLast', 'kv_isAdmin'],
      ...['kv_getTransactionResult', 'kv_getHoldingStreamIds', 'kv_getReplayProgress', 'kv_hasWritePermission'],
      ...['kv_IsAdmin', 'kv_isSpecialKey', 'kv_isWriterOfKey', 'kv_isWriterOfStream'],
    ]
    const argument = fc.oneof(fc.jsonValue(), fc.constant(`0x${'01'.repeat(32)}`), fc.constant('a2V5'), fc.nat())
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...methods), fc.array(argument, { maxLength: 7 }), async (method, params) => {
        const response = await fetch(node.url, {
          method: 'POST',
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        })
        const answer = (await response.json()) as { result?: unknown; error?: { code: number } }
        expect(response.status).toBe(200)
        expect(answer.error?.code ?? -32602).toBe(-32602)
      }),
      { numRuns: 60 },
    )
  })
})

describe('replay', () => {
  test('waits for data that nobody has stored yet, in order, and goes on when it is there', async () => {
    const stream = newStream()
    const dataOf = (value: string) => {
      const writes = [{ streamId: stream, key: utf8('k'), data: utf8(value) }]
      return encodeStreamData({ version: ANY_VERSION, reads: [], writes, accessControls: [] })
    }
    const tags = encodeStreamTags([stream])
    const bytes = dataOf('first')
    const { nodes } = fileTreeOf(bytes)
    const flow = flowOf(network.profile)
    const file = { sizeBytes: bytes.length, nodes, tags }
    const valueWei = feeWei([file], await readPriceWei(flow))
    const { submissions } = await submitFiles(flow, [file], { wallet: account(1), valueWei })
    const txSeq = submissions[0]?.txSeq ?? 0
    const second = await putBytes(dataOf('second'), { ...options(), tags })
    expect(await node.rpc.request('kv_getTransactionResult', [second.txSeq])).toBeNull()
    expect(await node.rpc.request('kv_getReplayProgress')).toMatchObject({ appliedSeq: txSeq })
    // The same bytes without tags: the chain has them under this root, so only the data is sent.
    expect(await putBytes(bytes, options())).toMatchObject({ outcome: 'resumed' })
    await expect.poll(() => node.rpc.request('kv_getTransactionResult', [second.txSeq])).toBe('Commit')
    expect([await read(stream, 'k', txSeq), await read(stream, 'k')]).toEqual(['first', 'second'])
  })

  test('drops what is no stream data, and goes on with the next write', async () => {
    const stream = newStream()
    const tags = encodeStreamTags([stream])
    const good = encodeStreamData({
      version: ANY_VERSION,
      reads: [],
      writes: [{ streamId: stream, key: utf8('k'), data: utf8('value') }],
      accessControls: [],
    })
    const tooMany = Uint8Array.from(good)
    new DataView(tooMany.buffer).setUint32(12, 0xffff_ffff)
    const bad = [Uint8Array.of(1), good.subarray(0, good.length - 5), tooMany, vectorContent(300_000, 9)]
    for (const bytes of bad) {
      const { txSeq } = await putBytes(bytes, { ...options(), tags })
      expect(await node.rpc.request('kv_getTransactionResult', [txSeq])).toMatch(/^DataParseError: /)
    }
    await put(stream, 'k', 'after')
    expect(await read(stream, 'k')).toBe('after')
  })

  test('values that a write brought are gone when the chain goes back before it, and older ones are back', async () => {
    const stream = newStream()
    await put(stream, 'k', 'kept')
    const snapshot = await network.chain.rpc.request('evm_snapshot')
    const large = vectorContent(400_000, 4)
    await put(stream, 'k', large)
    expect(Buffer.from((await getValue(node.rpc, stream, utf8('k'))).value).equals(large)).toBe(true)
    await network.chain.rpc.request('evm_revert', [snapshot])
    await network.chain.rpc.request('evm_mine')
    await expect.poll(() => read(stream, 'k')).toBe('kept')
    const { txSeq } = await put(stream, 'k', 'again')
    expect(await getValue(node.rpc, stream, utf8('k'))).toMatchObject({ version: txSeq, value: Buffer.from('again') })
  })

  test('follows the chain back when it is rewound', async () => {
    const stream = newStream()
    await put(stream, 'k', 'kept')
    const chain = createRpc(network.profile.rpc)
    const snapshot = await chain.request('evm_snapshot')
    const { txSeq } = await put(stream, 'k', 'undone')
    expect(await chain.request('evm_revert', [snapshot])).toBe(true)
    expect(await read(stream, 'k')).toBe('kept')
    expect(await node.rpc.request('kv_getTransactionResult', [txSeq])).toBeNull()
    expect(await put(stream, 'k', 'other')).toMatchObject({ txSeq })
    expect(await read(stream, 'k')).toBe('other')
  })

  test('a damaged file on disk is downloaded again', async () => {
    const stream = newStream()
    await put(stream, 'k', 'value')
    const kept = join(network.directory, 'storage-kv', 'streams')
    for (const name of readdirSync(kept)) writeFileSync(join(kept, name), 'damaged')
    await using second = await startTestKvNode(network)
    const found = await getValue(second.rpc, stream, utf8('k'))
    expect(Buffer.from(found.value).toString()).toBe('value')
  })
})

test('kill -9 under writes: what was acknowledged is there after a restart', async () => {
  const stream = newStream()
  mkdirSync(join(network.directory, 'storage-kv'), { recursive: true })
  let child: ChildService = await startKvProcess(network)
  try {
    const port = Number(new URL(child.endpoints['kv'] ?? '').port)
    const rpc = createRpc(child.endpoints['kv'] ?? '', { retryForMs: 10_000 })
    for (let round = 0; round < 3; round++) {
      const value = utf8(`value ${round}`)
      await putValues(rpc, stream, [{ key: utf8(`key ${round}`), value }], options())
      const onItsWay = putValues(rpc, stream, [{ key: utf8('late'), value }], options())
      await child.kill()
      child = await startKvProcess(network, port)
      await onItsWay
      expect(Buffer.from((await getValue(rpc, stream, utf8('late'))).value).toString()).toBe(`value ${round}`)
      for (let earlier = 0; earlier <= round; earlier++) {
        const found = await getValue(rpc, stream, utf8(`key ${earlier}`))
        expect(Buffer.from(found.value).toString()).toBe(`value ${earlier}`)
      }
    }
  } finally {
    await child.stop()
  }
})
