import { createRequire } from 'node:module'
import { describe, expect, test } from 'vitest'
import type { Hex } from '../../src/client/chain/rpc.ts'
import { submitTransaction } from '../../src/client/chain/transaction.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import { isOgError } from '../../src/errors/og-error.ts'
import { startChain } from '../../src/services/chain/start-chain.ts'
import { HARDFORKS } from '../../src/topology/hardforks.ts'
import { accounts, CONTRACTS, chainOptions, startTestChain, temporaryDirectory } from '../helpers/test-chain.ts'

const edr = createRequire(import.meta.url)('@nomicfoundation/edr') as typeof import('@nomicfoundation/edr')
const [alice, bob] = accounts
if (!alice || !bob) throw new Error('no accounts')

/** Runs `PUSH0 CLZ POP STOP` as a call: CLZ (EIP-7939) came with osaka and is an invalid opcode before. */
const CLZ_PROBE = '0x5f1e5000'

describe.each(HARDFORKS)('under %s', (hardfork) => {
  test('the contracts of the network answer, transactions are mined, and the rules are those of the hardfork', async () => {
    expect(edr.l1HardforkToString(edr.l1HardforkFromString(hardfork))).toBe(hardfork)
    await using chain = await startTestChain({ hardfork, genesisFile: genesisFilePath() })
    const hash = await submitTransaction({ rpc: chain.rpc, wallet: alice, to: bob.address })
    expect(await chain.rpc.request('eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1' })
    const submissions = { to: DEVNET_ADDRESSES.Flow, data: '0x77e19824' }
    expect(await chain.rpc.request('eth_call', [submissions, 'latest'])).toMatch(/^0x[0-9a-f]{64}$/)
    const block = await chain.rpc.request<{ requestsHash?: Hex }>('eth_getBlockByNumber', ['latest', false])
    // EIP-7685 put requestsHash into headers with prague.
    expect(block.requestsHash !== undefined).toBe(hardfork !== 'cancun')
    const probe = chain.rpc.request('eth_call', [{ data: CLZ_PROBE, from: alice.address }, 'latest'])
    if (hardfork === 'cancun' || hardfork === 'prague') await expect(probe).rejects.toSatisfy(isOgError)
    else expect(await probe).toBe('0x')
  })
})

test('every hardfork of the engine from cancun on can be chosen', () => {
  const fromCancun: string[] = []
  for (let number = edr.l1HardforkFromString('cancun'); ; number++) {
    try {
      fromCancun.push(edr.l1HardforkToString(number))
    } catch {
      break
    }
  }
  expect(fromCancun).toEqual([...HARDFORKS])
})

test('another chain id is what transactions are signed for, and is kept', async () => {
  await using chain = await startTestChain({ chainId: 4242 })
  expect(await chain.rpc.request('eth_chainId')).toBe('0x1092')
  expect(await chain.rpc.request('net_version')).toBe('4242')
  await submitTransaction({ rpc: chain.rpc, wallet: alice, to: CONTRACTS.counting })
  const before = await chain.rpc.request('eth_getBlockByNumber', ['latest', false])
  await using again = await chain.restart()
  expect(await again.rpc.request('eth_getBlockByNumber', ['latest', false])).toEqual(before)
})

test.each([
  ['chain-id', { chainId: 5 }],
  ['hardfork', { hardfork: 'osaka' }],
])('a chain that exists refuses another --%s by name', async (setting, change) => {
  using directory = temporaryDirectory()
  const options = chainOptions(directory.path)
  await (await startChain(options)).stop()
  await expect(startChain({ ...options, ...change })).rejects.toMatchObject({
    code: 'SETTING_FIXED',
    message: expect.stringContaining(`--${setting} `),
  })
})

test('finalized and safe stay behind the latest block by the blocks asked for', async () => {
  await using chain = await startTestChain({ finalizedLag: 2 })
  for (let sent = 0; sent < 5; sent++) await submitTransaction({ rpc: chain.rpc, wallet: alice, to: CONTRACTS.logging })
  for (const tag of ['finalized', 'safe']) {
    expect(await chain.rpc.request('eth_getBlockByNumber', [tag, false])).toMatchObject({ number: '0x3' })
    const nonce = await chain.rpc.request('eth_getTransactionCount', [alice.address, tag])
    expect(nonce).toBe('0x3')
  }
  const logs = await chain.rpc.request<unknown[]>('eth_getLogs', [{ fromBlock: 'earliest', toBlock: 'finalized' }])
  expect(logs).toHaveLength(3)
  await using level = await chain.restart({ finalizedLag: 0 })
  expect(await level.rpc.request('eth_getBlockByNumber', ['finalized', false])).toMatchObject({ number: '0x5' })
})
