import { once } from 'node:events'
import { statSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { IpcSocketProvider } from 'ethers'
import pino from 'pino'
import { createPublicClient } from 'viem'
import { ipc } from 'viem/node'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Hex, RpcClient } from '../../src/client/chain/rpc.ts'
import { rlpEncode } from '../../src/protocol/chain/rlp.ts'
import { rlpDecode } from '../../src/protocol/chain/rlp-decode.ts'
import { decodeTransaction } from '../../src/services/chain/methods/decode-transaction.ts'
import { INIT_CODE, TOKEN, TOKEN_CODE } from '../helpers/differential-scenario.ts'
import { startAnvil } from '../helpers/start-anvil.ts'
import { accounts, CONTRACTS, chainFingerprint, startTestChain, type TestChain } from '../helpers/test-chain.ts'

/** Methods beyond the engine's, each for what it is there for; how they answer beside anvil is in chain-differential.test.ts. */
let chain: TestChain
const [, alice, bob] = accounts.map(({ address }) => address) as [Hex, Hex, Hex]

beforeAll(async () => {
  chain = await startTestChain()
})
afterAll(async () => {
  await chain[Symbol.asyncDispose]()
})

const call = <T>(method: string, ...params: unknown[]) => chain.rpc.request<T>(method, params)
const send = (to: Hex, rpc: RpcClient = chain.rpc) =>
  rpc.request<Hex>('eth_sendTransaction', [{ from: alice, to, gas: '0x20000' }])

describe('filters', () => {
  test('tell blocks, logs and transactions once each, and again after a revert', async () => {
    const [blocks, logs, pending] = await Promise.all([
      call<Hex>('eth_newBlockFilter'),
      call<Hex>('eth_newFilter', { address: CONTRACTS.logging }),
      call<Hex>('eth_newPendingTransactionFilter'),
    ])
    const snapshot = await call<Hex>('evm_snapshot')
    const hash = await send(CONTRACTS.logging)
    expect(await call<Hex[]>('eth_getFilterChanges', blocks)).toHaveLength(1)
    expect(await call('eth_getFilterChanges', logs)).toMatchObject([{ transactionHash: hash }])
    expect(await call('eth_getFilterChanges', pending)).toEqual([hash])
    for (const id of [blocks, logs, pending]) expect(await call('eth_getFilterChanges', id)).toEqual([])
    await call('evm_revert', snapshot)
    const again = await send(CONTRACTS.logging)
    expect(await call('eth_getFilterChanges', logs)).toMatchObject([{ transactionHash: again }])
    expect(await call<Hex[]>('eth_getFilterChanges', blocks)).toHaveLength(1)
    for (const id of [blocks, logs, pending]) expect(await call('eth_uninstallFilter', id)).toBe(true)
    await expect(call('eth_getFilterChanges', logs)).rejects.toMatchObject({ code: 'RPC_ERROR' })
  })

  test('are bounded', async () => {
    const batch = async (requests: { method: string; params: unknown[] }[]) => {
      const body = JSON.stringify(requests.map((request, id) => ({ jsonrpc: '2.0', id, ...request })))
      return (await (await fetch(chain.url, { method: 'POST', body })).json()) as { result?: Hex; error?: object }[]
    }
    const replies = await batch(Array.from({ length: 1_001 }, () => ({ method: 'eth_newBlockFilter', params: [] })))
    expect(replies.at(-1)).toHaveProperty('error')
    const ids = replies.flatMap(({ result }) => result ?? [])
    expect(ids).toHaveLength(1_000)
    await batch(ids.map((id) => ({ method: 'eth_uninstallFilter', params: [id] })))
  })
})

