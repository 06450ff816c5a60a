import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { encodeAbiParameters, type Hex, toFunctionSelector } from 'viem'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sendTransaction } from '../../src/client/chain/transaction.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import { type Answer, startTestExplorer, type TestExplorer } from '../helpers/explorer.ts'
import { foundryProject } from '../helpers/foundry.ts'
import { ROOT } from '../helpers/run-cli.ts'
import { accounts, startTestChain } from '../helpers/test-chain.ts'

/** solc as Foundry and Hardhat record it. */
const COMPILER = '0.8.37+commit.f401782d'
const solc = createRequire(import.meta.url)('solc') as { compile(input: string): string }

let explorer: TestExplorer
beforeAll(async () => {
  explorer = await startTestExplorer()
})
afterAll(() => explorer[Symbol.asyncDispose]())

const [, alice] = accounts as [unknown, (typeof accounts)[0]]

const SOURCE = `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;
library Sum { function plus(uint256 a, uint256 b) external pure returns (uint256) { return a + b; } }
contract Child { uint256 public immutable number; constructor(uint256 n) { number = n; } }
contract Parent {
    Child public immutable child;
    string public name;
    constructor(string memory name_, uint256 n) { name = name_; child = new Child(n); }
    function sum(uint256 a) external view returns (uint256) { return Sum.plus(a, child.number()); }
}
`

type Settings = { optimizer?: object; libraries?: object; metadata?: object; evmVersion?: string }

function standardInput(settings: Settings, content = SOURCE, file = 'src/Parent.sol') {
  return {
    language: 'Solidity',
    sources: { [file]: { content } },
    settings: { ...settings, outputSelection: { '*': { '*': ['evm.bytecode.object'] } } },
  }
}

/** Creation code of a contract, with the addresses of its libraries filled in. */
function creationOf(input: ReturnType<typeof standardInput>, name: string): Hex {
  const output = JSON.parse(solc.compile(JSON.stringify(input))) as {
    contracts: Record<string, Record<string, { evm: { bytecode: { object: string } } }>>
  }
  const file = Object.values(output.contracts)[0]
  return `0x${file?.[name]?.evm.bytecode.object ?? ''}`
}

async function deploy(code: Hex, chain = explorer.chain): Promise<Hex> {
  const receipt = await sendTransaction({ rpc: chain.rpc, wallet: alice, data: code })
  return receipt.contractAddress ?? '0x'
}

async function verify(fields: Record<string, string>): Promise<Answer> {
  const sent = await explorer.post({
    module: 'contract',
    action: 'verifysourcecode',
    compilerversion: `v${COMPILER}`,
    ...fields,
  })
  if (sent.status === '0') return sent
  for (;;) {
    // the answer is held back while the compiler runs, so this asks again only on a very busy machine
    const answer = await explorer.ask({ module: 'contract', action: 'checkverifystatus', guid: String(sent.result) })
    if (answer.result !== 'Pending in queue') return answer
  }
}

const passed = { status: '1', message: 'OK', result: 'Pass - Verified' }
const sourceOf = async (address: Hex, of = explorer) => {
  const [row] = await of.result<Record<string, string>[]>({
    module: 'contract',
    action: 'getsourcecode',
    address,
  })
  return row
}

