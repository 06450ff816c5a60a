import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { toFunctionSelector } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startChainDevnet } from '../helpers/chain-devnet.ts'
import { compileSolidity } from '../helpers/compile-solidity.ts'
import { runCli, runJson, startCli } from '../helpers/run-cli.ts'
import { accounts, type TestChain } from '../helpers/test-chain.ts'

/** `0g chain` as built, where it is about contracts: deploy, call, logs, trace, decode, console and what surrounds them. */
let chain: TestChain
const compiled = compileSolidity('Playground.sol')
const alice = accounts[1]?.address ?? '0x'

beforeAll(async () => {
  chain = await startChainDevnet()
  for (const name of ['Playground', 'Doubler', 'Linked'])
    writeFileSync(join(chain.directory, `${name}.json`), JSON.stringify(compiled[name]))
  await data('deploy', 'Playground.json', 'hello, world', '["alice","bob"]', '--value', '0.5')
})
afterAll(async () => {
  await chain[Symbol.asyncDispose]()
})

const og = (...args: string[]) => runCli(['chain', ...args], { cwd: chain.directory })
const json = (...args: string[]) => runJson(['chain', ...args], { cwd: chain.directory })

async function data<T extends object>(...args: string[]): Promise<T> {
  const { exitCode, body } = await json(...args)
  expect(body.error ?? null).toBeNull()
  expect(exitCode).toBe(0)
  return body.data as T
}

async function failure(...args: string[]) {
  const { exitCode, body } = await json(...args)
  return { exitCode, code: body.error?.code, message: body.error?.message, hint: body.error?.hint }
}

const quiet = async (...args: string[]) => (await og(...args, '--quiet')).stdout.trim()
const sent = (...args: string[]) => quiet('send', ...args)

describe('deploy', () => {
  test('what was deployed goes by its name everywhere', async () => {
    expect(await quiet('call', 'Playground', 'greeting')).toBe('hello, world')
    expect(await quiet('balance', 'Playground')).toBe('0.5')
    const { contracts } = await data<{ contracts: { name: string; origin: string }[] }>('contracts')
    expect(contracts.filter(({ origin }) => origin === 'deployed')).toMatchObject([
      { name: 'Playground', functions: 8 },
    ])
    expect(contracts.map(({ name }) => name)).toContain('Flow')
    const view = await data('contracts', 'Playground')
    expect(view).toMatchObject({ errors: [{ signature: 'NotKept(uint256 key, address by)' }] })
    expect((await og('contracts', 'LedgerManager')).stdout).toContain('addLedger(string additionalInfo) payable')
  })

  test('links libraries, takes hex, and says what it misses', async () => {
    expect(await failure('deploy', 'Linked.json')).toMatchObject({ code: 'VALUE_INVALID', exitCode: 2 })
    await data('deploy', 'Doubler.json')
    await data('deploy', 'Linked.json', '--library', 'Doubler=Doubler', '--name', 'Four')
    expect(await quiet('call', 'Four', 'quadruple', '5')).toBe('20')
    const bare = await data<{ name: null; address: string }>('deploy', '0x67602a5f5260205ff35f5260086018f3')
    expect(bare.name).toBeNull()
    expect(await quiet('call', bare.address, 'answer()(uint256)')).toBe('42')
  })

  test.each<[string[], string]>([
    [['deploy', 'Playground.json', 'only one'], 'VALUE_INVALID'],
    [['deploy', 'Playground.json', 'hello', '[]', '--name', 'Flow'], 'VALUE_INVALID'],
    [['deploy', 'Playground.json', 'hello', '[]', '--name', 'alice'], 'VALUE_INVALID'],
    [['deploy', '0x60016000fd'], 'RPC_REVERTED'],
    [['contracts', 'alice'], 'VALUE_INVALID'],
  ])('%j ends with %s', async (args, code) => {
    expect((await failure(...args)).code).toBe(code)
  })
})