describe('IPC', () => {
  const path = () => chain.ipc

  test('is open to its user only, and serves viem and ethers', async () => {
    expect(statSync(path()).mode & 0o777).toBe(0o600)
    const client = createPublicClient({ transport: ipc(path(), { reconnect: false }) })
    expect(await client.getChainId()).toBe(31337)
    const socket = await client.transport.getRpcClient()
    socket.close()
    const provider = new IpcSocketProvider(path())
    expect((await provider.getNetwork()).chainId).toBe(31337n)
    await provider.destroy()
  })

  test('takes requests in pieces and several in one, pushes events, and ends at what is no JSON', async () => {
    const socket = connect(path())
    const lines = reader(socket)
    socket.write('{"id":1,"method":"eth_chain')
    socket.write(
      'Id","params":["a}\\"{"]}\n {"id":"b","method":"eth_subscribe","params":["newHeads"]}[{"id":3,"method":"net_version"}]',
    )
    expect(await lines()).toMatchObject({ id: 1 })
    const { result: subscription } = (await lines()) as { result: Hex }
    expect(await lines()).toEqual([{ jsonrpc: '2.0', id: 3, result: '31337' }])
    await call('evm_mine')
    expect(await lines()).toMatchObject({ method: 'eth_subscription', params: { subscription } })
    socket.write('nonsense')
    expect(await lines()).toMatchObject({ error: { code: -32700 } })
    await once(socket, 'close')
  })
})

/** The next line of a socket, parsed. */
function reader(socket: Socket): () => Promise<unknown> {
  const waiting: ((value: unknown) => void)[] = []
  const seen: unknown[] = []
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk) => {
    const parts = (rest + String(chunk)).split('\n')
    rest = parts.pop() ?? ''
    for (const line of parts) {
      const next = waiting.shift()
      if (next) next(JSON.parse(line))
      else seen.push(JSON.parse(line))
    }
  })
  return () => (seen.length > 0 ? Promise.resolve(seen.shift()) : new Promise((resolve) => waiting.push(resolve)))
}

test('a WebSocket hears of heads, logs and transactions until it unsubscribes', async () => {
  const socket = new WebSocket(chain.ws)
  await once(socket, 'open')
  const messages: { id?: number; result?: unknown; params?: { subscription: string; result: unknown } }[] = []
  const next = async (isMeant: (message: (typeof messages)[number]) => boolean) => {
    for (;;) {
      const found = messages.find(isMeant)
      if (found) return found
      await once(socket, 'message')
    }
  }
  socket.on('message', (data) => messages.push(JSON.parse(String(data))))
  const ask = async (id: number, method: string, ...params: unknown[]) => {
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    return (await next((message) => message.id === id)).result
  }
  const heads = await ask(1, 'eth_subscribe', 'newHeads')
  const logs = await ask(2, 'eth_subscribe', 'logs', { address: CONTRACTS.logging })
  const pending = await ask(3, 'eth_subscribe', 'newPendingTransactions')
  const hash = await send(CONTRACTS.logging)
  const event = async (subscription: unknown) =>
    (await next((message) => message.params?.subscription === subscription)).params?.result
  expect(await event(pending)).toBe(hash)
  expect(await event(logs)).toMatchObject({ transactionHash: hash, removed: false })
  expect(await event(heads)).toMatchObject({ number: await call('eth_blockNumber') })
  expect(await ask(4, 'eth_unsubscribe', heads)).toBe(true)
  expect(await ask(5, 'eth_unsubscribe', heads)).toBe(false)
  socket.close()
})

test('a client that subscribes and never reads is dropped, and says so in the log', async () => {
  const warned = Promise.withResolvers<object>()
  const log = {
    ...pino({ level: 'silent' }),
    warn: (details: object) => warned.resolve(details),
  } as unknown as pino.Logger
  await using fresh = await startTestChain({ log })
  const socket = connect(fresh.ipc)
  await once(socket, 'connect')
  socket.pause()
  // Each block of 200 logs goes to a hundred subscriptions: some megabytes.
  await fresh.rpc.request('anvil_setCode', [TOKEN, `0x${'5f5fa0'.repeat(200)}`])
  for (let id = 0; id < 100; id++) socket.write(JSON.stringify({ id, method: 'eth_subscribe', params: ['logs', {}] }))
  const ended = once(socket, 'close')
  const isDropped = warned.promise.then(() => true)
  for (let block = 0; block < 200; block++) {
    await fresh.rpc.request('eth_sendTransaction', [{ from: alice, to: TOKEN, gas: '0x200000' }])
    if (await Promise.race([isDropped, Promise.resolve(false)])) break
  }
  expect(await warned.promise).toMatchObject({ kind: 'ipc' })
  socket.resume()
  await ended
})

