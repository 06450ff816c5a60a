import {
  Contract as EthersContract,
  type EventLog,
  JsonRpcProvider,
  verifyMessage as verifyEthersMessage,
  verifyTypedData as verifyEthersTypedData,
  WebSocketProvider,
} from 'ethers'
import {
  type Abi,
  createPublicClient,
  createTestClient,
  createWalletClient,
  encodeFunctionData,
  type Hex,
  http,
  parseAbi,
  parseAbiItem,
  parseEther,
  webSocket,
  zeroAddress,
} from 'viem'
import { mnemonicToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import { bytecodeOf, compileSolidity } from '../helpers/compile-solidity.ts'
import { MNEMONIC, startTestChain, type TestChain } from '../helpers/test-chain.ts'

const KEPT = parseAbiItem('event Kept(address indexed by, uint256 indexed key, string text)')

/** What wallets, dApps and indexers ask of a node through viem and ethers, beyond sending and reading. */
let chain: TestChain
let playground: Hex
const compiled = compileSolidity('Playground.sol')['Playground']
const abi = (compiled?.abi ?? []) as Abi
const alice = mnemonicToAccount(MNEMONIC, { addressIndex: 1 })
const bob = mnemonicToAccount(MNEMONIC, { addressIndex: 2 })
const ORDER = {
  domain: { name: 'Shop', version: '1', chainId: 31337, verifyingContract: zeroAddress },
  types: {
    Order: [
      { name: 'item', type: 'string' },
      { name: 'count', type: 'uint256' },
    ],
  },
  message: { item: 'book', count: 3n },
} as const

const publicClient = () =>
  createPublicClient({ chain: foundry, transport: http(chain.url), pollingInterval: 20, cacheTime: 0 })
const walletOf = (account: typeof alice) => createWalletClient({ chain: foundry, transport: http(chain.url), account })
const keep = (key: bigint, text: string) =>
  ({ address: playground, abi, functionName: 'keep', args: [key, text] }) as const

beforeAll(async () => {
  chain = await startTestChain({ genesisFile: genesisFilePath() })
  const client = publicClient()
  if (!compiled) throw new Error('Playground is not compiled')
  const hash = await walletOf(alice).deployContract({ abi, bytecode: bytecodeOf(compiled), args: ['hello', []] })
  playground = (await client.waitForTransactionReceipt({ hash })).contractAddress ?? '0x'
})
afterAll(() => chain[Symbol.asyncDispose]())

describe('viem', () => {
  test('multicall and deployless calls', async () => {
    const client = publicClient()
    const market = parseAbi(['function pricePerSector() view returns (uint256)', 'function nothing() view'])
    const results = await client.multicall({
      multicallAddress: DEVNET_ADDRESSES.Multicall3,
      contracts: [
        { address: DEVNET_ADDRESSES.Market, abi: market, functionName: 'pricePerSector' },
        { address: playground, abi, functionName: 'greeting' },
        { address: DEVNET_ADDRESSES.Market, abi: market, functionName: 'nothing' },
      ],
    })
    expect(results.map(({ status }) => status)).toEqual(['success', 'success', 'failure'])
    expect(results[1]?.result).toBe('hello')
    const multiplied = createPublicClient({
      chain: { ...foundry, contracts: { multicall3: { address: DEVNET_ADDRESSES.Multicall3 } } },
      transport: http(chain.url),
      batch: { multicall: true },
    })
    const read = () => multiplied.readContract({ address: playground, abi, functionName: 'greeting' })
    expect(await Promise.all([read(), read(), read()])).toEqual(['hello', 'hello', 'hello'])
  })

  test('filters of events, blocks and pending transactions', async () => {
    const client = publicClient()
    const [events, blocks, pending] = await Promise.all([
      client.createEventFilter({ address: playground, event: KEPT, args: { by: bob.address } }),
      client.createBlockFilter(),
      client.createPendingTransactionFilter(),
    ])
    await walletOf(alice).writeContract(keep(1n, 'not bob'))
    const hash = await walletOf(bob).writeContract(keep(2n, 'bob'))
    const { blockHash } = await client.waitForTransactionReceipt({ hash })
    expect(await client.getFilterChanges({ filter: events })).toMatchObject([
      { transactionHash: hash, eventName: 'Kept' },
    ])
    expect(await client.getFilterChanges({ filter: events })).toEqual([])
    expect(await client.getFilterLogs({ filter: events })).toHaveLength(1)
    expect((await client.getFilterChanges({ filter: blocks })).at(-1)).toBe(blockHash)
    expect(await client.getFilterChanges({ filter: pending })).toContain(hash)
    for (const filter of [events, blocks, pending]) expect(await client.uninstallFilter({ filter })).toBe(true)
    expect(await client.uninstallFilter({ filter: events })).toBe(false)
  })

  test.each(['http', 'ws'])('watches a contract over %s', async (kind) => {
    const transport = kind === 'http' ? http(chain.url) : webSocket(chain.ws, { reconnect: false })
    const client = createPublicClient({ chain: foundry, transport, pollingInterval: 20 })
    const seen = Promise.withResolvers<unknown>()
    const stop = client.watchContractEvent({
      address: playground,
      abi,
      eventName: 'Kept',
      onLogs: ([log]) => seen.resolve((log as unknown as { args: { text: string } }).args.text),
      onError: seen.reject,
    })
    onTestFinished(async () => {
      stop()
      if (kind === 'ws')
        (await (client.transport as unknown as { getRpcClient(): Promise<{ close(): void }> }).getRpcClient()).close()
    })
    // The watch is set up in the background: what is written again and again is met once it stands.
    const again = setInterval(
      () =>
        void walletOf(bob)
          .writeContract(keep(3n, kind))
          .catch(() => {}),
      50,
    )
    onTestFinished(() => clearInterval(again))
    expect(await seen.promise).toBe(kind)
  })

  test('fees of the past and for the next transaction', async () => {
    const client = publicClient()
    const history = await client.getFeeHistory({ blockCount: 3, rewardPercentiles: [25, 75] })
    expect(history.baseFeePerGas).toHaveLength(4)
    expect(history.reward).toHaveLength(3)
    const { maxFeePerGas, maxPriorityFeePerGas } = await client.estimateFeesPerGas()
    const { baseFeePerGas } = await client.getBlock()
    expect(maxFeePerGas).toBeGreaterThanOrEqual((baseFeePerGas ?? 0n) + maxPriorityFeePerGas)
    expect(await client.estimateMaxPriorityFeePerGas()).toBeGreaterThan(0n)
  })

  test('the node signs messages and typed data for the accounts it holds', async () => {
    const client = publicClient()
    const remote = createWalletClient({ chain: foundry, transport: http(chain.url), account: bob.address })
    expect(await remote.getAddresses()).toContain(bob.address)
    const message = 'hello node'
    expect(
      await client.verifyMessage({ address: bob.address, message, signature: await remote.signMessage({ message }) }),
    ).toBe(true)
    const signature = await remote.signTypedData({ ...ORDER, primaryType: 'Order' })
    expect(signature).toBe(await bob.signTypedData({ ...ORDER, primaryType: 'Order' }))
    const hash = await remote.sendTransaction({ to: alice.address, value: 5n })
    expect(await client.waitForTransactionReceipt({ hash })).toMatchObject({ status: 'success' })
  })

  test('an account takes on code and gives it back (EIP-7702)', async () => {
    const client = publicClient()
    const wallet = walletOf(bob)
    const authorize = async (contractAddress: Hex) => {
      const authorization = await alice.signAuthorization?.({
        contractAddress,
        chainId: 31337,
        nonce: await client.getTransactionCount({ address: alice.address }),
      })
      if (!authorization) throw new Error('no authorization')
      const data = encodeFunctionData({ abi, functionName: 'keep', args: [9n, 'in the name of alice'] })
      const hash = await wallet.sendTransaction({
        authorizationList: [authorization],
        to: alice.address,
        data,
        gas: 500_000n,
      })
      return await client.waitForTransactionReceipt({ hash })
    }
    expect(await authorize(playground)).toMatchObject({ type: 'eip7702' })
    expect(await client.getCode({ address: alice.address })).toBe(`0xef0100${playground.slice(2)}`.toLowerCase())
    await authorize(zeroAddress)
    expect(await client.getCode({ address: alice.address })).toBeUndefined()
  })

  test('proofs, storage, access lists, state overrides and confirmations', async () => {
    const client = publicClient()
    const proof = await client.getProof({ address: playground, storageKeys: [`0x${'00'.repeat(32)}`] })
    expect(proof.storageProof).toHaveLength(1)
    const { accessList } = await client.createAccessList({
      account: bob.address,
      to: playground,
      data: encodeFunctionData({ abi, functionName: 'fill', args: [1n] }),
    })
    expect(accessList[0]?.storageKeys).toHaveLength(20)
    const greeting = await client.readContract({
      address: playground,
      abi,
      functionName: 'greeting',
      stateOverride: [
        { address: playground, stateDiff: [{ slot: `0x${'00'.repeat(32)}`, value: `0x${'6f6b'.padEnd(62, '0')}04` }] },
      ],
    })
    expect(greeting).toBe('ok')
    const hash = await walletOf(bob).sendTransaction({ to: alice.address })
    await createTestClient({ chain: foundry, mode: 'anvil', transport: http(chain.url) }).mine({ blocks: 4 })
    expect(await client.getTransactionConfirmations({ hash })).toBe(5n)
  })

  test('test actions: another account, other code, other storage, pending transactions', async () => {
    const client = publicClient()
    const tester = createTestClient({ chain: foundry, mode: 'anvil', transport: http(chain.url) })
    const [whale, place] = [`0x${'ab'.repeat(20)}`, `0x${'cd'.repeat(20)}`] as const
    await tester.setBalance({ address: whale, value: parseEther('5') })
    await tester.impersonateAccount({ address: whale })
    const asWhale = createWalletClient({ chain: foundry, transport: http(chain.url), account: whale })
    const hash = await asWhale.sendTransaction({ to: place, value: 1n })
    expect(await client.waitForTransactionReceipt({ hash })).toMatchObject({ status: 'success', from: whale })
    await tester.stopImpersonatingAccount({ address: whale })
    await tester.setCode({ address: place, bytecode: '0x5f545f5260205ff3' })
    await tester.setStorageAt({ address: place, index: 0, value: `0x${'2a'.padStart(64, '0')}` })
    expect((await client.call({ to: place })).data).toBe(`0x${'2a'.padStart(64, '0')}`)
    await tester.setAutomine(false)
    const waiting = await walletOf(bob).sendTransaction({ to: place })
    expect(await tester.getTxpoolStatus()).toMatchObject({ pending: 1 })
    await expect(client.getTransactionReceipt({ hash: waiting })).rejects.toMatchObject({
      name: 'TransactionReceiptNotFoundError',
    })
    await tester.dropTransaction({ hash: waiting })
    expect(await tester.getTxpoolStatus()).toMatchObject({ pending: 0 })
    await tester.setAutomine(true)
  })
})

describe('ethers', () => {
  const providerOf = () => {
    const provider = new JsonRpcProvider(chain.url, undefined, { polling: true, pollingInterval: 20, cacheTimeout: -1 })
    onTestFinished(() => provider.destroy())
    return provider
  }

  test('batches, fee data, whole blocks, and what a contract has logged', async () => {
    const provider = providerOf()
    const signer = await provider.getSigner(bob.address)
    const contract = new EthersContract(playground, abi as never, signer)
    const sent = await contract.getFunction('keep(uint256,string)')(30n, 'ethers')
    const receipt = await sent.wait()
    const [block, fees, network, code] = await Promise.all([
      provider.getBlock(receipt.blockNumber, true),
      provider.getFeeData(),
      provider.getNetwork(),
      provider.getCode(playground),
    ])
    expect(block?.prefetchedTransactions[0]?.hash).toBe(receipt.hash)
    expect(fees.maxFeePerGas).toBeGreaterThan(0n)
    expect(network.chainId).toBe(31337n)
    expect(code.length).toBeGreaterThan(100)
    const logs = (await contract.queryFilter(contract.getEvent('Kept')(bob.address, 30n), 0)) as EventLog[]
    expect(logs.map(({ args }) => [...args])).toEqual([[bob.address, 30n, 'ethers']])
  })

  test('signatures of the node, and refusals with their reason', async () => {
    const provider = providerOf()
    const signer = await provider.getSigner(alice.address)
    expect(verifyEthersMessage('hi', await signer.signMessage('hi'))).toBe(alice.address)
    const types = { Order: [...ORDER.types.Order] }
    const signature = await signer.signTypedData(ORDER.domain, types, ORDER.message)
    expect(verifyEthersTypedData(ORDER.domain, types, ORDER.message, signature)).toBe(alice.address)
    const contract = new EthersContract(playground, abi as never, signer)
    await expect(contract.getFunction('need').staticCall(404n)).rejects.toMatchObject({
      code: 'CALL_EXCEPTION',
      revert: { name: 'NotKept', args: [404n, alice.address] },
    })
    await expect(contract.getFunction('need').send(404n)).rejects.toMatchObject({ code: 'CALL_EXCEPTION' })
  })

  test('hears a contract over WebSocket', async () => {
    const provider = new WebSocketProvider(chain.ws)
    onTestFinished(() => provider.destroy())
    const contract = new EthersContract(playground, abi as never, provider)
    const seen = Promise.withResolvers<string>()
    await contract.on('Kept', (_by: string, _key: bigint, text: string) => seen.resolve(text))
    await provider.getBlockNumber()
    const hash = await walletOf(bob).writeContract(keep(31n, 'over the wire'))
    expect(await seen.promise).toBe('over the wire')
    expect((await provider.getTransactionReceipt(hash))?.status).toBe(1)
  })
})
