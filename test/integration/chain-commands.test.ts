import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startChainDevnet } from '../helpers/chain-devnet.ts'
import { runCli, runJson } from '../helpers/run-cli.ts'
import { accounts, ROLES, type TestChain } from '../helpers/test-chain.ts'

/** The real commands against a chain with the real contracts, found through a manifest as any devnet is. */
let chain: TestChain

beforeAll(async () => {
  chain = await startChainDevnet()
})
afterAll(async () => {
  await chain[Symbol.asyncDispose]()
})

async function data<T>(...args: string[]): Promise<T> {
  const { exitCode, body } = await runJson(['chain', ...args], { cwd: chain.directory })
  expect(body.error ?? null).toBeNull()
  expect(exitCode).toBe(0)
  return body.data as T
}

async function failure(...args: string[]): Promise<{ code: string | undefined; exitCode: number }> {
  const { exitCode, body } = await runJson(['chain', ...args], { cwd: chain.directory })
  return { code: body.error?.code, exitCode }
}

const quiet = async (...args: string[]) =>
  (await runCli(['chain', ...args, '--quiet'], { cwd: chain.directory })).stdout.trim()

describe('0g chain', () => {
  test('accounts: labels and balances; keys only when asked for, with a warning', async () => {
    const { accounts: rows } = await data<{ accounts: Record<string, unknown>[] }>('accounts')
    expect(rows.map((row) => row['label'])).toEqual(ROLES)
    expect(rows[1]).toMatchObject({ index: 1, address: accounts[1]?.address, balance: '10000', nonce: 0 })
    expect(JSON.stringify(rows)).not.toContain('privateKey')
    const { body } = await runJson(['chain', 'accounts', '--show-keys'], { cwd: chain.directory })
    expect(body.warnings).toHaveLength(1)
    expect(body.data).toMatchObject({ accounts: { 1: { privateKey: accounts[1]?.privateKey } } })
  })

  test('fund, send and balance speak 0G to the last wei and take labels', async () => {
    const stranger = `0x${'5e'.repeat(20)}`
    expect(await data('fund', stranger, '--amount', '0.000000000000000001')).toMatchObject({
      amountWei: '1',
      balanceWei: '1',
    })
    expect(await data('fund', stranger, '--amount', '50000')).toMatchObject({ balance: '50000.000000000000000001' })
    const sent = await data<{ txHash: string }>('send', 'bob', '--value', '1.5', '--from', 'carol')
    expect(sent).toMatchObject({ toName: 'bob', valueWei: '1500000000000000000', from: accounts[3]?.address })
    expect(await quiet('balance', '2')).toBe('10001.5')
    expect(await data('tx', sent.txHash)).toMatchObject({
      status: 'success',
      fromName: 'carol',
      toName: 'bob',
      call: null,
    })
  })

  test('call and send know the contracts of the network, and any other by signature', async () => {
    expect(await data('call', 'Market', 'pricePerSector')).toMatchObject({ outputs: [{ type: 'uint256' }] })
    const hash = await quiet('send', 'LedgerManager', 'addLedger', 'mine', '--value', '3', '--from', 'dave')
    expect(await data('tx', hash)).toMatchObject({
      toName: 'LedgerManager',
      call: { function: 'addLedger', args: [{ name: 'additionalInfo', value: 'mine' }] },
    })
    const balance = await data('call', 'Multicall3', 'getEthBalance(address)(uint256)', 'alice')
    expect(balance).toMatchObject({ outputs: [{ value: '10000000000000000000000' }] })
    expect(await data('call', 'Flow', 'numSubmissions()', '--from', 'alice')).toMatchObject({ outputs: [] })
    const { body } = await runJson(['verify', hash], { cwd: chain.directory })
    expect(body.data).toMatchObject({ verdict: 'true' })
  })

  test('mine, warp and block', async () => {
    const before = await data<{ number: number; timestamp: number }>('block')
    expect(await data('mine', '3', '--interval', '1m')).toMatchObject({ mined: 3, blockNumber: before.number + 3 })
    const { timestamp } = await data<{ timestamp: number }>('warp', '+1h')
    expect(timestamp - before.timestamp).toBeGreaterThanOrEqual(3600 + 120)
    expect(await data('warp', '2090-01-01T00:00Z')).toMatchObject({ time: '2090-01-01T00:00:00.000Z' })
    expect(await data('block', String(before.number))).toMatchObject({ number: before.number })
  })

  test.each<[string[], string, number]>([
    [['balance', 'nobody'], 'UNKNOWN_ACCOUNT', 4],
    [['send', 'bob', '--value', '1', '--from', 'nobody'], 'UNKNOWN_ACCOUNT', 4],
    [['send', 'bob', '--value', 'lots'], 'VALUE_INVALID', 2],
    [['send', 'bob', '--value', '99999999'], 'INSUFFICIENT_FUNDS', 4],
    [['send', 'LedgerManager', 'addLedger', 'x', '--value', '0.1'], 'RPC_REVERTED', 6],
    [['call', 'LedgerManager', 'getLedger', 'bob'], 'RPC_REVERTED', 6],
    [['call', 'Market', 'noSuchFunction'], 'VALUE_INVALID', 2],
    [['call', 'Market', 'pricePerSector', 'extra'], 'VALUE_INVALID', 2],
    [['call', 'alice', 'balanceOf(address)(uint256)', 'bob'], 'VALUE_INVALID', 2],
    [['call', 'alice', 'balanceOf'], 'VALUE_INVALID', 2],
    [['send', 'bob', 'garbage(('], 'VALUE_INVALID', 2],
    [['fund', 'bob', '--amount', '-1'], 'VALUE_INVALID', 2],
    [['warp', 'yesterday'], 'VALUE_INVALID', 2],
    [['warp', '2001-01-01'], 'VALUE_INVALID', 2],
    [['block', '123456789'], 'NOT_ON_CHAIN', 4],
    [['block', 'first'], 'VALUE_INVALID', 2],
    [['tx', `0x${'00'.repeat(32)}`], 'NOT_ON_CHAIN', 4],
    [['tx', '0x12'], 'VALUE_INVALID', 2],
    [['fund', 'bob', '--network', 'galileo'], 'DEVNET_ONLY', 2],
    [['mine', '--network', 'galileo'], 'DEVNET_ONLY', 2],
    [['send', `0x${'12'.repeat(20)}`, '--value', '1', '--network', 'galileo'], 'KEY_MISSING', 2],
  ])('%j ends with %s', async (args, code, exitCode) => {
    expect(await failure(...args)).toEqual({ code, exitCode })
  })
})