describe('composed changes', () => {
  test('replay to the same chain', async () => {
    await using fresh = await startTestChain()
    const ask = <T>(method: string, ...params: unknown[]) => fresh.rpc.request<T>(method, params)
    await ask('anvil_setCode', TOKEN, TOKEN_CODE)
    await ask('anvil_dealERC20', bob, TOKEN, 42)
    await ask('anvil_addBalance', bob, 1)
    await ask('anvil_setBlockTimestampInterval', 7)
    await ask('evm_mine', { blocks: 3 })
    await ask('anvil_mine', 2, 100)
    await ask('anvil_autoImpersonateAccount', true)
    await ask('anvil_setBalance', CONTRACTS.counting, '0xde0b6b3a7640000')
    await ask('eth_sendTransaction', { from: CONTRACTS.counting, to: bob, value: '0x1', gas: '0x5208' })
    await ask('eth_sendUnsignedTransaction', { from: CONTRACTS.counting, to: bob, value: '0x1', gas: '0x5208' })
    await ask('eth_simulateV1', { blockStateCalls: [{ calls: [{ from: alice, to: CONTRACTS.counting }] }] }, 'latest')
    await ask('anvil_setIntervalMining', 900)
    const before = await chainFingerprint(fresh.rpc)
    const again = await fresh.restart()
    expect(await chainFingerprint(again.rpc)).toBe(before)
    expect(await again.rpc.request('anvil_getIntervalMining')).toBe(900)
    const from = CONTRACTS.reverting
    await again.rpc.request('anvil_setBalance', [from, '0xde0b6b3a7640000'])
    await again.rpc.request('eth_sendTransaction', [{ from, to: bob, gas: '0x5208' }])
    await again[Symbol.asyncDispose]()
  })

  test('a simulation leaves nothing behind and sees what it overrides', async () => {
    const before = await chainFingerprint(chain.rpc)
    const nobody = `0x${'99'.repeat(20)}`
    const number = `0x${(Number(await call<Hex>('eth_blockNumber')) + 10).toString(16)}`
    const [first, second] = await call<{ number: Hex; calls: { status: Hex; returnData: Hex; logs: unknown[] }[] }[]>(
      'eth_simulateV1',
      {
        traceTransfers: true,
        blockStateCalls: [
          {
            stateOverrides: {
              [nobody]: { balance: '0x5' },
              [TOKEN]: { code: TOKEN_CODE, stateDiff: { '0x7': '0x8' } },
            },
            calls: [
              { from: nobody, to: bob, value: '0x3' },
              { from: nobody, to: TOKEN },
              { from: nobody, data: INIT_CODE },
            ],
          },
          {
            blockOverrides: { number, time: '0xffffffff', feeRecipient: bob },
            calls: [{ to: CONTRACTS.reverting }],
          },
        ],
      },
      'latest',
    ).then((blocks) => [blocks[0], blocks.at(-1)])
    expect(first?.calls.map(({ status }) => status)).toEqual(['0x1', '0x1', '0x1'])
    expect(first?.calls[0]?.logs).toMatchObject([{ address: `0x${'ee'.repeat(20)}`, data: `0x${'0'.repeat(63)}3` }])
    expect(first?.calls[1]?.returnData).toBe(`0x${'0'.repeat(63)}8`)
    expect(second).toMatchObject({ number, timestamp: '0xffffffff', miner: bob, baseFeePerGas: '0x0' })
    expect(second?.calls[0]).toMatchObject({ status: '0x0', error: { code: 3, data: '0xdeadbeef' } })
    expect(await chainFingerprint(chain.rpc)).toBe(before)
    await expect(call('eth_sendTransaction', { from: nobody, to: bob })).rejects.toMatchObject({ code: 'RPC_ERROR' })
  })

  test('a traced call sees overridden state, and nobody else does', async () => {
    const trace = (options: object) =>
      call<{ output?: Hex }>('debug_traceCall', { to: CONTRACTS.counting }, 'latest', {
        tracer: 'callTracer',
        ...options,
      })
    const before = await chainFingerprint(chain.rpc)
    const stateOverrides = { [CONTRACTS.counting]: { code: '0x602a5f5260205ff3' } }
    expect((await trace({ stateOverrides })).output).toBe(`0x${'0'.repeat(62)}2a`)
    expect((await trace({})).output).toBeUndefined()
    await expect(trace({ blockOverrides: { number: '0x1' } })).rejects.toMatchObject({ code: 'RPC_ERROR' })
    expect(await chainFingerprint(chain.rpc)).toBe(before)
  })

  test('a reset starts over and is durable', async () => {
    await using fresh = await startTestChain()
    await fresh.rpc.request('anvil_mine', [5])
    await fresh.rpc.request('anvil_reset')
    expect(await fresh.rpc.request('eth_blockNumber')).toBe('0x0')
    await fresh.rpc.request('evm_mine')
    const again = await fresh.restart()
    expect(await again.rpc.request('eth_blockNumber')).toBe('0x1')
    await expect(again.rpc.request('hardhat_reset', [{ forking: { jsonRpcUrl: 'http://x' } }])).rejects.toThrow()
    await again[Symbol.asyncDispose]()
  })
})

