import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Abi, Hex } from 'viem'
import { ROOT } from './run-cli.ts'

/** What the compiler says of one contract, in solc's own layout: an artifact that `0g chain deploy` takes. */
export type Compiled = {
  abi: Abi
  evm: { bytecode: { object: string; linkReferences: Record<string, Record<string, object[]>> } }
}

const SOURCES = join(ROOT, 'test', 'fixtures', 'solidity')
const CACHE = join(ROOT, '.cache', 'test-contracts')
const SETTINGS = {
  evmVersion: 'cancun',
  optimizer: { enabled: true, runs: 200 },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.bytecode.linkReferences'] } },
}

/**
 * Compiles test/fixtures/solidity/FILE with npm's solc; imports come from node_modules. The answer is kept in .cache until source,
 * compiler or library change.
 */
export function compileSolidity(file: string): Record<string, Compiled> {
  const source = readFileSync(join(SOURCES, file), 'utf8')
  const versions = ['solc', '@openzeppelin/contracts'].map((name) => versionOf(name))
  const key = createHash('sha256')
    .update(JSON.stringify([source, versions, SETTINGS]))
    .digest('hex')
    .slice(0, 16)
  const cached = join(CACHE, `${file}-${key}.json`)
  try {
    return JSON.parse(readFileSync(cached, 'utf8')) as Record<string, Compiled>
  } catch {
    // compiled below
  }
  const contracts = compile(file, source)
  mkdirSync(CACHE, { recursive: true })
  writeFileSync(`${cached}.${process.pid}`, JSON.stringify(contracts))
  renameSync(`${cached}.${process.pid}`, cached)
  return contracts
}

/** Creation code without arguments. */
export function bytecodeOf({ evm }: Compiled): Hex {
  return `0x${evm.bytecode.object}`
}

function versionOf(name: string): string {
  const path = join(ROOT, 'node_modules', name, 'package.json')
  return `${name}@${(JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version}`
}

type Output = {
  contracts: Record<string, Record<string, Compiled>>
  errors?: { severity: string; formattedMessage: string }[]
}

function compile(file: string, source: string): Record<string, Compiled> {
  const solc = createRequire(import.meta.url)('solc') as {
    compile(input: string, callbacks: { import(path: string): { contents: string } }): string
  }
  const input = { language: 'Solidity', sources: { [file]: { content: source } }, settings: SETTINGS }
  const read = (path: string) => ({ contents: readFileSync(join(ROOT, 'node_modules', path), 'utf8') })
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: read })) as Output
  const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'))
  return output.contracts[file] ?? {}
}
