import { type Abi, decodeEventLog, decodeFunctionResult, type Hex, hashTypedData, keccak256, stringToHex } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { beforeEach, describe, expect, test } from 'vitest'
import { type ContractName, contractAbi } from '../../src/contracts/abi.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { decodeCustomError } from '../../src/contracts/decode-error.ts'
import { SERVICE_NAME, settlementTypedData, TOKEN } from '../helpers/compute-actions.ts'
import { account, ContractWorld, calldata } from '../helpers/contract-world.ts'
import { reentrantUser } from '../helpers/reentrant-user.ts'

/** Vectors of 0G compute spec §8.3: user account 0, provider account 1, TEE key 0x1111…11, on chain 31337. */
const USER = 0
const PROVIDER = 1
const TEE = privateKeyToAccount(`0x${'11'.repeat(32)}`)
const REQUESTS_HASH = '0x715c81a1d8b7574ab01bd20186283efdd3daac83f56cf9bb7e800f87b2ab1a7c'
const VECTOR = {
  user: account(USER).address,
  provider: account(PROVIDER).address,
  totalFee: 14_000n,
  requestsHash: REQUESTS_HASH,
  nonce: 17_672_256_000_000_000n,
} as const
const VECTOR_SIGNATURE =
  '0xab37bf0eb0772934d98639990f629ffc66c729c98f4a10c2fcf888b98ec368c26646eb271afe75ead13b1d74271095e82d2f4d89ee4b8b953b99ca78e3f9e1221c'
const USERS_SIGNATURE =
  '0x92513e174e58ad5a61695ac9a474d2abc8c2e4f21dbd0ba2abcfa87488b8fd7230a9b3fdf43c7e47fe0c1dc3cebf59d42dbce6480dac8073fe0920f1522d411c1b'
const DAY = 86_400

type Sent = { error: string | undefined; events: { name: string; args: Record<string, unknown> }[] }