describe('blocks taken back', () => {
  const facts = async (rpc: RpcClient) => [
    await rpc.request('eth_getBlockByNumber', ['latest', true]),
    await rpc.request('eth_getBalance', [bob, 'latest']),
    await rpc.request('eth_getTransactionCount', [alice, 'latest']),
  ]

  test('leave the chain as it was, within a segment and across its end, after a restart as well', async () => {
    await using fresh = await startTestChain({ segmentRequests: 40 })
    const ask = <T>(method: string, ...params: unknown[]) => fresh.rpc.request<T>(method, params)
    const seen = new Map<number, unknown>()
    for (let height = 1; height <= 60; height++) {
      await (height % 3 === 0 ? ask('anvil_mine', 1, 5) : send(bob, fresh.rpc))
      seen.set(height, await facts(fresh.rpc))
    }
    await ask('anvil_rollback')
    expect(await facts(fresh.rpc)).toEqual(seen.get(59))
    await ask('anvil_rollback', 9)
    expect(await facts(fresh.rpc)).toEqual(seen.get(50))
    expect(await ask('eth_getBlockByNumber', '0x33', false)).toBeNull()
    await send(CONTRACTS.counting, fresh.rpc)
    await ask('anvil_rollback', '0x20')
    expect(await facts(fresh.rpc)).toEqual(seen.get(19))
    await send(CONTRACTS.counting, fresh.rpc)
    const before = await chainFingerprint(fresh.rpc)
    const again = await fresh.restart()
    expect(await chainFingerprint(again.rpc)).toBe(before)
    await expect(again.rpc.request('anvil_rollback', [21])).rejects.toMatchObject({ code: 'RPC_ERROR' })
    await again[Symbol.asyncDispose]()
  })

  test('make room for others', async () => {
    await using fresh = await startTestChain()
    const ask = <T>(method: string, ...params: unknown[]) => fresh.rpc.request<T>(method, params)
    await ask('anvil_mine', 3)
    const logs = await ask<Hex>('eth_newFilter', { address: CONTRACTS.logging })
    const transaction = { from: alice, to: CONTRACTS.logging, gas: '0x20000' }
    await ask('anvil_reorg', 2, [
      [transaction, 1],
      [transaction, 1],
    ])
    expect(await ask('eth_blockNumber')).toBe('0x3')
    expect(await ask<unknown[]>('eth_getFilterChanges', logs)).toHaveLength(2)
    expect(await ask('hardhat_getAutomine')).toBe(true)
    await ask('hardhat_mine', '0x5')
    await expect(ask('anvil_rollback', 2)).rejects.toMatchObject({ code: 'RPC_ERROR' })
    await ask('anvil_rollback', 5)
    expect(await ask('eth_blockNumber')).toBe('0x3')
  })
})

