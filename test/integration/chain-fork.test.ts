import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createRpc, type Hex } from '../../src/client/chain/rpc.ts'
import { submitTransaction } from '../../src/client/chain/transaction.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import { startChain } from '../../src/services/chain/start-chain.ts'
import { accounts, chainOptions, startTestChain, type TestChain, temporaryDirectory } from '../helpers/test-chain.ts'

const UPSTREAM_ID = 16602
const [alice, bob] = accounts
if (!alice || !bob) throw new Error('no accounts')
const STRANGER = '0x00000000000000000000000000000000000abcde'

/** Another local network with the contracts of a devnet, under the id of a public one, some blocks old. */
async function startUpstream(): Promise<TestChain> {
  const chain = await startTestChain({ chainId: UPSTREAM_ID, genesisFile: genesisFilePath() })
  await chain.rpc.request('hardhat_setBalance', [STRANGER, '0x64'])
  await chain.rpc.request('hardhat_mine', ['0x5'])
  return chain
}

const head = (chain: TestChain) =>
  chain.rpc.request<{ number: Hex; hash: Hex; parentHash: Hex }>('eth_getBlockByNumber', ['latest', false])

describe('a fork of another network', () => {
  test('has its state, its id and its blocks, takes transactions, and leaves it alone', async () => {
    await using upstream = await startUpstream()
    const pinned = await head(upstream)
    await using fork = await startTestChain({ chainId: null, fork: { url: upstream.url, blockNumber: null } })
    expect(await fork.rpc.request('eth_chainId')).toBe(`0x${UPSTREAM_ID.toString(16)}`)
    expect(await head(fork)).toMatchObject({ number: pinned.number, hash: pinned.hash })
    expect(await fork.rpc.request('eth_getBalance', [STRANGER, 'latest'])).toBe('0x64')
    const submissions = [{ to: DEVNET_ADDRESSES.Flow, data: '0x77e19824' }, 'latest']
    expect(await fork.rpc.request('eth_call', submissions)).toBe(await upstream.rpc.request('eth_call', submissions))
    // Calls on blocks below the fork need the rules of a network the engine has never heard of.
    expect(await fork.rpc.request('eth_call', [submissions[0], '0x2'])).toMatch(/^0x[0-9a-f]{64}$/)
    const hash = await submitTransaction({ rpc: fork.rpc, wallet: alice, to: bob.address })
    expect(await fork.rpc.request('eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1' })
    expect(await head(fork)).toMatchObject({ parentHash: pinned.hash })
    expect(await head(upstream)).toEqual(pinned)
    expect(await upstream.rpc.request('eth_getTransactionByHash', [hash])).toBeNull()
  })

  test('begins at the block asked for, under the id asked for, and stays there while the network moves on', async () => {
    await using upstream = await startUpstream()
    const options = { chainId: 4242, fork: { url: upstream.url, blockNumber: 3 } }
    await using fork = await startTestChain(options)
    expect(await fork.rpc.request('eth_chainId')).toBe('0x1092')
    expect(await fork.rpc.request('eth_blockNumber')).toBe('0x3')
    await submitTransaction({ rpc: fork.rpc, wallet: alice, to: bob.address })
    const block = await head(fork)
    await upstream.rpc.request('hardhat_setBalance', [STRANGER, '0x65'])
    await upstream.rpc.request('hardhat_mine', ['0x7'])
    await using again = await fork.restart()
    expect(await head(again)).toEqual(block)
    expect(await again.rpc.request('eth_getBalance', [STRANGER, 'latest'])).toBe('0x64')
  })

  test('is made once: a start without the network replays to the same blocks and knows what it read', async () => {
    using directory = temporaryDirectory()
    const upstream = await startUpstream()
    const options = { chainId: null, fork: { url: upstream.url, blockNumber: null } }
    const { path } = directory
    const first = await startTestChain(options, { path, [Symbol.dispose]: () => {} })
    await submitTransaction({ rpc: first.rpc, wallet: alice, to: DEVNET_ADDRESSES.Market })
    await first.rpc.request('eth_getBalance', [STRANGER, 'latest'])
    const before = await head(first)
    await upstream[Symbol.asyncDispose]()
    await using offline = await first.restart()
    expect(await head(offline)).toEqual(before)
    expect(await offline.rpc.request('eth_getBalance', [STRANGER, 'latest'])).toBe('0x64')
    const unseen = '0x00000000000000000000000000000000000fffff'
    await expect(offline.rpc.request('eth_getBalance', [unseen, 'latest'])).rejects.toMatchObject({
      message: expect.stringContaining('does not answer'),
    })
    const hash = await submitTransaction({ rpc: offline.rpc, wallet: alice, to: bob.address })
    expect(await offline.rpc.request('eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1' })
  })

  test('says what is wrong with a network that cannot be forked', async () => {
    using directory = temporaryDirectory()
    const gone = {
      ...chainOptions(directory.path),
      chainId: null,
      fork: { url: 'http://127.0.0.1:9', blockNumber: null },
    }
    await expect(startChain(gone)).rejects.toMatchObject({ code: 'FORK_UNREACHABLE' })
    await using upstream = await startUpstream()
    const future = { ...gone, fork: { url: upstream.url, blockNumber: 1_000_000 } }
    await expect(startChain(future)).rejects.toMatchObject({ code: 'FORK_BLOCK_UNKNOWN' })
  })

  test('records where it begins, and is no other fork later', async () => {
    using directory = temporaryDirectory()
    await using upstream = await startUpstream()
    const fork = { url: upstream.url, blockNumber: 3 }
    const options = { ...chainOptions(directory.path), chainId: null, fork }
    await (await startChain(options)).stop()
    const journal = await readFile(join(options.dataDir, 'journal.bin'), 'latin1')
    const block = await createRpc(upstream.url).request<{ hash: Hex }>('eth_getBlockByNumber', ['0x3', false])
    expect(journal).toContain(JSON.stringify({ url: upstream.url, blockNumber: 3, blockHash: block.hash }))
    for (const other of [
      { ...fork, blockNumber: 2 },
      { ...fork, url: 'http://127.0.0.1:9' },
    ]) {
      await expect(startChain({ ...options, fork: other })).rejects.toMatchObject({ code: 'SETTING_FIXED' })
    }
    await expect(startChain({ ...options, chainId: 31337, fork: null })).rejects.toMatchObject({
      code: 'SETTING_FIXED',
    })
  })
})
