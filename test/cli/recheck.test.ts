import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ReplayResult } from '../../src/client/chain/replay.ts'
import type { Hex } from '../../src/client/chain/rpc.ts'
import { sendTransaction } from '../../src/client/chain/transaction.ts'
import type { Evidence } from '../../src/client/verify/evidence.ts'
import { runCli, runJson } from '../helpers/run-cli.ts'
import { startTamperingNode, type TamperingNode } from '../helpers/tampering-node.ts'
import { accounts, CONTRACTS, startTestChain, type TestChain } from '../helpers/test-chain.ts'

/** `0g verify tx` and `0g chain replay` against any node by its URL: an honest one, one that lies, one that proves nothing. */
let chain: TestChain
let liar: TamperingNode
let mute: TamperingNode
const hashes: Hex[] = []

beforeAll(async () => {
  chain = await startTestChain()
  const [, wallet] = accounts
  if (!wallet) return
  for (const to of [CONTRACTS.counting, CONTRACTS.logging, CONTRACTS.counting]) {
    hashes.push((await sendTransaction({ rpc: chain.rpc, wallet, to })).transactionHash)
  }
  liar = await startTamperingNode(chain.url, (method, result) =>
    method === 'eth_getProof' ? { ...(result as object), balance: '0x1' } : result,
  )
  mute = await startTamperingNode(chain.url, (method, result) => (method === 'eth_getProof' ? null : result))
})
afterAll(async () => {
  await Promise.all([liar[Symbol.asyncDispose](), mute[Symbol.asyncDispose]()])
  await chain[Symbol.asyncDispose]()
})

describe('0g verify tx', () => {
  test('proves a transaction of an honest node and shows the evidence', async () => {
    const { exitCode, stdout, stderr } = await runCli(['verify', 'tx', hashes[1] ?? '', '--rpc', chain.url])
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).toContain(`tx ${hashes[1]}: true`)
    for (const line of ['the state before the block is proven', 'an independent EVM gives the same logs']) {
      expect(stdout).toContain(`✓ ${line}`)
    }
  })

  test('--json has every link; a lie exits 5 and is named, what is not given exits 6', async () => {
    const verify = async (url: string) => await runJson(['verify', 'tx', hashes[2] ?? '', '--rpc', url])
    const [proven, lied, unproven] = await Promise.all([verify(chain.url), verify(liar.url), verify(mute.url)])
    expect([proven.exitCode, lied.exitCode, unproven.exitCode]).toEqual([0, 5, 6])
    expect(proven.body.data).toMatchObject({ subject: hashes[2], kind: 'tx', verdict: 'true' })
    const wrong = (lied.body.data as unknown as Evidence).links.find(({ verdict }) => verdict === 'false')
    expect(wrong).toMatchObject({ claim: 'the state before the block is proven', actual: '1' })
    expect(wrong?.note).toContain('the balance')
    const unchecked = (unproven.body.data as unknown as Evidence).links.filter(({ verdict }) => verdict !== 'true')
    expect(unchecked.map(({ verdict }) => verdict)).toEqual(['unchecked'])
  })

  test('says what is wrong with a hash, a URL, rules or a network', async () => {
    const code = async (...args: string[]) => {
      const { exitCode, body } = await runJson(['verify', 'tx', ...args])
      return [exitCode, body.error?.code]
    }
    const unknown = `0x${'12'.repeat(32)}`
    expect(
      await Promise.all([
        code('0x12', '--rpc', chain.url),
        code(unknown, '--rpc', chain.url),
        code(unknown, '--rpc', 'ftp://127.0.0.1'),
        code(unknown, '--rpc', 'http://127.0.0.1:9'),
        code(unknown, '--rpc', chain.url, '--hardfork', 'someday'),
      ]),
    ).toEqual([
      [2, 'VALUE_INVALID'],
      [4, 'NOT_ON_CHAIN'],
      [2, 'VALUE_INVALID'],
      [6, 'NETWORK_UNREACHABLE'],
      [2, 'FLAG_INVALID'],
    ])
  })
})

describe('0g chain replay', () => {
  test('sums up a range; --json has the evidence of each block', async () => {
    const human = await runCli(['chain', 'replay', '0..', '--rpc', chain.url])
    expect(human.exitCode).toBe(0)
    expect(human.stdout).toMatch(/^blocks 0 to 3: proven \(3 transactions, 4 of 4 proven, .*\)\n$/)
    expect(human.stderr).toContain('4/4 blocks')
    const single = await runCli(['chain', 'replay', '2', '--rpc', chain.url])
    expect(single.stdout).toContain('✓ the state after the block has the root of its header')
    const { exitCode, body } = await runJson(['chain', 'replay', '1..3', '--rpc', chain.url])
    expect(exitCode).toBe(0)
    const { blocks, ...summary } = body.data as unknown as ReplayResult
    expect(summary).toMatchObject({ verdict: 'true', replayed: 3, proven: 3, transactions: 3 })
    expect(blocks.map(({ evidence }) => evidence.kind)).toEqual(['block', 'block', 'block'])
    expect(blocks[0]?.evidence.links.length).toBeGreaterThan(8)
  })

  test('exits 5 where a block does not hold and 6 where it cannot be checked, and names the link', async () => {
    const [lied, unproven] = await Promise.all([
      runCli(['chain', 'replay', 'latest', '--rpc', liar.url]),
      runCli(['chain', 'replay', '2..3', '--rpc', mute.url]),
    ])
    expect([lied.exitCode, unproven.exitCode]).toEqual([5, 6])
    expect(lied.stdout).toContain('first link that does not hold: the state before the block is proven')
    expect(lied.stdout).toContain('block 3: FALSE')
    expect(unproven.stdout).toContain('first link that could not be checked: the block re-executes from proven state')
    expect(unproven.stdout).toContain('0 of 2 proven')
  })

  test('streams blocks as JSON lines, prints the verdict with --quiet, refuses nonsense', async () => {
    const [stream, quiet, refused] = await Promise.all([
      runCli(['chain', 'replay', '1..', '--rpc', chain.url, '--output', 'ndjson']),
      runCli(['chain', 'replay', hashes[0] ?? '', '--rpc', chain.url, '--quiet']),
      runJson(['chain', 'replay', '3..1', '--rpc', chain.url]),
    ])
    const lines = stream.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const blocks = lines.filter(({ type }) => type === 'output').map(({ data }) => data.block)
    expect(blocks.map(({ number, verdict }) => [Number(number), verdict])).toEqual([
      [1, 'true'],
      [2, 'true'],
      [3, 'true'],
    ])
    expect(lines.at(-1)).toMatchObject({ type: 'result', ok: true })
    expect([quiet.exitCode, quiet.stdout]).toEqual([0, 'true\n'])
    expect([refused.exitCode, refused.body.error?.code]).toEqual([2, 'VALUE_INVALID'])
  })
})
