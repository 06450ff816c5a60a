import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createRpc, type Hex } from '../../src/client/chain/rpc.ts'
import { sendTransaction } from '../../src/client/chain/transaction.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { AddressIndex } from '../../src/services/explorer/address-index.ts'
import { compile } from '../../src/services/explorer/compile.ts'
import { internalCalls, type TraceFrame } from '../../src/services/explorer/internal-calls.ts'
import { startChildService } from '../helpers/child-service.ts'
import { startTestExplorer, type TestExplorer } from '../helpers/explorer.ts'
import { rawHttp } from '../helpers/raw-http.ts'
import { ROOT } from '../helpers/run-cli.ts'
import { accounts, MNEMONIC, startTestChain } from '../helpers/test-chain.ts'

/** Pages of the web can reach the explorer, and it compiles what they send: it must answer, refuse, and stay up. */
let explorer: TestExplorer
beforeAll(async () => {
  explorer = await startTestExplorer()
})
afterAll(() => explorer[Symbol.asyncDispose]())

const ACTIONS: Record<string, string[]> = {
  account: ['balance', 'balancemulti', 'txlist', 'txlistinternal', 'tokentx', 'tokennfttx', 'tokenbalance'],
  contract: [
    'verifysourcecode',
    'checkverifystatus',
    'getabi',
    'getsourcecode',
    'getcontractcreation',
    'verifyproxycontract',
  ],
  transaction: ['getstatus', 'gettxreceiptstatus'],
  logs: ['getLogs'],
  block: ['getblockreward', 'getblocknobytime'],
  gastracker: ['gasoracle'],
  stats: ['tokensupply'],
  proxy: ['eth_call', 'eth_getCode', 'eth_sendRawTransaction', 'eth_getBlockByNumber', 'eth_estimateGas'],
}
const NAMES = [
  ...['address', 'contractaddress', 'contractaddresses', 'txhash', 'page', 'offset', 'sort', 'startblock', 'endblock'],
  ...[
    'timestamp',
    'closest',
    'blockno',
    'fromBlock',
    'toBlock',
    'topic0',
    'topic1',
    'topic0_1_opr',
    'guid',
    'tag',
    'to',
    'data',
  ],
  ...[
    'sourceCode',
    'codeformat',
    'contractname',
    'compilerversion',
    'constructorArguements',
    'runs',
    'libraryname1',
    'hex',
  ],
]
const value = fc.oneof(
  fc.constantFrom(
    ...[
      DEVNET_ADDRESSES.W0G,
      accounts[1]?.address ?? '',
      `0x${'ab'.repeat(32)}`,
      'latest',
      '0',
      '1',
      '-1',
      '1e9',
      '0x10',
    ],
    ...[
      '99999999999999999999',
      '__proto__',
      'constructor',
      '../../etc/passwd',
      "' OR 1=1 --",
      'desc',
      'or',
      '{}',
      '[]',
      '',
    ],
    ...['solidity-standard-json-input', 'vyper-json', 'v0.8.37+commit.f401782d', 'a.sol:A'],
  ),
  fc.string({ maxLength: 40 }),
  fc.json({ maxDepth: 2 }),
)
const module = fc.oneof(fc.constantFrom(...Object.keys(ACTIONS), '__proto__', 'toString'), fc.string({ maxLength: 8 }))
const query = fc
  .tuple(module, fc.nat(20), fc.dictionary(fc.constantFrom(...NAMES), value, { maxKeys: 6 }))
  .map(([name, at, rest]) => {
    const actions = Object.hasOwn(ACTIONS, name) ? (ACTIONS[name] ?? []) : ['constructor', 'x']
    return { ...rest, module: name, action: actions[at % actions.length] ?? '' }
  })

async function isWellFormed(response: Response): Promise<void> {
  expect([200, 413]).toContain(response.status)
  const answer = (await response.json()) as Record<string, unknown>
  if ('jsonrpc' in answer) return
  expect(answer).toEqual({
    status: expect.stringMatching(/^[01]$/),
    message: expect.any(String),
    result: expect.anything(),
  })
}

