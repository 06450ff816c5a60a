import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { peerBinary } from '../../scripts/peers.mjs'
import type { Hex } from '../../src/client/chain/rpc.ts'
import { signEip1559, submitTransaction } from '../../src/client/chain/transaction.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import type { OgError } from '../../src/errors/og-error.ts'
import { findAnvil } from '../../src/services/chain/anvil/find-anvil.ts'
import { startChain } from '../../src/services/chain/start-chain.ts'
import { forkChain } from '../helpers/forked-chain.ts'
import {
  accounts,
  CONTRACTS,
  chainFingerprint,
  chainOptions,
  startTestChain,
  temporaryDirectory,
} from '../helpers/test-chain.ts'

const [alice, bob] = accounts
if (!alice || !bob) throw new Error('no accounts')

beforeAll(() => {
  process.env['OG_ANVIL'] = peerBinary('anvil')
})

/** Pids of all processes whose parent or command line is that of a chain in `directory`. */
async function anvilPid(pid: number): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  for (const keeper of children.trim().split(' ').map(Number)) {
    const grandchildren = (await readFile(`/proc/${keeper}/task/${keeper}/children`, 'utf8')).trim()
    if (grandchildren !== '') return Number(grandchildren.split(' ')[0])
  }
  throw new Error('no anvil below the chain')
}