describe('reverts and the gas limit', () => {
  test("errors of one's own contracts are decoded, labels included", async () => {
    const refused = await failure('call', 'Playground', 'need', '7', '--from', 'bob')
    expect(refused).toMatchObject({ code: 'RPC_REVERTED', exitCode: 6 })
    expect(refused.message).toContain('NotKept(key: 7, by: bob)')
    expect(await failure('send', 'Playground', 'keep', '1')).toMatchObject({ code: undefined })
    const { body } = await json('send', 'Playground', 'need', '8')
    expect(body.error?.details).toMatchObject({ error: 'NotKept', args: { key: '8', by: alice } })
    expect((await failure('call', 'LedgerManager', 'getLedger', 'bob')).message).toContain('bob has no ledger')
  })

  test('a limit of which less than 80 % is used draws a warning, with what it would cost', async () => {
    const { body } = await json('send', 'bob', '--value', '0.1', '--gas', '100000')
    expect(body.warnings).toHaveLength(1)
    const result = body.data as { txHash: string; gasLint: object }
    expect(result.gasLint).toMatchObject({ minimumGas: 80_000, freeGasLimit: 26_250 })
    const shown = await json('tx', result.txHash)
    expect(shown.body.warnings).toEqual(body.warnings)
    const tight = await json('send', 'bob', '--value', '0.1', '--gas', '26250')
    expect(tight.body).toMatchObject({ warnings: [], data: { gasLint: null } })
    expect((await json('send', 'bob', '--value', '0.1')).body.warnings).toEqual([])
  })
})

describe('logs', () => {
  test('by contract, event, indexed parameter and range, decoded', async () => {
    const first = await sent('Playground', 'keep(uint256,string)', '1', 'one', '--from', 'bob')
    await sent('Playground', 'keep(uint256,string)', '2', 'two, three', '--from', 'carol')
    const all = await data<{ logs: { blockNumber: number }[] }>('logs', 'Playground')
    expect(all.logs).toMatchObject([
      { contract: 'Playground', event: 'Kept', args: [{ label: 'bob' }, { value: '1' }, { value: 'one' }] },
      { event: 'Kept', args: [{ label: 'carol' }, { value: '2' }, { value: 'two, three' }] },
    ])
    const [one] = all.logs
    expect(await quiet('logs', 'Playground', 'Kept', '--where', 'by=bob')).toBe(first)
    expect(await quiet('logs', 'Playground', 'Kept', '--where', 'key=2', '--where', 'by=bob')).toBe('')
    expect(await quiet('logs', 'Playground', '--to-block', String(one?.blockNumber))).toBe(first)
    expect((await og('logs', '--from-block', '-1')).stdout).toContain('Kept(by: carol, key: 2, text: "two, three")')
    expect((await data<{ logs: object[] }>('logs', '--limit', '1')).logs).toHaveLength(1)
    const signature = 'Kept(address indexed by, uint256 indexed key, string text)'
    expect(await quiet('logs', 'Playground', signature, '--where', 'key=1')).toBe(first)
    expect(await failure('logs', 'Playground', 'Lost')).toMatchObject({ code: 'VALUE_INVALID' })
    expect(await failure('logs', 'Playground', 'Kept', '--where', 'text=one')).toMatchObject({ code: 'VALUE_INVALID' })
    expect(await failure('logs', '--follow')).toMatchObject({ code: 'FLAG_CONFLICT' })
  })

  test('--follow shows what comes, and a rewound chain does not stop it', async () => {
    await sent('Playground', 'keep(uint256,string)', '3', 'already there')
    const following = startCli(
      ['chain', 'logs', 'Playground', '--follow', '--from-block', '-1', '--output', 'ndjson'],
      {
        cwd: chain.directory,
      },
    )
    await following.said('already there')
    const id = await chain.rpc.request('evm_snapshot')
    await sent('Playground', 'keep(uint256,string)', '3', 'to be undone')
    await following.said('to be undone')
    await chain.rpc.request('evm_revert', [id])
    await sent('Playground', 'keep(uint256,string)', '4', 'still here')
    await following.said('still here')
    following.child.kill('SIGINT')
    const { exitCode, stdout } = await following.ended
    expect(exitCode).toBe(0)
    const records = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string; data: { event?: string } })
    expect(records.map(({ type }) => type).at(-1)).toBe('result')
    expect(records[0]?.data.event).toBe('Kept')
  })
})