describe('compute contracts of the genesis', () => {
  let world: ContractWorld
  beforeEach(async () => {
    world = await ContractWorld.start()
  })

  const at = (index: number) => account(index).address

  async function send(
    from: number,
    name: ContractName,
    fn: string,
    args: readonly unknown[] = [],
    valueWei = 0n,
  ): Promise<Sent> {
    const abi = contractAbi(name)
    const { revert, logs } = await world.transact({
      from,
      to: DEVNET_ADDRESSES[name],
      data: calldata(abi, fn, args),
      valueWei,
    })
    return {
      error: revert === undefined ? undefined : (decodeCustomError(revert)?.name ?? revert),
      events: logs.map(({ address, topics, data }) => {
        const emitter = address.toLowerCase() === DEVNET_ADDRESSES.LedgerManager ? 'LedgerManager' : 'InferenceServing'
        const event = decodeEventLog({
          abi: contractAbi(emitter),
          topics: topics as [Hex, ...Hex[]],
          data: data as Hex,
        })
        return { name: event.eventName, args: event.args as unknown as Record<string, unknown> }
      }),
    }
  }

  async function read<T>(name: ContractName, fn: string, args: readonly unknown[] = [], from = 9): Promise<T> {
    const abi = contractAbi(name)
    const answer = await world.call({ from, to: DEVNET_ADDRESSES[name], data: calldata(abi, fn, args) })
    if ('revert' in answer) throw new Error(decodeCustomError(answer.revert)?.name ?? answer.revert)
    return decodeFunctionResult({ abi: abi as Abi, functionName: fn, data: answer.result }) as T
  }

  const ledgerOf = (user: number) =>
    read<{ availableBalance: bigint; totalBalance: bigint }>('LedgerManager', 'getLedger', [at(user)])
  const subAccount = (user: number, provider = PROVIDER) =>
    read<{
      balance: bigint
      pendingRefund: bigint
      nonce: bigint
      acknowledged: boolean
      generation: bigint
      revokedBitmap: bigint
    }>('InferenceServing', 'getAccount', [at(user), at(provider)])

  async function openService(): Promise<void> {
    const params = {
      serviceType: 'chatbot',
      url: 'http://127.0.0.1:3080',
      model: 'og-tiny',
      verifiability: 'TeeML',
      inputPrice: 1n,
      outputPrice: 2n,
      additionalInfo: '{}',
      teeSignerAddress: TEE.address,
    }
    expect(
      (await send(PROVIDER, 'InferenceServing', 'addOrUpdateService', [params], 100n * TOKEN)).error,
    ).toBeUndefined()
    expect((await send(0, 'InferenceServing', 'acknowledgeTEESignerByOwner', [at(PROVIDER)])).error).toBeUndefined()
  }

  async function fund(user: number, wei: bigint, subAccountWei: bigint): Promise<void> {
    expect((await send(user, 'LedgerManager', 'depositFund', [], wei)).error).toBeUndefined()
    expect(
      (await send(user, 'LedgerManager', 'transferFund', [at(PROVIDER), SERVICE_NAME, subAccountWei])).error,
    ).toBeUndefined()
  }

  const settle = (items: readonly unknown[], from = PROVIDER) =>
    send(from, 'InferenceServing', 'settleFeesWithTEE', [items])

  test('EIP-712: type hash, domain and digest are those of the vectors', async () => {
    expect(
      keccak256(
        stringToHex('TEESettlement(bytes32 requestsHash,uint256 nonce,address provider,address user,uint256 totalFee)'),
      ),
    ).toBe('0x6e525043a6c7323bdf60ce222f35127cdd9d8e867ec6350c83fcc254ed18b756')
    expect(hashTypedData(settlementTypedData(VECTOR))).toBe(
      '0xc20842582d774f7470d36fe610ee9703cf3f5f7645c8585f1a7266c58a6f9bce',
    )
    const domain = await read<readonly unknown[]>('InferenceServing', 'eip712Domain')
    expect(domain.slice(1, 5)).toEqual(['0G Inference Serving', '1', 31_337n, expect.stringMatching(/^0x0165878/i)])
  })

  test('a settlement signed as in the vectors pays the provider exactly its fee', async () => {
    await openService()
    await fund(USER, 4n * TOKEN, TOKEN)
    const before = await world.balanceOf(at(PROVIDER))
    const { events } = await settle([{ ...VECTOR, signature: VECTOR_SIGNATURE }])
    expect(events.map(({ name }) => name)).toEqual(['FundSpent', 'BalanceUpdated', 'TEESettlementResult'])
    expect(events[2]?.args).toMatchObject({ user: at(USER), status: 0, unsettledAmount: 0n })
    expect((await world.balanceOf(at(PROVIDER))) - before).toBe(14_000n)
    expect(await subAccount(USER)).toMatchObject({ balance: TOKEN - 14_000n, nonce: VECTOR.nonce })
    expect((await ledgerOf(USER)).totalBalance).toBe(4n * TOKEN - 14_000n)
  })

  test('each way a settlement can fail has its status, and none reverts the batch', async () => {
    await openService()
    await fund(USER, 4n * TOKEN, TOKEN)
    const good = { ...VECTOR, signature: VECTOR_SIGNATURE }
    const statuses = async (items: readonly unknown[], from = PROVIDER) =>
      (await settle(items, from)).events.flatMap(({ name, args }) =>
        name === 'TEESettlementResult' ? [args['status']] : [],
      )
    expect(await statuses([good], 2)).toEqual([2])
    expect(await statuses([{ ...good, user: at(5) }])).toEqual([5])
    expect(
      await statuses([
        { ...good, signature: USERS_SIGNATURE },
        { ...good, totalFee: 1n },
        { ...good, signature: '0x' },
      ]),
    ).toEqual([5, 5, 5])
    await send(0, 'InferenceServing', 'revokeTEESignerAcknowledgement', [at(PROVIDER)])
    expect(await statuses([good])).toEqual([3])
    await send(0, 'InferenceServing', 'acknowledgeTEESignerByOwner', [at(PROVIDER)])
    expect(await statuses([good, good])).toEqual([0, 4])
    const large = { ...VECTOR, nonce: VECTOR.nonce + 1n, totalFee: 2n * TOKEN }
    const signature = await TEE.signTypedData(settlementTypedData(large))
    const { events } = await settle([{ ...large, signature }])
    expect(events.at(-1)?.args).toMatchObject({ status: 1, unsettledAmount: TOKEN + 14_000n })
    expect((await subAccount(USER)).balance).toBe(0n)
    expect((await settle([])).error).toBe('NoSettlementsProvided')
    expect((await settle(Array(51).fill(good))).error).toBe('TooManySettlements')
  })

  test('the ledger walk of the official SDK: deposit, transfer, retrieve, wait a day, refund (compute §8.10)', async () => {
    expect((await send(2, 'LedgerManager', 'depositFund', [], 2n * TOKEN)).error).toBe('MinimumDepositRequired')
    await fund(2, 4n * TOKEN, TOKEN)
    expect(
      (await send(2, 'LedgerManager', 'transferFund', [at(PROVIDER), SERVICE_NAME, TOKEN / 2n])).error,
    ).toBeUndefined()
    await send(2, 'LedgerManager', 'transferFund', [at(PROVIDER), SERVICE_NAME, TOKEN])
    expect(await ledgerOf(2)).toMatchObject({ availableBalance: 1_500_000_000_000_000_000n, totalBalance: 4n * TOKEN })
    const retrieve = () => send(2, 'LedgerManager', 'retrieveFund', [[at(PROVIDER)], SERVICE_NAME])
    await retrieve()
    expect(await subAccount(2)).toMatchObject({
      balance: 2_500_000_000_000_000_000n,
      pendingRefund: 2_500_000_000_000_000_000n,
    })
    world.travel(DAY - 3)
    await retrieve()
    expect((await ledgerOf(2)).availableBalance).toBe(1_500_000_000_000_000_000n)
    world.travel(2)
    await retrieve()
    expect((await ledgerOf(2)).availableBalance).toBe(4n * TOKEN)
    expect((await send(2, 'LedgerManager', 'refund', [3_500_000_000_000_000_000n])).error).toBe(
      'MinimumDepositRequired',
    )
    expect((await send(2, 'LedgerManager', 'refund', [4n * TOKEN])).events.map(({ name }) => name)).toEqual([
      'AccountDeleted',
    ])
    await expect(ledgerOf(2)).rejects.toThrow('LedgerNotExists')
    await expect(subAccount(2)).rejects.toThrow('AccountNotExists')
    expect(await world.balanceOf(at(2))).toBe(10_000n * TOKEN)
  })

  test('moving funds to a provider cancels pending refunds, newest first, before taking new money', async () => {
    await fund(2, 10n * TOKEN, 3n * TOKEN)
    const retrieve = () => send(2, 'LedgerManager', 'retrieveFund', [[at(PROVIDER)], SERVICE_NAME])
    const transfer = (wei: bigint) => send(2, 'LedgerManager', 'transferFund', [at(PROVIDER), SERVICE_NAME, wei])
    await retrieve()
    await transfer(5n * TOKEN)
    expect(await subAccount(2)).toMatchObject({ balance: 5n * TOKEN, pendingRefund: 0n })
    expect((await ledgerOf(2)).availableBalance).toBe(5n * TOKEN)
  })

  test('at most five refunds may be pending', async () => {
    await openService()
    await fund(2, 30n * TOKEN, TOKEN)
    // Through the ledger new money always cancels first, so only a deposit that cancels nothing lets refunds pile up.
    await world.request('hardhat_impersonateAccount', [DEVNET_ADDRESSES.LedgerManager])
    await world.request('hardhat_setBalance', [DEVNET_ADDRESSES.LedgerManager, '0x56bc75e2d63100000'])
    const asLedger = (fn: string, args: readonly unknown[], value = '0x0') =>
      world.request('eth_sendTransaction', [
        {
          from: DEVNET_ADDRESSES.LedgerManager,
          to: DEVNET_ADDRESSES.InferenceServing,
          data: calldata(contractAbi('InferenceServing'), fn, args),
          gas: '0xf4240',
          gasPrice: '0x0',
          value,
        },
      ])
    for (let round = 0; round < 5; round++) {
      await asLedger('requestRefundAll', [at(2), at(PROVIDER)])
      await asLedger('depositFund', [at(2), at(PROVIDER), 0n], '0x1')
    }
    await expect(asLedger('requestRefundAll', [at(2), at(PROVIDER)])).rejects.toMatchObject({
      data: expect.stringMatching(/^0x9edd285f/),
    })
  })

  test('session tokens: one bit each, all at once by generation, both alive after the sub-account is closed and reopened', async () => {
    await fund(2, 3n * TOKEN, TOKEN)
    await send(2, 'InferenceServing', 'revokeToken', [at(PROVIDER), 254])
    await send(2, 'InferenceServing', 'revokeTokens', [at(PROVIDER), [0, 3]])
    expect((await subAccount(2)).revokedBitmap).toBe((1n << 254n) | 9n)
    await send(2, 'InferenceServing', 'revokeAllTokens', [at(PROVIDER)])
    expect(await subAccount(2)).toMatchObject({ generation: 1n, revokedBitmap: 0n })
    await send(2, 'LedgerManager', 'retrieveFund', [[at(PROVIDER)], SERVICE_NAME])
    world.travel(DAY)
    await send(2, 'LedgerManager', 'retrieveFund', [[at(PROVIDER)], SERVICE_NAME])
    await send(2, 'LedgerManager', 'refund', [3n * TOKEN])
    await fund(2, 3n * TOKEN, TOKEN)
    expect(await subAccount(2)).toMatchObject({ generation: 1n, balance: TOKEN, acknowledged: true })
  })

  test('a provider gets its stake back, and only price and URL can change without the owner acknowledging again', async () => {
    await openService()
    const before = await world.balanceOf(at(PROVIDER))
    const { events } = await send(PROVIDER, 'InferenceServing', 'removeService')
    expect(events.map(({ name }) => name)).toEqual(['ProviderStakeReturned', 'ServiceRemoved'])
    expect((await world.balanceOf(at(PROVIDER))) - before).toBe(100n * TOKEN)
    expect((await send(PROVIDER, 'InferenceServing', 'removeService')).error).toBe('ServiceNotExist')
  })

  test('a user that is a contract cannot enter its ledger again while being paid', async () => {
    const user: Hex = `0x${'bad0'.repeat(10)}`
    const { LedgerManager } = DEVNET_ADDRESSES
    const abi = contractAbi('LedgerManager')
    const through = (data: Hex, valueWei = 0n) => world.transact({ from: 9, to: user, data, valueWei })
    await fund(2, 10n * TOKEN, TOKEN)
    await world.request('hardhat_setCode', [user, reentrantUser(LedgerManager, calldata(abi, 'refund', [TOKEN]))])
    expect((await through(calldata(abi, 'depositFund'), 5n * TOKEN)).revert).toBeUndefined()
    const held = await world.balanceOf(LedgerManager)
    // The inner refund reverts with LedgerLocked, so the user refuses its payment and the outer one fails as a whole.
    expect((await through(calldata(abi, 'refund', [TOKEN]))).revert).toBe('0x90b8ec18')
    expect(await world.balanceOf(LedgerManager)).toBe(held)
    await world.request('hardhat_setCode', [user, reentrantUser(LedgerManager, calldata(abi, 'depositFund'))])
    expect((await through(calldata(abi, 'refund', [5n * TOKEN]))).revert).toBe('0x90b8ec18')
    const harmless = calldata(abi, 'getLedger', [at(2)])
    await world.request('hardhat_setCode', [user, reentrantUser(LedgerManager, harmless)])
    expect((await through(calldata(abi, 'refund', [5n * TOKEN]))).revert).toBeUndefined()
    expect(await world.balanceOf(user)).toBe(5n * TOKEN)
  })

  test('the implementations behind the beacons cannot be taken over', async () => {
    const ledgerImplementation = '0x5fbdb2315678afecb367f032d93f642f64180aa3'
    const data = calldata(contractAbi('LedgerManager'), 'initialize', [at(9)])
    const { revert } = await world.transact({ from: 9, to: ledgerImplementation, data })
    expect(revert).toBe('0x0dc149f0')
    expect((await send(9, 'InferenceServing', 'initialize', [86_400n, at(9), at(9)])).error).toBe('AlreadyInitialized')
    expect((await send(9, 'LedgerManager', 'initialize', [at(9)])).error).toBe('AlreadyInitialized')
  })
})
