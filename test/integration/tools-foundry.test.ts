import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { peerBinary } from '../../scripts/peers.mjs'
import { createRpc, type Hex } from '../../src/client/chain/rpc.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import { type FoundryProject, foundryProject } from '../helpers/foundry.ts'
import { accounts, startTestChain, type TestChain } from '../helpers/test-chain.ts'

/** The node as Foundry's users meet it: cast, forge and a forking anvil, as npm ships them. */
let chain: TestChain
let project: FoundryProject
let counter: Hex

const [, alice, bob] = accounts as [unknown, (typeof accounts)[0], (typeof accounts)[0]]
const KEY = ['--private-key', alice.privateKey]
const json = async <T>(text: Promise<string>): Promise<T> => JSON.parse(await text) as T
type Receipt = { status: Hex; type: Hex; transactionHash: Hex; blockNumber: Hex; gasUsed: Hex; logs: object[] }
const send = (...args: string[]) => json<Receipt>(project.cast('send', ...args, ...KEY, '--json'))

beforeAll(async () => {
  chain = await startTestChain({ genesisFile: genesisFilePath() })
  project = foundryProject(chain.url)
  const created = project.forge(
    'create',
    'src/Counter.sol:Counter',
    ...KEY,
    '--broadcast',
    '--json',
    '--constructor-args',
    '100',
  )
  counter = (await json<{ deployedTo: Hex }>(created)).deployedTo
})
afterAll(async () => {
  project[Symbol.dispose]()
  await chain[Symbol.asyncDispose]()
})

describe('cast', () => {
  test('knows the chain', async () => {
    const { cast } = project
    expect(await cast('chain-id')).toBe('31337')
    expect(await cast('client')).toMatch(/\/0g-/)
    expect(BigInt(await cast('gas-price'))).toBeGreaterThan(0n)
    expect(await cast('code', DEVNET_ADDRESSES.Flow)).toMatch(/^0x[0-9a-f]{100,}$/)
    expect(await cast('balance', bob.address, '--ether')).toBe('10000.000000000000000000')
    const [latest, finalized] = [await cast('block-number'), await cast('block-number', 'finalized')]
    expect(finalized).toBe(latest)
  })

  test('sends, and finds call, receipt, logs, storage, nonce and block again', async () => {
    const { cast } = project
    const before = Number(await cast('nonce', alice.address))
    const receipt = await send(counter, 'set(uint256)', '41')
    expect(receipt).toMatchObject({ status: '0x1', type: '0x2', logs: [{ address: counter.toLowerCase() }] })
    expect(await cast('call', counter, 'number()(uint256)')).toBe('41')
    expect(BigInt(await cast('storage', counter, '0'))).toBe(41n)
    expect(Number(await cast('nonce', alice.address))).toBe(before + 1)
    expect(await cast('receipt', receipt.transactionHash, 'status')).toBe('true')
    expect(await json(cast('tx', receipt.transactionHash, '--json'))).toMatchObject({ to: counter.toLowerCase() })
    const block = await json<{ transactions: Hex[] }>(cast('block', String(Number(receipt.blockNumber)), '--json'))
    expect(block.transactions).toEqual([receipt.transactionHash])
    const event = ['--from-block', '0', '--address', counter, 'Set(uint256 indexed,address)', '41', '--json']
    expect(await json(cast('logs', ...event))).toMatchObject([{ transactionHash: receipt.transactionHash }])
    const estimate = Number(await cast('estimate', counter, 'set(uint256)', '40', '--from', alice.address))
    expect(estimate).toBeGreaterThanOrEqual(Number((await send(counter, 'set(uint256)', '40')).gasUsed))
  })

  test('reads the past, and the present as it would be', async () => {
    const { cast } = project
    const first = await send(counter, 'set(uint256)', '7')
    await send(counter, 'set(uint256)', '8')
    const read = ['call', counter, 'number()(uint256)']
    expect(await cast(...read, '--block', String(Number(first.blockNumber)))).toBe('7')
    expect(await cast(...read, '--override-state-diff', `${counter}:0:99`)).toBe('99')
    expect(await cast('codehash', counter)).toMatch(/^0x[0-9a-f]{64}$/)
    expect(await json(cast('proof', counter, '0'))).toMatchObject({ storageProof: [{ value: '0x8' }] })
  })

  test('shows a custom error, and sends nothing that would meet it', async () => {
    const before = await project.cast('nonce', alice.address)
    const selector = await project.cast('sig', 'TooLarge(uint256,uint256)')
    expect(await project.refused('cast', 'send', counter, 'set(uint256)', '101', ...KEY)).toContain(selector)
    expect(await project.cast('nonce', alice.address)).toBe(before)
  })

  test('traces a call and re-runs a transaction from the state before it', async () => {
    const { transactionHash } = await send(counter, 'set(uint256)', '9')
    for (const quick of [[], ['--quick']])
      expect(await project.cast('run', transactionHash, ...quick)).toContain('Transaction successfully executed')
    expect(await project.cast('call', '--trace', counter, 'set(uint256)', '10')).toMatch(/emit .*topic|emit Set/s)
  })

  test('sends for an account the node holds, delegates an account (EIP-7702), and speaks raw JSON-RPC', async () => {
    const { cast } = project
    const unlocked = ['send', '--unlocked', '--from', bob.address, counter, 'set(uint256)', '11', '--json']
    expect(await json(cast(...unlocked))).toMatchObject({ status: '0x1', from: bob.address.toLowerCase() })
    const delegated = await send(
      '--auth',
      counter,
      alice.address,
      '--value',
      '0',
      '--gas-limit',
      '200000',
      'set(uint256)',
      '0',
    )
    expect(delegated).toMatchObject({ type: '0x4', status: '0x1' })
    expect(await cast('code', alice.address)).toBe(`0xef0100${counter.slice(2).toLowerCase()}`)
    await send('--auth', `0x${'00'.repeat(20)}`, bob.address, '--gas-limit', '200000')
    expect(await cast('code', alice.address)).toBe('0x')
    const height = Number(await cast('block-number'))
    await cast('rpc', 'anvil_mine', '0x3')
    expect(Number(await cast('block-number'))).toBe(height + 3)
    expect(await cast('rpc', '--raw', 'eth_getBlockByNumber', '["latest",false]')).toContain('"number"')
  })
})