describe('verifysourcecode', () => {
  const optimizer = { enabled: true, runs: 200 }
  const args = encodeAbiParameters([{ type: 'string' }, { type: 'uint256' }], ['parent', 7n]).slice(2)
  let library: Hex
  let linked: ReturnType<typeof standardInput>
  let parent: Hex
  beforeAll(async () => {
    library = await deploy(creationOf(standardInput({ optimizer }), 'Sum'))
    linked = standardInput({ optimizer, libraries: { 'src/Parent.sol': { Sum: library } } })
    parent = await deploy(`${creationOf(linked, 'Parent')}${args}`)
  })
  const request = (changes: Record<string, string> = {}) => ({
    codeformat: 'solidity-standard-json-input',
    sourceCode: JSON.stringify(linked),
    contractaddress: parent,
    contractname: 'src/Parent.sol:Parent',
    constructorArguements: args,
    ...changes,
  })

  test.each([
    ['other constructor arguments', () => request({ constructorArguements: '01' }), /constructor arguments/],
    ['another contract', () => request({ contractname: 'src/Parent.sol:Child' }), /deployed bytecode/],
    ['a contract that is not there', () => request({ contractname: 'src/Parent.sol:Other' }), /no contract/],
    [
      'other settings',
      () => request({ sourceCode: JSON.stringify({ ...linked, settings: { ...linked.settings, optimizer: {} } }) }),
      /deployed bytecode/,
    ],
    [
      'code that does not compile',
      () => request({ sourceCode: JSON.stringify(standardInput({}, 'contract X {')) }),
      /Compiler error/,
    ],
    [
      'another commit of the compiler',
      () => request({ compilerversion: 'v0.8.37+commit.00000000' }),
      /not the one of commit/,
    ],
  ])('refuses %s, and says so', async (_, fields, reason) => {
    const answer = await verify(fields())
    expect(answer).toMatchObject({ status: '0', message: 'NOTOK' })
    expect(answer.result).toMatch(/^Fail - Unable to verify/)
    expect(answer.result).toMatch(reason)
  })

  test.each([
    ['Vyper', { codeformat: 'vyper-json', compilerversion: 'vyper:0.4.0' }, /Vyper is not supported/],
    ['an address without code', { contractaddress: alice.address }, /^Unable to locate ContractCode at/],
    ['a compiler that is not here', { compilerversion: 'v0.8.11+commit.d7f03943' }, /npm install .* solc@0\.8\.11/],
    ['a nightly build', { compilerversion: 'v0.8.12-nightly.2022.1.1+commit.00000000' }, /Unsupported compilerversion/],
    ['a path for a version', { compilerversion: 'v../../etc' }, /Unsupported compilerversion/],
    [
      'sources by URL',
      { sourceCode: JSON.stringify({ language: 'Solidity', sources: { a: { urls: ['file:///etc/passwd'] } } }) },
      /has no content/,
    ],
    ['sources that are no JSON', { sourceCode: '{' }, /not JSON/],
  ])('refuses %s at once', async (_, changes, reason) => {
    const answer = await verify(request(changes))
    expect(answer).toMatchObject({ status: '0', message: 'NOTOK' })
    expect(answer.result).toMatch(reason)
  })

  test('imports are never read from this machine', async () => {
    const content = 'import "/etc/passwd";\nimport "/etc/hostname";\ncontract Parent {}'
    const answer = await verify(request({ sourceCode: JSON.stringify(standardInput({}, content)) }))
    expect(answer.result).toMatch(/not found/)
    expect(answer.result).not.toMatch(/root:/)
  })

  test('other comments are a partial match, the very sources an exact one; then it is verified', async () => {
    const changed = standardInput(linked.settings, SOURCE.replace('library', '// a comment\nlibrary'))
    expect(await verify(request({ sourceCode: JSON.stringify(changed) }))).toEqual(passed)
    expect((await sourceOf(parent))?.['SourceCode']).toContain('a comment')
    // without arguments: they are taken from the creation
    expect(await verify(request({ constructorArguements: '' }))).toEqual(passed)
    expect(await sourceOf(parent)).toMatchObject({
      ContractName: 'Parent',
      CompilerVersion: `v${COMPILER}`,
      OptimizationUsed: '1',
      Runs: '200',
      ConstructorArguments: args,
      SourceCode: `{${JSON.stringify(linked)}}`,
      Proxy: '0',
    })
    const again = await verify(request())
    expect(again).toEqual({ status: '0', message: 'NOTOK', result: 'Contract source code already verified' })
    const abi = await explorer.result<string>({ module: 'contract', action: 'getabi', address: parent })
    expect(JSON.parse(abi).map(({ name }: { name?: string }) => name)).toContain('sum')
  })

  test('libraries and contracts that contracts made', async () => {
    expect(
      await verify(
        request({ contractaddress: library, contractname: 'src/Parent.sol:Sum', constructorArguements: '' }),
      ),
    ).toEqual(passed)
    const child = (
      await explorer.chain.rpc.request<Hex>('eth_call', [{ to: parent, data: toFunctionSelector('child()') }, 'latest'])
    ).slice(-40)
    const answer = await verify(
      request({
        contractaddress: `0x${child}`,
        contractname: 'src/Parent.sol:Child',
        constructorArguements: encodeAbiParameters([{ type: 'uint256' }], [7n]).slice(2),
      }),
    )
    expect(answer).toEqual(passed)
  })

  test('a single file, with its settings in the request', async () => {
    const content =
      '// SPDX-License-Identifier: MIT\npragma solidity ^0.8.24; contract Single { uint256 public x = 1; }'
    const input = standardInput(
      { optimizer: { enabled: true, runs: 77 }, evmVersion: 'shanghai' },
      content,
      'Single.sol',
    )
    const address = await deploy(creationOf(input, 'Single'))
    const fields = {
      codeformat: 'solidity-single-file',
      sourceCode: content,
      contractaddress: address,
      contractname: 'Single',
    }
    expect((await verify({ ...fields, optimizationUsed: '0' })).status).toBe('0')
    expect(await verify({ ...fields, optimizationUsed: '1', runs: '77', evmversion: 'shanghai' })).toEqual(passed)
    expect(await sourceOf(address)).toMatchObject({ SourceCode: content, Runs: '77', EVMVersion: 'shanghai' })
  })

  test('what is verified outlives a restart, but not the contract', async () => {
    await verify(request())
    explorer = await explorer.restart()
    expect((await sourceOf(parent))?.['ContractName']).toBe('Parent')
    await explorer.chain.rpc.request('hardhat_setCode', [parent, '0x00'])
    expect((await sourceOf(parent))?.['SourceCode']).toBe('')
  })
})

