import { describe, expect, test } from 'vitest'
import { accounts, temporaryDirectory, writeGenesis } from '../../../test/helpers/test-chain.ts'
import { readGenesis } from '../../contracts/genesis.ts'
import { type Chain, openChain } from './chain.ts'
import type { HeadChange } from './chain-turn.ts'
import { createEngine } from './engine.ts'
import { openJournal } from './journal.ts'
import { parseResult } from './rpc-reply.ts'

async function open(directory: string): Promise<Chain> {
  const genesis = readGenesis(writeGenesis(directory))
  const privateKeys = accounts.map(({ privateKey }) => privateKey)
  return await openChain({
    createEngine: ({ chainId, hardfork, genesisTime }) =>
      createEngine({ chainId, hardfork, genesis, genesisTime, privateKeys }),
    dataDir: directory,
    opened: openJournal(directory, () => ({
      kind: 'header',
      format: 1,
      engine: 'test',
      writer: 'test',
      chainId: 31337,
      hardfork: 'prague',
      genesisTime: 1_700_000_000,
      genesisHash: '',
    })),
    blockTimeMs: null,
    onFatal: () => {},
  })
}

const transfer = { from: accounts[1]?.address, to: accounts[2]?.address, value: '0x1' }
const send = { method: 'eth_sendTransaction', params: [transfer] }
const height = async (chain: Chain) => Number(parseResult<string>(await chain.read('eth_blockNumber', [])))

describe('changes made as one', () => {
  test('are seen together and come back together', async () => {
    using directory = temporaryDirectory()
    const chain = await open(directory.path)
    const changing = chain.mutateAll([send, { method: 'evm_mine', params: [] }, send])
    const seen = Promise.all(Array.from({ length: 20 }, () => height(chain)))
    expect((await changing).map((body) => body.startsWith('{"result"'))).toEqual([true, true, true])
    expect([...new Set(await seen)].every((number) => number === 0 || number === 3)).toBe(true)
    const before = await chain.head()
    await chain.close()
    const again = await open(directory.path)
    expect(await again.head()).toEqual(before)
    await again.close()
  })

  test('nobody reads or changes the chain while a turn has it', async () => {
    using directory = temporaryDirectory()
    const chain = await open(directory.path)
    const order: string[] = []
    const turn = chain.exclusively(async ({ read, mutate }) => {
      await mutate('evm_mine', [])
      order.push(`turn ${parseResult<string>(await read('eth_blockNumber', []))}`)
      await mutate('evm_mine', [])
    })
    const reading = height(chain).then((number) => order.push(`reader ${number}`))
    const changing = chain.mutate('evm_mine', []).then(async () => order.push(`writer ${await height(chain)}`))
    await Promise.all([turn, reading, changing])
    expect(order).toContain('turn 0x1')
    expect(order).toContain('writer 3')
    expect(order.every((line) => line !== 'reader 1')).toBe(true)
    await chain.close()
  })

  test('what is simulated leaves no trace: not in blocks, mining mode, snapshot ids or after a restart', async () => {
    using directory = temporaryDirectory()
    const chain = await open(directory.path)
    await chain.mutate('evm_mine', [])
    const before = await chain.head()
    const changes: HeadChange[] = []
    chain.onBlocks((change) => changes.push(change))
    const simulated = await chain.exclusively(({ simulate }) =>
      simulate(async ({ read, mutate }) => {
        await mutate('evm_snapshot', [])
        await mutate('evm_setAutomine', [false])
        await mutate('eth_sendTransaction', [transfer])
        await mutate('hardhat_mine', ['0x5'])
        return parseResult(await read('eth_blockNumber', []))
      }),
    )
    expect(simulated).toBe('0x6')
    expect(await chain.head()).toEqual(before)
    expect(parseResult(await chain.mutate('evm_snapshot', []))).toBe('0x1')
    await chain.mutate('eth_sendTransaction', [transfer])
    const after = await chain.head()
    expect(Number(after.number)).toBe(2)
    expect(changes).toEqual([{ ancestor: 1, head: 2 }])
    await chain.close()
    const again = await open(directory.path)
    expect(await again.head()).toEqual(after)
    await again.close()
  })

  test('a turn that throws is heard of before it is answered', async () => {
    using directory = temporaryDirectory()
    const chain = await open(directory.path)
    const changes: HeadChange[] = []
    chain.onBlocks((change) => changes.push(change))
    const turn = chain.exclusively(async ({ mutate }) => {
      await mutate('evm_mine', [])
      throw new Error('half way')
    })
    await expect(turn).rejects.toThrow('half way')
    expect(changes).toEqual([{ ancestor: 0, head: 1 }])
    await chain.close()
  })

  test('a turn that throws keeps what it changed, in the engine and in the journal', async () => {
    using directory = temporaryDirectory()
    const chain = await open(directory.path)
    const turn = chain.exclusively(async ({ mutate }) => {
      await mutate('evm_mine', [])
      throw new Error('half way')
    })
    await expect(turn).rejects.toThrow('half way')
    const before = await chain.head()
    expect(Number(before.number)).toBe(1)
    await chain.close()
    const again = await open(directory.path)
    expect(await again.head()).toEqual(before)
    await again.close()
  })
})

test('the head is announced after each change, reverts included', async () => {
  using directory = temporaryDirectory()
  const chain = await open(directory.path)
  await chain.mutate('evm_mine', [])
  const changes: HeadChange[] = []
  const stop = chain.onBlocks((change) => changes.push(change))
  const id = parseResult(await chain.mutate('evm_snapshot', []))
  await chain.mutate('eth_sendTransaction', [transfer])
  await chain.mutate('hardhat_mine', ['0x64'])
  await chain.mutate('evm_revert', [id])
  stop()
  await chain.mutate('evm_mine', [])
  expect(changes).toEqual([
    { ancestor: 1, head: 2 },
    { ancestor: 2, head: 102 },
    { ancestor: 1, head: 1 },
  ])
  await chain.close()
})

test('a reset starts a new chain in the place of the old one, for good', async () => {
  using directory = temporaryDirectory()
  const chain = await open(directory.path)
  await chain.mutate('evm_mine', [])
  const before = await chain.head()
  await chain.reset({ genesisTime: 1_800_000_000 })
  expect(await height(chain)).toBe(0)
  await chain.mutate('eth_sendTransaction', [transfer])
  const after = await chain.head()
  expect(after.hash).not.toBe(before.hash)
  await chain.close()
  const again = await open(directory.path)
  expect(again.header.genesisTime).toBe(1_800_000_000)
  expect(await again.head()).toEqual(after)
  await again.close()
})