async function gone(pid: number): Promise<void> {
  while (existsSync(`/proc/${pid}`) && !/\) Z /.test(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z '))) {
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('a chain executed by anvil', () => {
  test('has the contracts of the network, takes transactions, and comes back with the same blocks', async () => {
    await using chain = await startTestChain({ engine: 'anvil', genesisFile: genesisFilePath() })
    expect(await chain.rpc.request('web3_clientVersion')).toContain('anvil-1.')
    const submissions = { to: DEVNET_ADDRESSES.Flow, data: '0x77e19824' }
    expect(await chain.rpc.request('eth_call', [submissions, 'latest'])).toMatch(/^0x[0-9a-f]{64}$/)
    const deployed = await submitTransaction({ rpc: chain.rpc, wallet: alice, data: '0x6001600c60003960016000f300' })
    const { contractAddress } = await chain.rpc.request<{ contractAddress: Hex }>('eth_getTransactionReceipt', [
      deployed,
    ])
    expect(await chain.rpc.request('eth_getCode', [contractAddress, 'latest'])).toBe('0x00')
    for (let sent = 0; sent < 5; sent++) await submitTransaction({ rpc: chain.rpc, wallet: bob, to: alice.address })
    await chain.rpc.request('hardhat_mine', ['0x3', '0x5'])
    await chain.rpc.request('hardhat_setBalance', [CONTRACTS.counting, '0x7'])
    const before = await chainFingerprint(chain.rpc)
    expect(await chain.rpc.request('eth_blockNumber')).toBe('0x9')
    await using again = await chain.restart()
    expect(await chainFingerprint(again.rpc)).toBe(before)
    expect(await again.rpc.request('eth_getTransactionReceipt', [deployed])).toMatchObject({
      status: '0x1',
      contractAddress,
    })
  })

  test('has a receipt when the transaction is answered, queues what is early, and refuses what cannot be mined', async () => {
    await using chain = await startTestChain({ engine: 'anvil' })
    const send = (nonce: bigint) => {
      const fields = { chainId: 31337, gas: 100_000n, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 0n, valueWei: 0n }
      const raw = signEip1559(alice, { ...fields, data: '0x', nonce, to: CONTRACTS.counting })
      return chain.rpc.request<Hex>('eth_sendRawTransaction', [raw])
    }
    const early = await send(1n)
    expect(await chain.rpc.request('eth_getTransactionReceipt', [early])).toBeNull()
    const first = await send(0n)
    for (const hash of [first, early]) {
      expect(await chain.rpc.request('eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1' })
    }
    const head = await chain.rpc.request('eth_blockNumber')
    const poor = {
      from: bob.address,
      to: alice.address,
      gas: '0x5208',
      maxFeePerGas: '0x1',
      maxPriorityFeePerGas: '0x0',
    }
    await expect(chain.rpc.request('eth_sendTransaction', [poor])).rejects.toThrow()
    expect(await chain.rpc.request('eth_blockNumber')).toBe(head)
  })

  test('knows reverts, snapshots, time, automine and finality as the other engine does', async () => {
    const chains = await Promise.all((['edr', 'anvil'] as const).map((engine) => startTestChain({ engine })))
    onTestFinished(async () => {
      for (const chain of chains) await chain[Symbol.asyncDispose]()
    })
    const answers = await Promise.all(
      chains.map(async ({ rpc }) => {
        const said: unknown[] = []
        const reverting = rpc.request('eth_call', [{ to: CONTRACTS.reverting }, 'latest'])
        said.push(await reverting.catch(({ code, details }: OgError) => [code, details?.['data']]))
        const snapshot = await rpc.request('evm_snapshot')
        await submitTransaction({ rpc, wallet: alice, to: CONTRACTS.logging })
        said.push(await rpc.request('eth_blockNumber'))
        said.push(
          ((await rpc.request('eth_getLogs', [{ fromBlock: '0x0' }])) as { topics: Hex[] }[]).map((log) => log.topics),
        )
        said.push(await rpc.request('evm_revert', [snapshot]), await rpc.request('eth_blockNumber'))
        await rpc.request('evm_setAutomine', [false])
        const waiting = await rpc.request('eth_sendTransaction', [
          { from: alice.address, to: bob.address, value: '0x5', gas: '0x5208' },
        ])
        said.push(await rpc.request('eth_getTransactionReceipt', [waiting]))
        const head = await rpc.request<{ timestamp: Hex }>('eth_getBlockByNumber', ['latest', false])
        await rpc.request('evm_increaseTime', [100])
        await rpc.request('evm_mine')
        const next = await rpc.request<{ timestamp: Hex; transactions: Hex[] }>('eth_getBlockByNumber', [
          'latest',
          false,
        ])
        said.push(Number(next.timestamp) - Number(head.timestamp) >= 100, next.transactions.length)
        await rpc.request('hardhat_mine', ['0x3', '0xa'])
        const last = await rpc.request<{ timestamp: Hex }>('eth_getBlockByNumber', ['finalized', false])
        const before = await rpc.request<{ timestamp: Hex }>('eth_getBlockByNumber', ['0x3', false])
        said.push(Number(last.timestamp) - Number(before.timestamp))
        return said
      }),
    )
    expect(answers[1]).toEqual(answers[0])
    expect(answers[0]?.at(-1)).toBe(10)
  })

  test('is no longer there when the chain was killed, and the chain ends when it is', async () => {
    using directory = temporaryDirectory()
    const killed = await forkChain(directory.path, 0, { engine: 'anvil' })
    const hash = await submitTransaction({ rpc: killed.rpc, wallet: alice, to: CONTRACTS.counting })
    const pid = await anvilPid(killed.child.pid ?? 0)
    await killed.kill('SIGKILL')
    await gone(pid)
    const again = await forkChain(directory.path, 0, { engine: 'anvil' })
    expect(await again.rpc.request('eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x1' })
    const exit = once(again.child, 'exit')
    process.kill(await anvilPid(again.child.pid ?? 0), 'SIGKILL')
    expect((await exit)[0]).toBe(1)
  })

  test('forks another network, and stays there offline', async () => {
    const upstream = await startTestChain({ chainId: 16602 })
    await upstream.rpc.request('hardhat_mine', ['0x4'])
    const options = { engine: 'anvil' as const, chainId: null, fork: { url: upstream.url, blockNumber: null } }
    using directory = temporaryDirectory()
    const { path } = directory
    const fork = await startTestChain(options, { path, [Symbol.dispose]: () => {} })
    expect(await fork.rpc.request('eth_chainId')).toBe('0x40da')
    expect(await fork.rpc.request('eth_getCode', [CONTRACTS.counting, 'latest'])).not.toBe('0x')
    const hash = await submitTransaction({ rpc: fork.rpc, wallet: alice, to: CONTRACTS.counting })
    const receipt = await fork.rpc.request('eth_getTransactionReceipt', [hash])
    expect(receipt).toMatchObject({ status: '0x1', blockNumber: '0x5' })
    await upstream[Symbol.asyncDispose]()
    await using offline = await fork.restart()
    expect(await offline.rpc.request('eth_getTransactionReceipt', [hash])).toEqual(receipt)
  })

  test('is not mistaken for the other engine, and is missed by name', async () => {
    using directory = temporaryDirectory()
    const options = { ...chainOptions(directory.path), engine: 'anvil' as const }
    await (await startChain(options)).stop()
    await expect(startChain({ ...options, engine: 'edr' })).rejects.toMatchObject({ code: 'STATE_INCOMPATIBLE' })
    expect(() => findAnvil({ PATH: '/nowhere', HOME: directory.path })).toThrow(
      expect.objectContaining({ code: 'CHAIN_ENGINE_MISSING' }),
    )
    expect(() => findAnvil({ OG_ANVIL: '/nowhere/anvil' })).toThrow(
      expect.objectContaining({ code: 'CHAIN_ENGINE_MISSING' }),
    )
  })
})
