import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createRpc, type Hex, type RpcClient } from '../../src/client/chain/rpc.ts'
import { signEip1559 } from '../../src/client/chain/transaction.ts'
import type { Wallet } from '../../src/client/chain/wallet.ts'
import { MAX_REQUEST_BYTES } from '../../src/services/chain/http-endpoint.ts'
import { accounts, CONTRACTS, startTestChain, type TestChain } from '../helpers/test-chain.ts'

let chain: TestChain
const alice = accounts[1]?.address ?? '0x'
const bob = accounts[2]?.address ?? '0x'

beforeAll(async () => {
  chain = await startTestChain()
})
afterAll(async () => {
  await chain[Symbol.asyncDispose]()
})

const TRANSFER = { chainId: 31337, gas: 21_000n, maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n }

async function post(body: string): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await fetch(chain.url, { method: 'POST', body })
  return { status: response.status, text: await response.text(), headers: response.headers }
}

const one = (method: string, params: unknown[] = [], id: unknown = 1) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })

describe('the envelope', () => {
  test.each([
    ['1', '1'],
    ['"a\\u00e9b"', '"aéb"'],
    ['null', 'null'],
    ['-7.5', '-7.5'],
    ['123456789012345678901234567890', '123456789012345678901234567890'],
  ])('keeps the id %s', async (sent, answered) => {
    const { text } = await post(`{"jsonrpc":"2.0","id":${sent},"method":"eth_chainId"}`)
    expect(text).toBe(`{"jsonrpc":"2.0","id":${answered},"result":"0x7a69"}`)
  })

  test('answers a batch in order, each with its id, mistakes included', async () => {
    const batch = `[${one('eth_chainId', [], 'x')},{"id":2},${one('nope_nope', [], 3)},7]`
    const replies = JSON.parse((await post(batch)).text) as { id: unknown; result?: string; error?: { code: number } }[]
    expect(replies.map(({ id, result, error }) => [id, result ?? error?.code])).toEqual([
      ['x', '0x7a69'],
      [2, -32600],
      [3, -32601],
      [null, -32600],
    ])
  })

  test('applies the transactions of a batch in their order', async () => {
    const send = (id: number) => one('eth_sendTransaction', [{ from: alice, to: bob, value: '0x1' }], id)
    const replies = JSON.parse((await post(`[${[1, 2, 3, 4].map(send).join(',')}]`)).text) as { result: Hex }[]
    const nonces = await Promise.all(
      replies.map(
        async ({ result }) => (await chain.rpc.request<{ nonce: Hex }>('eth_getTransactionByHash', [result])).nonce,
      ),
    )
    expect(nonces.map(Number)).toEqual([0, 1, 2, 3].map((step) => Number(nonces[0]) + step))
  })

  test.each([
    ['{"jsonrpc":', -32700],
    ['', -32700],
    ['[]', -32600],
    ['"text"', -32600],
    ['{"id":1,"method":7}', -32600],
    ['{"id":1,"method":"eth_chainId","params":{"a":1}}', -32600],
  ])('refuses %s', async (body, code) => {
    const reply = JSON.parse((await post(body)).text) as { error: { code: number } }
    expect(reply.error.code).toBe(code)
  })

  test('says nothing to notifications', async () => {
    expect(await post('{"jsonrpc":"2.0","method":"eth_chainId"}')).toMatchObject({ status: 204, text: '' })
  })

  test('refuses a body that is too large without reading it', async () => {
    const reply = await new Promise<number | undefined>((resolve, reject) => {
      const sent = request(
        chain.url,
        { method: 'POST', headers: { 'content-length': MAX_REQUEST_BYTES + 1 } },
        (response) => {
          resolve(response.statusCode)
          response.resume()
          sent.destroy()
        },
      )
      sent.on('error', reject)
      sent.write('[')
    })
    expect(reply).toBe(413)
  })

  test('lets browsers in', async () => {
    const preflight = await fetch(chain.url, {
      method: 'OPTIONS',
      headers: { 'access-control-request-method': 'POST' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect((await post(one('eth_chainId'))).headers.get('access-control-allow-origin')).toBe('*')
    expect((await fetch(chain.url)).status).toBe(405)
  })
})

describe('methods', () => {
  const call = <T>(method: string, ...params: unknown[]) => chain.rpc.request<T>(method, params)

  test('name the client 0g', async () => {
    expect(await call<string>('web3_clientVersion')).toMatch(/^HardhatNetwork\/0g-/)
    expect((await call<{ clientVersion: string }>('hardhat_metadata')).clientVersion).toMatch(/^HardhatNetwork\/0g-/)
  })

  test('a revert has code 3 and its data as a string', async () => {
    const reply = JSON.parse((await post(one('eth_call', [{ to: CONTRACTS.reverting }, 'latest']))).text) as {
      error: { code: number; data: string; message: string }
    }
    expect(reply.error).toMatchObject({ code: 3, data: '0xdeadbeef' })
    expect(reply.error.message).toMatch(/^execution reverted/)
    await expect(call('eth_estimateGas', { to: CONTRACTS.reverting })).rejects.toMatchObject({
      code: 'RPC_REVERTED',
      details: { data: '0xdeadbeef' },
    })
  })

  test('a transaction that fails is mined with status 0', async () => {
    const hash = await call<Hex>('eth_sendTransaction', { from: alice, to: CONTRACTS.reverting, gas: '0x20000' })
    expect(await call('eth_getTransactionReceipt', hash)).toMatchObject({ status: '0x0' })
  })

  test('an estimate holds when the transaction is mined in a later second', async () => {
    // runtime 425f55: keeps the time of the last call in slot 0
    const stamping = '0x00000000000000000000000000000000000c0de9'
    await call('hardhat_setCode', stamping, '0x425f55')
    await call('eth_sendTransaction', { from: alice, to: stamping, gas: '0x20000' })
    const gas = await call<Hex>('eth_estimateGas', { from: alice, to: stamping })
    await call('evm_increaseTime', 10)
    const hash = await call<Hex>('eth_sendTransaction', { from: alice, to: stamping, gas })
    expect(await call('eth_getTransactionReceipt', hash)).toMatchObject({ status: '0x1' })
    expect(await call('eth_estimateGas', { from: alice, to: bob, value: '0x1' })).toBe('0x5208')
  })

  test.each(['0x00', '0x5b', '0x5b5b', '0x6001600155'])('an estimate is enough for the code %s', async (code) => {
    const at = '0x00000000000000000000000000000000000c0dea'
    await call('hardhat_setCode', at, code)
    const gas = await call<Hex>('eth_estimateGas', { from: alice, to: at })
    const hash = await call<Hex>('eth_sendTransaction', { from: alice, to: at, gas })
    expect(await call('eth_getTransactionReceipt', hash)).toMatchObject({ status: '0x1' })
  })

  test('a runaway call ends, however much gas it asks for', async () => {
    const gas = '0x7fffffffffffffff'
    await expect(call('eth_call', { to: CONTRACTS.looping, gas: '0x100000' }, 'latest')).rejects.toMatchObject({
      code: 'RPC_ERROR',
    })
    await expect(call('eth_call', { to: CONTRACTS.counting, gas }, 'latest')).resolves.toBe('0x')
  })

  test('receipts of a block, by number, hash and tag', async () => {
    await call('evm_setAutomine', false)
    for (const to of [CONTRACTS.logging, bob, CONTRACTS.counting])
      await call('eth_sendTransaction', { from: alice, to })
    expect(await call('txpool_status')).toEqual({ pending: '0x3', queued: '0x0' })
    await call('evm_mine')
    await call('evm_setAutomine', true)
    const block = await call<{ number: Hex; hash: Hex; transactions: Hex[] }>('eth_getBlockByNumber', 'latest', false)
    for (const id of ['latest', block.number, block.hash, { blockHash: block.hash }, { blockNumber: block.number }]) {
      const receipts = await call<{ transactionHash: Hex }[]>('eth_getBlockReceipts', id)
      expect(receipts.map(({ transactionHash }) => transactionHash)).toEqual(block.transactions)
    }
    expect(await call('eth_getBlockReceipts', '0xffffff')).toBeNull()
  })

  test('the dialects of anvil, hardhat and ganache do the same', async () => {
    for (const [method, value, wei] of [
      ['hardhat_setBalance', '0x64', 100n],
      ['anvil_setBalance', 101, 101n],
      ['anvil_setBalance', '0x0066', 102n],
      ['anvil_setBalance', '103', 103n],
    ] as const) {
      await call(method, bob, value)
      expect(BigInt(await call<Hex>('eth_getBalance', bob, 'latest'))).toBe(wei)
    }
    await call('anvil_setStorageAt', CONTRACTS.counting, `0x${'0'.repeat(64)}`, '0x7')
    expect(Number(await call<Hex>('eth_getStorageAt', CONTRACTS.counting, '0x0', 'latest'))).toBe(7)
    await call('evm_setAccountNonce', bob, '0x20')
    expect(await call('eth_getTransactionCount', bob, 'latest')).toBe('0x20')
    await call('anvil_setCode', bob, '0x00')
    expect(await call('eth_getCode', bob, 'latest')).toBe('0x00')
    await call('anvil_impersonateAccount', CONTRACTS.reverting)
    await call('hardhat_setBalance', CONTRACTS.reverting, '0xde0b6b3a7640000')
    await call('eth_sendTransaction', { from: CONTRACTS.reverting, to: bob, value: '0x1' })
    await call('anvil_stopImpersonatingAccount', CONTRACTS.reverting)
    await expect(call('eth_sendTransaction', { from: CONTRACTS.reverting, to: bob })).rejects.toMatchObject({
      code: 'RPC_ERROR',
    })
    const before = Number(await call<Hex>('eth_blockNumber'))
    await call('anvil_mine', 4)
    expect(Number(await call<Hex>('eth_blockNumber'))).toBe(before + 4)
    expect(await call('eth_requestAccounts')).toEqual(await call('eth_accounts'))
  })

  test('time: a jump stays, an asked-for time is met and runs on', async () => {
    const now = async () => Number((await call<{ timestamp: Hex }>('eth_getBlockByNumber', 'latest', false)).timestamp)
    await call('evm_mine')
    const start = await now()
    await call('evm_increaseTime', 3600)
    await call('evm_mine')
    const jumped = await now()
    expect(jumped - start).toBeGreaterThanOrEqual(3600)
    await call('evm_setNextBlockTimestamp', jumped + 5000)
    await call('eth_sendTransaction', { from: alice, to: CONTRACTS.counting })
    expect(await now()).toBe(jumped + 5000)
    await call('evm_mine')
    expect(await now()).toBeGreaterThanOrEqual(jumped + 5000)
    await expect(call('evm_setNextBlockTimestamp', jumped)).rejects.toMatchObject({ code: 'RPC_ERROR' })
    await expect(call('evm_increaseTime', -5)).rejects.toMatchObject({ code: 'RPC_ERROR' })
  })

  test('eth_sendRawTransactionSync answers with the receipt', async () => {
    const carol = accounts[3] as Wallet
    const raw = signEip1559(carol, { ...TRANSFER, nonce: 0n, to: bob, valueWei: 1n })
    expect(await call('eth_sendRawTransactionSync', raw)).toMatchObject({ status: '0x1', from: carol.address })
    await expect(call('eth_sendRawTransactionSync', '0x')).rejects.toMatchObject({ code: 'RPC_ERROR' })
    await call('evm_setAutomine', false)
    const late = signEip1559(carol, { ...TRANSFER, nonce: 1n, to: bob, valueWei: 1n })
    await expect(call('eth_sendRawTransactionSync', late, 30)).rejects.toMatchObject({ details: { rpcCode: 4 } })
    await call('evm_mine')
    await call('evm_setAutomine', true)
  })

  test('a transaction ahead of its nonce waits for the ones before it, through a restart as well', async () => {
    await using fresh = await startTestChain()
    const dave = accounts[4] as Wallet
    const send = (rpc: RpcClient, nonce: bigint) =>
      rpc.request<Hex>('eth_sendRawTransaction', [signEip1559(dave, { ...TRANSFER, nonce, to: bob, valueWei: 1n })])
    const hashes = [await send(fresh.rpc, 2n), await send(fresh.rpc, 3n), await send(fresh.rpc, 1n)]
    expect(await fresh.rpc.request('txpool_status')).toEqual({ pending: '0x0', queued: '0x3' })
    expect(await fresh.rpc.request('eth_getTransactionReceipt', [hashes[0]])).toBeNull()
    const again = await fresh.restart()
    hashes.push(await send(again.rpc, 0n))
    for (const hash of hashes) {
      expect(await again.rpc.request('eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1' })
    }
    expect(await again.rpc.request('txpool_status')).toEqual({ pending: '0x0', queued: '0x0' })
    await again[Symbol.asyncDispose]()
  })

  test('a reason and a panic are told in the words of geth', async () => {
    const at = `0x${'00'.repeat(18)}dead`
    const word = (hex: string) => hex.padStart(64, '0')
    const reason = `08c379a0${word('20')}${word('3')}${Buffer.from('why').toString('hex').padEnd(64, '0')}`
    const panic = `4e487b71${word('11')}`
    for (const [data, message] of [
      [reason, /^execution reverted: why$/],
      [panic, /^execution reverted: panic 0x11/],
    ] as const) {
      const size = (data.length / 2).toString(16).padStart(2, '0')
      // copies what stands behind these eleven bytes of code to memory and reverts with it
      await call('hardhat_setCode', at, `0x60${size}600b5f3960${size}5ffd00${data}`)
      const reply = JSON.parse((await post(one('eth_call', [{ to: at }, 'latest']))).text) as {
        error: { code: number; message: string; data: string }
      }
      expect(reply.error).toMatchObject({ code: 3, data: `0x${data}` })
      expect(reply.error.message).toMatch(message)
    }
  })

  test('blocks come by the clock when a block time is set', async () => {
    await using timed = await startTestChain({ blockTimeMs: 20 })
    const hash = await timed.rpc.request<Hex>('eth_sendTransaction', [{ from: alice, to: bob, value: '0x1' }])
    const receipt = await timed.rpc
      .request<{ status: Hex }>('eth_sendRawTransactionSync', ['0x01'])
      .catch(() => undefined)
    expect(receipt).toBeUndefined()
    for (;;) if (await timed.rpc.request('eth_getTransactionReceipt', [hash])) break
    const height = Number(await timed.rpc.request<Hex>('eth_blockNumber'))
    const again = await timed.restart({ blockTimeMs: null })
    expect(Number(await again.rpc.request<Hex>('eth_blockNumber'))).toBeGreaterThanOrEqual(height)
    const automined = await again.rpc.request<Hex>('eth_sendTransaction', [{ from: alice, to: bob, value: '0x1' }])
    expect(await again.rpc.request('eth_getTransactionReceipt', [automined])).not.toBeNull()
    await again[Symbol.asyncDispose]()
  })
})

describe('WebSocket', () => {
  test('answers requests, tells of heads, logs and pending transactions, and stops on unsubscribe', async () => {
    const socket = new WebSocket(chain.ws)
    const replies = new Map<number, (result: unknown) => void>()
    const events: { subscription: Hex; result: unknown }[] = []
    let wake = () => {}
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as { id?: number; result?: unknown; params?: (typeof events)[number] }
      if (message.id !== undefined) replies.get(message.id)?.(message.result)
      if (message.params) events.push(message.params)
      wake()
    })
    await new Promise((resolve) => socket.once('open', resolve))
    let nextId = 1
    const ask = <T>(method: string, ...params: unknown[]) =>
      new Promise<T>((resolve) => {
        const id = nextId++
        replies.set(id, resolve as (result: unknown) => void)
        socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
      })
    expect(await ask('eth_chainId')).toBe('0x7a69')
    const heads = await ask<Hex>('eth_subscribe', 'newHeads')
    const logs = await ask<Hex>('eth_subscribe', 'logs', { address: CONTRACTS.logging })
    const pending = await ask<Hex>('eth_subscribe', 'newPendingTransactions')
    const hash = await ask<Hex>('eth_sendTransaction', { from: alice, to: CONTRACTS.logging })
    const of = (id: Hex) => events.filter(({ subscription }) => subscription === id).map(({ result }) => result)
    while (of(heads).length < 1 || of(logs).length < 1 || of(pending).length < 1) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    const receipt = await ask<{ blockHash: Hex }>('eth_getTransactionReceipt', hash)
    expect(of(heads)).toMatchObject([{ hash: receipt.blockHash }])
    expect(of(logs)).toMatchObject([
      { address: CONTRACTS.logging, transactionHash: hash, topics: [`0x${'7'.padStart(64, '0')}`] },
    ])
    expect(of(pending)).toEqual([hash])
    expect(await ask('eth_unsubscribe', heads)).toBe(true)
    expect(await ask('eth_unsubscribe', heads)).toBe(false)
    await ask('evm_mine')
    await ask('eth_chainId')
    expect(of(heads)).toHaveLength(1)
    socket.close()
    await expect(chain.rpc.request('eth_subscribe', ['newHeads'])).rejects.toMatchObject({ code: 'RPC_ERROR' })
  })
})

describe('state on disk', () => {
  test('another genesis, engine setting or chain id is refused, and names both', async () => {
    await using first = await startTestChain()
    await first.rpc.request('evm_mine')
    await expect(first.restart({ chainId: 31338 })).rejects.toMatchObject({ code: 'SETTING_FIXED' })
    await expect(first.restart({ hardfork: 'osaka' })).rejects.toMatchObject({ code: 'SETTING_FIXED' })
    const again = await first.restart()
    expect(await again.rpc.request('eth_blockNumber')).toBe('0x1')
    await again[Symbol.asyncDispose]()
  })

  test('nothing listens any more once it stopped', async () => {
    const gone = await startTestChain()
    await gone[Symbol.asyncDispose]()
    await expect(createRpc(gone.url).request('eth_chainId')).rejects.toMatchObject({ code: 'NETWORK_UNREACHABLE' })
  })
})