describe('state in the format of anvil', () => {
  const facts = async (rpc: RpcClient) =>
    Promise.all([
      rpc.request('eth_getBalance', [bob, 'latest']),
      rpc.request('eth_getTransactionCount', [alice, 'latest']),
      rpc.request('eth_getCode', [CONTRACTS.counting, 'latest']),
      rpc.request('eth_getStorageAt', [CONTRACTS.counting, `0x${'0'.repeat(64)}`, 'latest']),
      rpc.request('eth_blockNumber'),
    ])

  test('goes from here to anvil and back, with height', async () => {
    await using anvil = await startAnvil(['--hardfork', 'prague'])
    await send(CONTRACTS.counting)
    await call('anvil_setBalance', bob, '0x1234')
    const here = await facts(chain.rpc)
    await anvil.rpc.request('anvil_loadState', [await call<Hex>('anvil_dumpState')])
    expect(await facts(anvil.rpc)).toEqual(here)
    await anvil.rpc.request('eth_sendTransactionSync', [{ from: alice, to: CONTRACTS.counting, gas: '0x20000' }])
    await anvil.rpc.request('anvil_setBalance', [bob, '0x5678'])
    const there = await facts(anvil.rpc)
    await using fresh = await startTestChain()
    await fresh.rpc.request('hardhat_loadState', [await anvil.rpc.request('anvil_dumpState')])
    expect(await facts(fresh.rpc)).toEqual(there)
    const again = await fresh.restart()
    expect(await facts(again.rpc)).toEqual(there)
    await again[Symbol.asyncDispose]()
  })

  test.each(['0x', '0x1f8b', '0x7b7d5d', 'nonsense'])('the dump %s is refused', async (dump) => {
    await expect(call('anvil_loadState', dump)).rejects.toMatchObject({ code: 'RPC_ERROR' })
  })

  test('code is found by its hash', async () => {
    const { codeHash } = await call<{ codeHash: Hex }>('eth_getAccount', CONTRACTS.counting, 'latest')
    expect(await call('debug_codeByHash', codeHash)).toBe(await call('eth_getCode', CONTRACTS.counting, 'latest'))
    expect(await call('debug_codeByHash', `0x${'12'.repeat(32)}`)).toBe('0x')
  })
})

test('raw bytes hash to what they are, and decode to what the node says', async () => {
  const accessList = [{ address: CONTRACTS.counting, storageKeys: [`0x${'0'.repeat(64)}`] }]
  const kinds = [{ gasPrice: '0x77359400' }, { gasPrice: '0x77359400', accessList }, { accessList }]
  const hash = (raw: string) => `0x${bytesToHex(keccak_256(hexToBytes(raw.slice(2))))}`
  for (const kind of kinds) {
    const sent = await call<Hex>('eth_sendTransaction', {
      from: alice,
      to: CONTRACTS.counting,
      gas: '0x20000',
      ...kind,
    })
    const { gasPrice: _, v: __, ...known } = await call<Record<string, unknown>>('eth_getTransactionByHash', sent)
    const raw = await call<Hex>('debug_getRawTransaction', sent)
    expect(hash(raw)).toBe(sent)
    const place = { blockHash: null, blockNumber: null, transactionIndex: null }
    expect(decodeTransaction(raw)).toMatchObject({ ...known, ...place })
  }
  const head = await call<{ hash: Hex; transactions: Hex[] }>('eth_getBlockByNumber', 'latest', false)
  expect(hash(await call<Hex>('debug_getRawHeader', 'latest'))).toBe(head.hash)
  expect(await call('debug_getRawReceipts', head.hash)).toHaveLength(1)
  const [header, transactions] = rlpDecode(hexToBytes((await call<Hex>('debug_getRawBlock', 'latest')).slice(2))) as [
    Uint8Array[],
    Uint8Array[],
  ]
  expect(`0x${bytesToHex(keccak_256(rlpEncode(header)))}`).toBe(head.hash)
  expect(transactions.map((bytes) => `0x${bytesToHex(keccak_256(bytes))}`)).toEqual(head.transactions)
})

test('a batch of reads and changes is answered in order, each read after the change before it', async () => {
  const from = accounts[7]?.address
  const entries = [0, 1, 2].flatMap((at) => [
    { jsonrpc: '2.0', id: `s${at}`, method: 'eth_sendTransaction', params: [{ from, to: bob, value: '0x1' }] },
    { jsonrpc: '2.0', id: `r${at}`, method: 'eth_getTransactionCount', params: [from, 'latest'] },
    { jsonrpc: '2.0', id: `n${at}`, method: 'eth_chainId' },
  ])
  const response = await fetch(chain.url, { method: 'POST', body: JSON.stringify(entries) })
  const replies = (await response.json()) as { id: string; result: Hex }[]
  expect(replies.map(({ id }) => id)).toEqual(entries.map(({ id }) => id))
  expect(replies.filter(({ id }) => id.startsWith('r')).map(({ result }) => result)).toEqual(['0x1', '0x2', '0x3'])
})