describe('trace', () => {
  test('calls, results, events and console lines in their order', async () => {
    const hash = await sent('Playground', 'keep(uint256,string)', '5', 'five', '--value', '0.25', '--from', 'bob')
    const trace = await data('trace', hash)
    expect(trace).toMatchObject({
      status: 'success',
      consoleLines: ['keeping five'],
      call: {
        from: 'bob',
        to: 'Playground',
        function: 'keep',
        valueWei: '250000000000000000',
        outputs: [{ name: 'length', value: '4' }],
        steps: [
          { kind: 'console', line: 'keeping five' },
          { kind: 'event', contract: 'Playground', event: 'Kept', args: [{ label: 'bob' }, {}, { value: 'five' }] },
          { kind: 'call', steps: [{ kind: 'event' }] },
        ],
      },
    })
    const { stdout } = await og('trace', hash)
    expect(stdout).toMatch(
      /^bob → Playground\.keep\(key: 5, text: five\) {2}0\.25 0G {2}\d+ gas\n├─ console\.log: keeping five\n/,
    )
    expect(await data('trace', hash, '--raw')).toMatchObject({ tracer: { type: 'CALL', calls: {} } })
  })

  test('says where and why it failed, also inside a call that went on', async () => {
    const went = await sent('Playground', 'attempt', '999')
    expect(await data('trace', went)).toMatchObject({
      status: 'success',
      call: { steps: [{ function: 'need', error: 'NotKept(key: 999, by: Playground)' }] },
    })
    const failed = await failure('send', 'Playground', 'need', '999', '--gas', '90000')
    expect(failed.message).toContain('NotKept')
    const block = await data<{ transactions: { hash: string }[] }>('block')
    const [tx] = block.transactions
    expect(await data('trace', tx?.hash ?? '')).toMatchObject({
      status: 'reverted',
      call: { error: 'NotKept(key: 999, by: alice)' },
    })
    expect(await data('tx', tx?.hash ?? '')).toMatchObject({
      status: 'reverted',
      reason: expect.stringContaining('NotKept(key: 999, by: alice)'),
    })
    expect(await failure('trace', `0x${'00'.repeat(32)}`)).toMatchObject({ code: 'NOT_ON_CHAIN', exitCode: 4 })
    expect(await failure('trace', '0x12')).toMatchObject({ code: 'VALUE_INVALID', exitCode: 2 })
  })

  test('follows a proxy of the network into its code', async () => {
    const hash = await sent('LedgerManager', 'addLedger', 'mine', '--value', '3', '--from', 'dave')
    const { stdout } = await og('trace', hash)
    expect(stdout).toContain('code of LedgerManager.addLedger(additionalInfo: mine)')
    const ledger = await data('call', 'LedgerManager', 'getLedger', 'dave')
    expect(ledger).toMatchObject({ outputs: [{ type: 'tuple', label: expect.stringContaining('"user":"dave"') }] })
    expect(stdout).toContain('[delegatecall]')
  })
})

describe('decode', () => {
  test("a log by one's own ABI, with labels", async () => {
    const [log] = await chain.rpc.request<object[]>('eth_getLogs', [
      { fromBlock: '0x0', address: await quiet('contracts', 'Playground') },
    ])
    expect(await data('decode', JSON.stringify(log))).toMatchObject({
      readings: [{ kind: 'event', name: 'Kept', args: [{ label: 'bob' }, {}, {}] }],
    })
  })

  test('offline, with an artifact at hand, and from standard input', async () => {
    const need = toFunctionSelector('need(uint256)')
    const withAbi = await runJson(['chain', 'decode', need, '--abi', join(chain.directory, 'Playground.json')])
    expect(withAbi.body.data).toEqual({
      readings: [{ kind: 'function', signature: 'need(uint256 key)', sources: ['Playground.json'] }],
    })
    const piped = await runCli(['chain', 'decode', '-', '-q'], { input: '0xa9059cbb\n' })
    expect(piped.stdout).toMatch(/^transfer\(address \w+, uint256 \w+\)\n$/)
    const unknown = await runJson(['chain', 'decode', '0xdeadbeef', '--network', 'galileo'])
    expect(unknown).toMatchObject({ exitCode: 4, body: { error: { code: 'SELECTOR_UNKNOWN' } } })
  })
})