describe('hostile requests', () => {
  test('whatever is asked, by GET or by POST, is answered in the envelope', async () => {
    await fc.assert(
      fc.asyncProperty(query, fc.constantFrom('GET', 'form', 'json'), async (fields, kind) => {
        const form = new URLSearchParams(fields as Record<string, string>)
        if (kind === 'GET') await isWellFormed(await fetch(`${explorer.api}?${form}`))
        else
          await isWellFormed(
            await fetch(explorer.api, { method: 'POST', body: kind === 'form' ? form : JSON.stringify(fields) }),
          )
      }),
      { numRuns: 300 },
    )
  })

  test('other paths, methods and bodies are refused; a body without end is cut off', async () => {
    const { origin } = new URL(explorer.api)
    for (const path of ['/', '/open/api/../../etc/passwd', '/%00', '/faucet/x', '//evil'])
      expect((await fetch(`${origin}${path}`)).status).toBe(404)
    expect((await fetch(explorer.api, { method: 'DELETE' })).status).toBe(405)
    expect((await fetch(explorer.api, { method: 'POST', body: '{"module":' })).status).toBe(413)
    const large = await fetch(explorer.api, { method: 'POST', body: 'x'.repeat(25 * 1024 ** 2) }).catch(() => undefined)
    expect(large?.status ?? 413).toBe(413)
    expect(await rawHttp(origin, 'no request at all\r\n\r\n')).toMatch(/^HTTP\/1\.1 400/)
  })

  test('a trace as deep as the EVM allows is walked without recursion', () => {
    let frame: TraceFrame = { type: 'CALL', from: '0xa', to: '0xb', value: '0x1' }
    for (let depth = 0; depth < 100_000; depth++)
      frame = { type: 'CALL', from: '0xa', to: '0xb', value: '0x0', calls: [frame] }
    expect(internalCalls(1, 0, frame)).toEqual([])
    expect(
      internalCalls(1, 0, { type: 'CALL', calls: [{ type: 'CREATE', from: '0xa', to: '0xb', input: '0x00' }] }),
    ).toHaveLength(1)
  })
})

describe('the compiler', () => {
  test('sees nothing of this machine, and has no rights when it breaks out', async () => {
    const fake = join(ROOT, 'test', 'fixtures', 'hostile-compiler.js')
    const { longVersion, contracts } = await compile(fake, {}, new AbortController().signal)
    expect(longVersion).toBe('0.0.0+commit.00000000')
    expect(contracts['found']).toEqual({
      globals: { process: 'undefined', require: 'undefined', fetch: 'undefined', Buffer: 'undefined' },
      eval: 'EvalError',
      read: 'ERR_ACCESS_DENIED',
      write: 'ERR_ACCESS_DENIED',
      spawn: 'ERR_ACCESS_DENIED',
      environment: '0',
    })
  })

  test('is ended when the explorer stops, or when it is none', async () => {
    const abort = new AbortController()
    const running = compile(createRequire(import.meta.url).resolve('solc/soljson.js'), {}, abort.signal)
    abort.abort()
    await expect(running).rejects.toThrow(/stopping/)
    await expect(compile('/nowhere/soljson.js', {}, new AbortController().signal)).rejects.toThrow(/Compiler error/)
  })
})

describe('kill -9', () => {
  test('the index and what was verified are found again, and go on', async () => {
    await using chain = await startTestChain()
    const dataDir = mkdtempSync(join(tmpdir(), 'og-explorer-'))
    const start = () =>
      startChildService({
        folder: 'explorer',
        config: {
          chain: 'chain',
          contracts: {},
          mnemonic: MNEMONIC,
          faucetIndex: 9,
          compilersDir: join(dataDir, 'solc'),
        },
        dataDir,
        peers: { chain: { rpc: chain.url } },
      })
    try {
      const rpc = createRpc(chain.url)
      const content =
        '// SPDX-License-Identifier: MIT\npragma solidity ^0.8.24; contract Kept { uint256 public x = 1; }'
      const input = {
        language: 'Solidity',
        sources: { 'Kept.sol': { content } },
        settings: { outputSelection: { '*': { '*': ['evm.bytecode.object'] } } },
      }
      const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string }
      const code = JSON.parse(solc.compile(JSON.stringify(input))).contracts['Kept.sol'].Kept.evm.bytecode
        .object as string
      const wallet = accounts[1] as (typeof accounts)[number]
      const made = await sendTransaction({ rpc, wallet, data: `0x${code}` })
      const address = made.contractAddress as Hex
      let service = await start()
      const ask = async (fields: Record<string, string>) => {
        const response = await fetch(service.endpoints['explorer'] ?? '', {
          method: 'POST',
          body: new URLSearchParams(fields),
        })
        return (await response.json()) as { status: string; result: never }
      }
      const list = { module: 'account', action: 'txlist', address: wallet.address }
      expect((await ask(list)).result).toHaveLength(1)
      const verification = {
        module: 'contract',
        action: 'verifysourcecode',
        contractaddress: address,
        contractname: 'Kept',
      }
      const guid = (await ask({ ...verification, sourceCode: content, compilerversion: 'v0.8.37+commit.f401782d' }))
        .result as string
      for (let state = 'Pending in queue'; state !== 'Pass - Verified'; ) {
        state = (await ask({ module: 'contract', action: 'checkverifystatus', guid })).result as string
        expect(['Pending in queue', 'Pass - Verified']).toContain(state)
      }
      await service.kill()
      await sendTransaction({ rpc, wallet, to: wallet.address, valueWei: 1n })
      service = await start()
      expect((await ask(list)).result).toHaveLength(2)
      const [source] = (await ask({ module: 'contract', action: 'getsourcecode', address })).result as {
        SourceCode: string
      }[]
      expect(source?.SourceCode).toBe(content)
      await service.stop()
      const index = new AddressIndex(join(dataDir, 'index.db'))
      expect(index.head?.number).toBe(2)
      index.close()
    } finally {
      rmSync(dataDir, { recursive: true, force: true })
    }
  })
})