describe('forge', () => {
  test('script --broadcast deploys and calls, and --resume finds nothing left', async () => {
    const script = ['script', 'script/Deploy.s.sol:Deploy', '--rpc-url', chain.url, ...KEY, '--broadcast']
    await project.forge(...script)
    const run = JSON.parse(
      readFileSync(join(project.directory, 'broadcast', 'Deploy.s.sol', '31337', 'run-latest.json'), 'utf8'),
    ) as { transactions: { contractAddress: Hex }[]; receipts: Receipt[] }
    expect(run.receipts.map(({ status }) => status)).toEqual(['0x1', '0x1', '0x1'])
    const deployed = run.transactions[0]?.contractAddress ?? '0x'
    expect(await project.cast('call', deployed, 'number()(uint256)')).toBe('2')
    const height = await project.cast('block-number')
    await project.forge(...script, '--resume')
    expect(await project.cast('block-number')).toBe(height)
  })

  test('test --fork-url runs on the state of the node, and leaves it alone', async () => {
    await send(counter, 'set(uint256)', '42')
    using forked = foundryProject(chain.url, { COUNTER: counter, MARKET: DEVNET_ADDRESSES.Market })
    const report = await json<Record<string, { test_results: Record<string, { status: string }> }>>(
      forked.forge('test', '--fork-url', chain.url, '--json'),
    )
    const [suite] = Object.values(report)
    expect(Object.values(suite?.test_results ?? {}).map(({ status }) => status)).toEqual(['Success', 'Success'])
    expect(await project.cast('call', counter, 'number()(uint256)')).toBe('42')
  })
})

test('anvil forks from it', async () => {
  const { blockNumber } = await send(counter, 'set(uint256)', '13')
  const anvil = spawn(peerBinary('anvil'), ['--port', '0', '--fork-url', chain.url, '--no-request-size-limit'])
  onTestFinished(async () => {
    const ended = once(anvil, 'exit')
    anvil.kill()
    await ended
  })
  const { promise, resolve } = Promise.withResolvers<string>()
  createInterface(anvil.stdout).on('line', (line) => {
    const address = /^Listening on (\S+)/.exec(line)?.[1]
    if (address) resolve(address)
  })
  const rpc = createRpc(`http://${await promise}`)
  expect(await rpc.request('eth_blockNumber')).toBe(blockNumber)
  expect(BigInt(await rpc.request<Hex>('eth_getStorageAt', [counter, '0x0', 'latest']))).toBe(13n)
  await rpc.request('eth_sendTransaction', [
    { from: bob.address, to: counter, data: `0x60fe47b1${'0e'.padStart(64, '0')}` },
  ])
  expect(await project.cast('call', counter, 'number()(uint256)')).toBe('13')
})