describe('rpc', () => {
  test('any method with parameters as JSON or text', async () => {
    expect(await quiet('rpc', 'eth_chainId')).toBe('0x7a69')
    expect(await data('rpc', 'eth_getBlockByNumber', 'earliest', 'false')).toMatchObject({ result: { number: '0x0' } })
    expect(await quiet('rpc', 'eth_getBalance', '--params', `["0x${'77'.repeat(20)}","latest"]`)).toBe('0x0')
    expect(await failure('rpc', 'eth_nothing')).toMatchObject({ code: 'RPC_ERROR', exitCode: 6 })
    expect(await failure('rpc', 'eth_chainId', '--params', '{}')).toMatchObject({ code: 'VALUE_INVALID' })
  })
})

describe('automine', () => {
  test('off, an interval, and on again', async () => {
    expect(await data('automine', 'off')).toEqual({ automine: false, intervalMs: null })
    const height = await quiet('rpc', 'eth_blockNumber')
    await chain.rpc.request('eth_sendTransaction', [{ from: alice, to: alice }])
    expect(await quiet('rpc', 'eth_blockNumber')).toBe(height)
    expect(await data('automine', '50ms')).toEqual({ automine: false, intervalMs: 50 })
    expect(await quiet('automine', 'on')).toBe('on')
    expect(await data('automine')).toEqual({ automine: true, intervalMs: null })
    expect(await failure('automine', 'sometimes')).toMatchObject({ code: 'VALUE_INVALID', exitCode: 2 })
  })
})

describe('snapshot', () => {
  test('a state can be gone back to again and again; later ones end', async () => {
    await data('snapshot', 'take', 'before')
    await sent('Playground', 'keep(uint256,string)', '10', 'ten')
    await data('snapshot', 'take', 'after')
    expect(await quiet('snapshot', 'ls')).toBe('before\nafter')
    expect(await data('snapshot', 'revert', 'before')).toMatchObject({ ended: ['after'] })
    expect(await quiet('call', 'Playground', 'texts', '10')).toBe('')
    await sent('Playground', 'keep(uint256,string)', '10', 'X')
    expect(await data('snapshot', 'revert', 'before')).toMatchObject({ droppedBlocks: 1, ended: [] })
    expect(await failure('snapshot', 'revert', 'after')).toMatchObject({ code: 'CHAIN_SNAPSHOT_UNKNOWN', exitCode: 4 })
    expect(await failure('snapshot', 'take', 'a/b')).toMatchObject({ code: 'VALUE_INVALID', exitCode: 2 })
    expect(await failure('snapshot', 'take', 'x', '--network', 'galileo')).toMatchObject({ code: 'DEVNET_ONLY' })
  })
})

describe('console', () => {
  const script = (input: string, ...args: string[]) =>
    runCli(['chain', 'console', ...args], { cwd: chain.directory, input })

  test('runs a script with contracts, accounts and raw requests by name', async () => {
    const { exitCode, stdout } = await script(`
      const before = await rpc('eth_blockNumber')
      Playground.greeting()
      const sent = await Playground['keep(uint256,string)'](20n, 'twenty', { from: 'bob', value: '0.1' })
      sent.from === accounts.bob
      Playground.need(
        20
      )
      for (const name of ['alice', 'bob'])
        console.log(Number(await balance(name)) > 0)
    `)
    expect(exitCode).toBe(0)
    expect(stdout).toBe('hello, world\ntrue\ntwenty\ntrue\ntrue\n')
  })

  test('one expression, as a value', async () => {
    expect(await data('console', '-e', 'Market.pricePerSector()')).toEqual({
      results: [expect.stringMatching(/^\d+$/)],
    })
    expect(await quiet('console', '-e', "rpc('eth_chainId')")).toBe('0x7a69')
  })

  test('ends at the first error, and says which it was', async () => {
    const broken = await script('1 + 1\nnothing.there\n3 + 3\n', '--json')
    expect(JSON.parse(broken.stdout)).toMatchObject({
      error: { code: 'CONSOLE_FAILED', message: expect.stringContaining('line 2') },
    })
    const refused = await script('Playground.need(12345)\n', '--json')
    expect(JSON.parse(refused.stdout)).toMatchObject({ error: { code: 'RPC_REVERTED', details: { error: 'NotKept' } } })
    expect((await script('1 +\n', '--json')).exitCode).toBe(6)
  })
})
