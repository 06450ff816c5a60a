import { decodeAbiParameters, type Hex, keccak256, toHex } from 'viem'
import { beforeAll, describe, expect, test } from 'vitest'
import { contractAbi } from '../../src/contracts/abi.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { readGenesis } from '../../src/contracts/genesis.ts'
import { account, ContractWorld, calldata } from '../helpers/contract-world.ts'

/** A fresh chain that loaded genesis.json and nothing else. */
describe('the genesis of a devnet', () => {
  let world: ContractWorld
  beforeAll(async () => {
    world = await ContractWorld.start()
  })

  async function read(to: Hex, data: Hex, type: string): Promise<unknown> {
    const answer = await world.call({ from: 9, to, data })
    return 'result' in answer ? decodeAbiParameters([{ type }], answer.result)[0] : answer
  }

  test('the compute contracts stand where the official SDK looks for them on chain 31337', () => {
    expect(DEVNET_ADDRESSES.LedgerManager).toBe('0x9fe46736679d2d9a65f0992f2272de9f3c7fa6e0')
    expect(DEVNET_ADDRESSES.InferenceServing).toBe('0x0165878a594ca255338adfa4d48449f69242eb8f')
  })

  test('they are initialised, owned by account 0, know each other and return refunds after a day', async () => {
    const { LedgerManager, InferenceServing } = DEVNET_ADDRESSES
    const ledger = contractAbi('LedgerManager')
    const inference = contractAbi('InferenceServing')
    expect(await read(LedgerManager, calldata(ledger, 'owner'), 'address')).toBe(account(0).address)
    expect(await read(InferenceServing, calldata(inference, 'owner'), 'address')).toBe(account(0).address)
    expect(await read(LedgerManager, calldata(ledger, 'initialized'), 'bool')).toBe(true)
    expect(await read(InferenceServing, calldata(inference, 'lockTime'), 'uint256')).toBe(86_400n)
    expect(String(await read(InferenceServing, calldata(inference, 'ledgerAddress'), 'address')).toLowerCase()).toBe(
      LedgerManager,
    )
    const byName = calldata(ledger, 'getServiceAddressByName', ['inference-v1.0'])
    expect(String(await read(LedgerManager, byName, 'address')).toLowerCase()).toBe(InferenceServing)
    expect(await read(LedgerManager, calldata(ledger, 'isRecommendedVersion', ['inference', 'v1.0']), 'bool')).toBe(
      true,
    )
    expect(await read(InferenceServing, calldata(inference, 'supportsInterface', ['0x160841b1']), 'bool')).toBe(true)
  })

  test('ten accounts hold 10,000 0G each; account 0 has spent its first hundred nonces', async () => {
    for (let index = 0; index < 10; index++)
      expect(await world.balanceOf(account(index).address)).toBe(10_000n * 10n ** 18n)
    expect(await world.request('eth_getTransactionCount', [account(0).address, 'latest'])).toBe(toHex(100))
    expect(await world.request('eth_getTransactionCount', [account(1).address, 'latest'])).toBe('0x0')
  })

  test('every contract of the address book has code, none of it over the EIP-170 limit', async () => {
    for (const [name, address] of Object.entries(DEVNET_ADDRESSES))
      expect([name, (await world.request<string>('eth_getCode', [address, 'latest'])).length > 2]).toEqual([name, true])
    for (const [address, { code = '0x' }] of Object.entries(readGenesis().alloc))
      expect([address, (code.length - 2) / 2 <= 24_576]).toEqual([address, true])
  })

  test('Multicall3 answers at its canonical address', async () => {
    const inner = {
      target: DEVNET_ADDRESSES.Multicall3,
      allowFailure: false,
      callData: calldata(contractAbi('Multicall3'), 'getChainId'),
    }
    const failing = { target: DEVNET_ADDRESSES.LedgerManager, allowFailure: true, callData: '0xdeadbeef' as Hex }
    const data = calldata(contractAbi('Multicall3'), 'aggregate3', [[inner, failing]])
    const answer = await world.call({ from: 9, to: '0xca11bde05977b3631167028862be2a173976ca11', data })
    if (!('result' in answer)) throw new Error('reverted')
    const [results] = decodeAbiParameters(
      [
        {
          type: 'tuple[]',
          components: [
            { type: 'bool', name: 'success' },
            { type: 'bytes', name: 'returnData' },
          ],
        },
      ],
      answer.result,
    )
    expect(results).toEqual([
      { success: true, returnData: toHex(31_337, { size: 32 }) },
      { success: false, returnData: '0x' },
    ])
  })

  test('the CREATE2 factory deploys to the address its salt and code give', async () => {
    const factory = '0x4e59b44847b379578588920ca78fbf26c0b4956c'
    const salt = toHex(7, { size: 32 })
    // returns one byte of code: PUSH1 01 PUSH1 00 MSTORE8, RETURN(0, 1)
    const creation = '0x600160005360016000f3'
    await world.transact({ from: 9, to: factory, data: `${salt}${creation.slice(2)}` })
    const expected = `0x${keccak256(`0xff${factory.slice(2)}${salt.slice(2)}${keccak256(creation).slice(2)}`).slice(-40)}`
    expect(await world.request('eth_getCode', [expected, 'latest'])).toBe('0x01')
  })

  test('the storage and agent contracts are wired to each other', async () => {
    const { Flow, Market, AgentNFT, Verifier } = DEVNET_ADDRESSES
    expect(String(await read(Flow, calldata(contractAbi('Flow'), 'market'), 'address')).toLowerCase()).toBe(Market)
    expect(String(await read(Market, calldata(contractAbi('Market'), 'flow'), 'address')).toLowerCase()).toBe(Flow)
    expect(await read(Market, calldata(contractAbi('Market'), 'pricePerSector'), 'uint256')).toBe(30_733_644_962n)
    expect(String(await read(AgentNFT, calldata(contractAbi('AgentNFT'), 'verifier'), 'address')).toLowerCase()).toBe(
      Verifier,
    )
  })
})
