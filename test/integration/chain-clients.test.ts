import { Contract, ContractFactory, Wallet as EthersWallet, JsonRpcProvider, WebSocketProvider } from 'ethers'
import { createPublicClient, createTestClient, createWalletClient, http, parseAbi, webSocket } from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accounts, CONTRACTS, MNEMONIC, startTestChain, type TestChain } from '../helpers/test-chain.ts'

/** The server as two client libraries that nobody here wrote see it. */
let chain: TestChain
const bob = accounts[2]?.address ?? '0x'

beforeAll(async () => {
  chain = await startTestChain()
})
afterAll(async () => {
  await chain[Symbol.asyncDispose]()
})

describe('viem', () => {
  test('sends, waits, reads logs, travels in time, reverts', async () => {
    const account = mnemonicToAccount(MNEMONIC, { addressIndex: 1 })
    const transport = http(chain.url)
    const publicClient = createPublicClient({ chain: foundry, transport, pollingInterval: 20 })
    const wallet = createWalletClient({ chain: foundry, transport, account })
    const tester = createTestClient({ chain: foundry, mode: 'anvil', transport })
    const before = await publicClient.getBalance({ address: bob })
    const hash = await wallet.sendTransaction({ to: bob, value: 5n })
    const receipt = await publicClient.waitForTransactionReceipt({ hash })
    expect(receipt).toMatchObject({ status: 'success', type: 'eip1559' })
    expect(await publicClient.getBalance({ address: bob })).toBe(before + 5n)

    const logged = await wallet.sendTransaction({ to: CONTRACTS.logging })
    const { blockNumber } = await publicClient.waitForTransactionReceipt({ hash: logged })
    const logs = await publicClient.getLogs({
      address: CONTRACTS.logging,
      fromBlock: blockNumber,
      toBlock: blockNumber,
    })
    expect(logs).toMatchObject([{ transactionHash: logged }])

    const id = await tester.snapshot()
    await tester.setBalance({ address: bob, value: 7n })
    await tester.increaseTime({ seconds: 100 })
    await tester.mine({ blocks: 3, interval: 10 })
    expect(await publicClient.getBalance({ address: bob })).toBe(7n)
    await tester.revert({ id })
    expect(await publicClient.getBalance({ address: bob })).toBe(before + 5n)

    const abi = parseAbi(['function nope() view', 'error Dead()'])
    await expect(
      publicClient.readContract({ address: CONTRACTS.reverting, abi, functionName: 'nope' }),
    ).rejects.toMatchObject({ name: 'ContractFunctionExecutionError', cause: { signature: '0xdeadbeef' } })
    await expect(wallet.sendTransaction({ to: bob, value: 10n ** 30n })).rejects.toThrowError(/exceeds the balance/)
  })

  test('thirty sends at once from one account are all mined', async () => {
    const account = mnemonicToAccount(MNEMONIC, { addressIndex: 3 })
    const transport = http(chain.url, { batch: true })
    const publicClient = createPublicClient({ chain: foundry, transport, pollingInterval: 20 })
    const wallet = createWalletClient({ chain: foundry, transport, account })
    const start = await publicClient.getTransactionCount({ address: account.address })
    const signed = await Promise.all(
      Array.from({ length: 30 }, (_, at) =>
        wallet.signTransaction({ ...FEES, to: bob, value: 1n, gas: 21_000n, nonce: start + at, type: 'eip1559' }),
      ),
    )
    const hashes = await Promise.all(
      signed.map((serializedTransaction) => wallet.sendRawTransaction({ serializedTransaction })),
    )
    const receipts = await Promise.all(hashes.map((hash) => publicClient.waitForTransactionReceipt({ hash })))
    expect(receipts.every(({ status }) => status === 'success')).toBe(true)
  })

  test('watches blocks and logs over WebSocket', async () => {
    const client = createPublicClient({ chain: foundry, transport: webSocket(chain.ws, { reconnect: false }) })
    const block = Promise.withResolvers<bigint>()
    const log = Promise.withResolvers<string | null>()
    const unwatch = [
      client.watchBlocks({ onBlock: ({ number }) => block.resolve(number), onError: block.reject }),
      client.watchEvent({
        address: CONTRACTS.logging,
        onLogs: ([entry]) => log.resolve(entry?.transactionHash ?? null),
        onError: log.reject,
      }),
    ]
    await client.getBlockNumber()
    await client.request({ method: 'eth_chainId' })
    const hash = await chain.rpc.request('eth_sendTransaction', [{ from: accounts[4]?.address, to: CONTRACTS.logging }])
    expect(await log.promise).toBe(hash)
    expect(await block.promise).toBeGreaterThan(0n)
    for (const stop of unwatch) stop()
    const socket = await client.transport.getRpcClient()
    socket.close()
  })
})

const FEES = { maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n }

describe('ethers', () => {
  const path = (index: number) => accounts[index]?.privateKey ?? '0x'

  test('sends, waits, deploys, calls, decodes a revert', async () => {
    const provider = new JsonRpcProvider(chain.url, undefined, { polling: true, pollingInterval: 20 })
    const wallet = new EthersWallet(path(5), provider)
    const sent = await wallet.sendTransaction({ to: bob, value: 3n })
    expect((await sent.wait())?.status).toBe(1)
    // init code that returns the runtime 0x602a5f5260205ff3: answers 42 to everything
    const factory = new ContractFactory(
      ['function answer() view returns (uint256)'],
      '0x67602a5f5260205ff35f5260086018f3',
      wallet,
    )
    const deployed = await factory.deploy()
    await deployed.waitForDeployment()
    const contract = new Contract(await deployed.getAddress(), ['function answer() view returns (uint256)'], provider)
    expect(await contract.getFunction('answer')()).toBe(42n)
    const reverting = new Contract(CONTRACTS.reverting, ['function nope() view', 'error Dead()'], provider)
    await expect(reverting.getFunction('nope')()).rejects.toMatchObject({ code: 'CALL_EXCEPTION', data: '0xdeadbeef' })
    await expect(wallet.sendTransaction({ to: bob, value: 10n ** 30n })).rejects.toMatchObject({
      code: 'INSUFFICIENT_FUNDS',
    })
    provider.destroy()
  })

  test('hears of blocks and logs over WebSocket', async () => {
    // ethers reuses a block number for 250 ms, in which a block of ours is long mined; wait() would then wait for one more.
    const provider = new WebSocketProvider(chain.ws, undefined, { cacheTimeout: -1 })
    const log = Promise.withResolvers<string>()
    await provider.on({ address: CONTRACTS.logging }, ({ transactionHash }: { transactionHash: string }) =>
      log.resolve(transactionHash),
    )
    await provider.getBlockNumber()
    const wallet = new EthersWallet(path(6), provider)
    const sent = await wallet.sendTransaction({ to: CONTRACTS.logging })
    expect(await log.promise).toBe(sent.hash)
    expect((await sent.wait())?.status).toBe(1)
    await provider.destroy()
  })
})
