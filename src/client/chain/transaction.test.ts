import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accounts, CONTRACTS, startTestChain, type TestChain } from '../../../test/helpers/test-chain.ts'
import { eventsOfReceipt, getEvents, readContract, writeContract } from './contract.ts'
import type { Hex, RpcClient } from './rpc.ts'
import { sendTransaction, submitTransaction, waitForReceipt } from './transaction.ts'
import { type Wallet, walletFromMnemonic } from './wallet.ts'

let chain: TestChain
const [deployer, alice, bob, carol, dave] = accounts as [Wallet, Wallet, Wallet, Wallet, Wallet]

beforeAll(async () => {
  chain = await startTestChain()
})
afterAll(async () => {
  await chain[Symbol.asyncDispose]()
})

const nonceOf = async (wallet: Wallet) =>
  Number(await chain.rpc.request<Hex>('eth_getTransactionCount', [wallet.address, 'latest']))

describe('sending', () => {
  test('many at once from one wallet get nonces in a row, and none is lost', async () => {
    const start = await nonceOf(alice)
    const receipts = await Promise.all(
      Array.from({ length: 40 }, () =>
        sendTransaction({ rpc: chain.rpc, wallet: alice, to: bob.address, valueWei: 1n }),
      ),
    )
    expect(receipts.every(({ status }) => status === '0x1')).toBe(true)
    expect(new Set(receipts.map(({ transactionHash }) => transactionHash)).size).toBe(40)
    expect(await nonceOf(alice)).toBe(start + 40)
  })

  test('a failure in the middle of many does not hold up the others', async () => {
    const start = await nonceOf(bob)
    const ends = await Promise.allSettled(
      Array.from({ length: 10 }, (_, at) =>
        sendTransaction({ rpc: chain.rpc, wallet: bob, to: at % 3 === 1 ? CONTRACTS.reverting : alice.address }),
      ),
    )
    expect(ends.filter(({ status }) => status === 'rejected')).toHaveLength(3)
    expect(await nonceOf(bob)).toBe(start + 7)
  })

  test('a nonce that another process took in the meantime is not used', async () => {
    let isFirst = true
    const racing: RpcClient = {
      url: `${chain.url}/racing`,
      async request<T>(method: string, params?: unknown[]): Promise<T> {
        if (method === 'eth_sendRawTransaction' && isFirst) {
          isFirst = false
          await sendTransaction({ rpc: chain.rpc, wallet: carol, to: bob.address })
        }
        return await chain.rpc.request<T>(method, params)
      },
    }
    const start = await nonceOf(carol)
    expect(await sendTransaction({ rpc: racing, wallet: carol, to: alice.address })).toMatchObject({ status: '0x1' })
    expect(await nonceOf(carol)).toBe(start + 2)
  })

  test('a refusal says what refused and costs nothing', async () => {
    const start = await nonceOf(dave)
    const sent = sendTransaction({ rpc: chain.rpc, wallet: dave, to: CONTRACTS.reverting, what: 'doIt' })
    await expect(sent).rejects.toMatchObject({ code: 'RPC_REVERTED', details: { data: '0xdeadbeef' } })
    await expect(sent).rejects.toThrowError(/doIt/)
    expect(await nonceOf(dave)).toBe(start)
  })

  test('a transaction that fails once mined names its hash', async () => {
    const sent = sendTransaction({ rpc: chain.rpc, wallet: dave, to: CONTRACTS.reverting, gas: 50_000n })
    await expect(sent).rejects.toMatchObject({
      code: 'RPC_REVERTED',
      details: { data: '0xdeadbeef', txHash: expect.stringMatching(/^0x/) },
    })
  })

  test('missing funds are told apart: for the value, for the gas', async () => {
    const value = sendTransaction({ rpc: chain.rpc, wallet: dave, to: bob.address, valueWei: 10n ** 30n })
    await expect(value).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS', details: { valueWei: 10n ** 30n } })
    const penniless = walletFromMnemonic('test test test test test test test test test test test junk', 77)
    const gas = sendTransaction({ rpc: chain.rpc, wallet: penniless, to: bob.address })
    await expect(gas).rejects.toMatchObject({ code: 'INSUFFICIENT_FUNDS' })
  })

  test('waiting ends on abort and on time', async () => {
    const { rpc } = chain
    await rpc.request('evm_setAutomine', [false])
    const hash = await submitTransaction({ rpc, wallet: deployer, to: bob.address })
    await expect(waitForReceipt(rpc, hash, { timeoutMs: 5 })).rejects.toMatchObject({ code: 'TIMEOUT' })
    const abort = new AbortController()
    const waiting = waitForReceipt(rpc, hash, { signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(waiting).rejects.toThrowError()
    await rpc.request('evm_mine')
    await rpc.request('evm_setAutomine', [true])
    expect(await waitForReceipt(rpc, hash)).toMatchObject({ status: '0x1' })
  })
})

describe('contracts', () => {
  // run time: stores the first argument in slot 0, emits Stored(uint256 indexed) and returns slot 0 — for any selector
  const runtime =
    '6004355f55600435 7f4bd8a7a0bcb9c9c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5 5f5fa2 5f545f5260205ff3'.replaceAll(
      ' ',
      '',
    )
  const abi = [
    {
      type: 'function',
      name: 'store',
      stateMutability: 'payable',
      inputs: [{ name: 'value', type: 'uint256' }],
      outputs: [{ name: '', type: 'uint256' }],
    },
    {
      type: 'function',
      name: 'store',
      stateMutability: 'payable',
      inputs: [{ name: 'value', type: 'address' }],
      outputs: [{ name: '', type: 'uint256' }],
    },
    { type: 'function', name: 'nope', stateMutability: 'view', inputs: [], outputs: [] },
    { type: 'event', name: 'Counted', inputs: [{ name: 'value', type: 'uint256', indexed: true }] },
  ]

  test('read, write, events of a receipt and of the chain', async () => {
    const { rpc } = chain
    const topic = await rpc.request<Hex>('web3_sha3', [`0x${Buffer.from('Counted(uint256)').toString('hex')}`])
    const code = `0x${runtime.replace(/4bd8a7a0bcb9(c[59])+/, topic.slice(2))}`
    const address: Hex = `0x${'00'.repeat(18)}beef`
    await rpc.request('hardhat_setCode', [address, code])
    const target = { rpc, address, abi }
    const receipt = await writeContract({ ...target, wallet: alice, functionName: 'store', args: [42n], value: 7n })
    expect(receipt.status).toBe('0x1')
    expect(eventsOfReceipt(receipt, { address, abi, eventName: 'Counted' })).toMatchObject([{ args: { value: 42n } }])
    await writeContract({ ...target, wallet: alice, functionName: 'store', args: [43n] })
    expect(await readContract<bigint>({ ...target, functionName: 'store', args: [44n] })).toBe(44n)
    expect(await readContract<bigint>({ ...target, functionName: 'store', args: [bob.address] })).toBe(
      BigInt(bob.address),
    )
    const fromBlock = BigInt(receipt.blockNumber)
    const found = await getEvents<{ value: bigint }>({ ...target, eventName: 'Counted', fromBlock })
    expect(found.map(({ args }) => args.value)).toEqual([42n, 43n])
    expect(found[0]).toMatchObject({ eventName: 'Counted', address, transactionHash: receipt.transactionHash })
    expect(await getEvents({ ...target, eventName: 'Counted', args: { value: 43n } })).toHaveLength(1)
    expect(await getEvents({ ...target, eventName: 'Counted', toBlock: fromBlock, args: { value: 43n } })).toEqual([])
  })

  test('a view that reverts names the function', async () => {
    const call = readContract({ rpc: chain.rpc, address: CONTRACTS.reverting, abi, functionName: 'nope' })
    await expect(call).rejects.toMatchObject({ code: 'RPC_REVERTED', details: { data: '0xdeadbeef' } })
    await expect(call).rejects.toThrowError(/nope/)
  })
})