describe('with the tools', () => {
  test('forge verify-contract', async () => {
    using project = foundryProject(explorer.chain.url)
    const svm = join(dirname(project.directory), 'home', '.svm', '0.8.37')
    mkdirSync(svm, { recursive: true })
    symlinkSync(join(ROOT, 'test', 'fixtures', 'solc-wrapper'), join(svm, 'solc-0.8.37'))
    const created = await project.forge(
      'create',
      'src/Counter.sol:Counter',
      '--private-key',
      alice.privateKey,
      '--broadcast',
      '--json',
      '--constructor-args',
      '100',
    )
    const { deployedTo } = JSON.parse(created) as { deployedTo: Hex }
    // forge looks the build of the compiler up online, unless it is told and remembers none of its own
    rmSync(join(project.directory, 'cache'), { recursive: true })
    const flags = ['--verifier-url', explorer.api, '--chain', '31337', '--compiler-version', COMPILER]
    const verifyContract = (...more: string[]) =>
      project.forge('verify-contract', deployedTo, 'src/Counter.sol:Counter', ...flags, ...more)
    expect(await verifyContract('--verifier', 'custom', '--watch')).toContain('Contract successfully verified')
    expect(await sourceOf(deployedTo)).toMatchObject({
      ContractName: 'Counter',
      ConstructorArguments: encodeAbiParameters([{ type: 'uint256' }], [100n]).slice(2),
    })
    const config = `\n[etherscan]\ndevnet = { key = "PLACEHOLDER", chain = 31337, url = "${explorer.api}" }\n`
    writeFileSync(join(project.directory, 'foundry.toml'), config, { flag: 'a' })
    expect(await verifyContract('--verifier', 'etherscan')).toContain('already verified')
  })

  // The plugin refuses the chain ids 31337 and 1337 by itself: `0g devnet up --chain-id` is for that.
  test('hardhat verify, on a devnet with another chain id', async () => {
    const chain = await startTestChain({ genesisFile: genesisFilePath(), chainId: 424_242 })
    await using other = await startTestExplorer({ chain })
    const project = mkdtempSync(join(tmpdir(), 'og-hardhat-verify-'))
    try {
      cpSync(join(ROOT, 'test', 'fixtures', 'hardhat-project'), project, { recursive: true })
      cpSync(
        fileURLToPath(new URL('../fixtures/hardhat-verify.config.ts', import.meta.url)),
        join(project, 'hardhat.config.ts'),
      )
      symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'), 'dir')
      const cli = join(ROOT, 'node_modules', 'hardhat', 'dist', 'src', 'cli.js')
      const env = {
        ...process.env,
        HOME: project,
        NO_COLOR: '1',
        NODE_OPTIONS: '',
        OG_TEST_RPC: chain.url,
        OG_TEST_API: other.api,
      }
      const hardhat = async (...args: string[]) =>
        (await promisify(execFile)(process.execPath, [cli, ...args], { cwd: project, env })).stdout
      await hardhat('build', '--build-profile', 'production')
      const { bytecode } = createRequire(import.meta.url)(
        join(project, 'artifacts', 'contracts', 'Counter.sol', 'Counter.json'),
      ) as { bytecode: Hex }
      const address = await deploy(bytecode, chain)
      const verifyIt = () =>
        hardhat('verify', 'etherscan', '--network', 'devnet', '--build-profile', 'production', address)
      expect(await verifyIt()).toMatch(/successfully verified|verified successfully|Contract verified/i)
      expect(await sourceOf(address, other)).toMatchObject({ ContractName: 'Counter', CompilerVersion: `v${COMPILER}` })
      expect(await verifyIt()).toMatch(/already been verified|already verified/i)
    } finally {
      rmSync(project, { recursive: true, force: true })
    }
  })

  test('contracts of the network are known without verification', async () => {
    expect(await sourceOf(DEVNET_ADDRESSES.W0G)).toMatchObject({ ContractName: 'W0G' })
  })
})
