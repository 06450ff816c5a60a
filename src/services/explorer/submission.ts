import type { Hex } from '../../client/chain/rpc.ts'
import { addressOf, numberOf, Refusal } from './answer.ts'
import { parseCompilerVersion } from './compilers.ts'
import { type Parameters, parseObject } from './parameters.ts'

/** A contract somebody wants verified: what to compile and what must come out. */
export type Submission = {
  address: Hex
  /** standard JSON, as it is compiled */
  input: StandardInput
  /** as it was sent, for getsourcecode */
  sourceCode: string
  isStandardJson: boolean
  /** undefined when the request names only the contract */
  file: string | undefined
  contract: string
  version: string
  commit: string | undefined
  /** hex without 0x; empty when the request has none */
  constructorArguments: string
  licenseType: string
}

type StandardInput = {
  language: 'Solidity'
  sources: Record<string, { content: string }>
  settings: Record<string, unknown>
}

/** What is read of the compiler's answer; sources never choose it. */
const OUTPUT = [
  'abi',
  'metadata',
  'evm.bytecode.object',
  'evm.bytecode.linkReferences',
  'evm.deployedBytecode.object',
  'evm.deployedBytecode.linkReferences',
  'evm.deployedBytecode.immutableReferences',
]
const MAX_SOURCES = 2_000
/** Settings that decide the code; others (model checker, output) are dropped. */
const SETTINGS = ['remappings', 'optimizer', 'evmVersion', 'viaIR', 'libraries', 'metadata', 'debug', 'experimental']

/** Reads `verifysourcecode`. @throws Refusal in a sentence */
export function parseSubmission(parameters: Parameters): Submission {
  const address = addressOf(parameters, 'contractaddress')
  const format = parameters.get('codeformat') ?? 'solidity-single-file'
  const compiler = parameters.get('compilerversion') ?? ''
  if (/vyper/i.test(format) || /vyper/i.test(compiler)) throw new Refusal('Vyper is not supported: only Solidity is')
  const { version, commit } = parseCompilerVersion(compiler)
  const { file, contract } = parseName(parameters.get('contractname') ?? '')
  const sourceCode = parameters.get('sourceCode') ?? parameters.get('sourcecode') ?? ''
  if (sourceCode.trim() === '') throw new Refusal('Missing or invalid sourceCode')
  const input =
    format === 'solidity-standard-json-input'
      ? standardInput(sourceCode)
      : format === 'solidity-single-file'
        ? singleFileInput(sourceCode, contract, parameters)
        : undefined
  if (!input) throw new Refusal(`Unsupported codeformat ${JSON.stringify(format.slice(0, 60))}`)
  // Etherscan's own spelling, and the right one.
  const args = (parameters.get('constructorArguements') || parameters.get('constructorArguments') || '').replace(
    /^0x/,
    '',
  )
  if (!/^([0-9a-f]{2})*$/i.test(args)) throw new Refusal('Invalid constructorArguments: not hex')
  return {
    address,
    input,
    sourceCode: unbraced(sourceCode),
    isStandardJson: format === 'solidity-standard-json-input',
    file: format === 'solidity-single-file' ? undefined : file,
    contract,
    version,
    commit,
    constructorArguments: args.toLowerCase(),
    licenseType: parameters.get('licenseType') ?? '',
  }
}

/** `src/Counter.sol:Counter` or `Counter`. */
function parseName(text: string): { file: string | undefined; contract: string } {
  const at = text.lastIndexOf(':')
  const contract = text.slice(at + 1).trim()
  if (!/^[A-Za-z_$][\w$]*$/.test(contract)) throw new Refusal('Missing or invalid contractname')
  return { file: at < 0 ? undefined : text.slice(0, at), contract }
}

function standardInput(text: string): StandardInput {
  const input = parseObject(unbraced(text))
  if (!input) throw new Refusal('The standard JSON input is not JSON')
  if (input['language'] !== 'Solidity') throw new Refusal('Only language "Solidity" is supported')
  const entries = Object.entries(asObject(input['sources']) ?? {})
  if (entries.length === 0) throw new Refusal('The standard JSON input has no sources')
  if (entries.length > MAX_SOURCES) throw new Refusal(`More than ${MAX_SOURCES} sources`)
  const sources = entries.map(([name, source]) => {
    const content = asObject(source)?.['content']
    if (typeof content !== 'string') throw new Refusal(`Source ${JSON.stringify(name.slice(0, 100))} has no content`)
    return [name, { content }] as const
  })
  return withSettings(Object.fromEntries(sources), asObject(input['settings']) ?? {})
}

/** Some clients send standard JSON in double braces, as Etherscan itself shows it. */
function unbraced(text: string): string {
  const trimmed = text.trim()
  return trimmed.startsWith('{{') && trimmed.endsWith('}}') ? trimmed.slice(1, -1) : trimmed
}

function singleFileInput(content: string, contract: string, parameters: Parameters): StandardInput {
  const evmVersion = parameters.get('evmversion') || parameters.get('evmVersion') || 'default'
  return withSettings(
    { [`${contract}.sol`]: { content } },
    {
      optimizer: { enabled: parameters.get('optimizationUsed') === '1', runs: numberOf(parameters, 'runs', 200) },
      ...(/^default$/i.test(evmVersion) ? {} : { evmVersion: evmVersion.toLowerCase() }),
      libraries: { [`${contract}.sol`]: libraries(parameters) },
    },
  )
}

function libraries(parameters: Parameters): Record<string, string> {
  const found: Record<string, string> = {}
  for (let i = 1; i <= 10; i++) {
    const name = parameters.get(`libraryname${i}`)
    if (name) found[name] = addressOf(parameters, `libraryaddress${i}`)
  }
  return found
}

function withSettings(sources: StandardInput['sources'], settings: Record<string, unknown>): StandardInput {
  const kept = SETTINGS.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]] as const]))
  return {
    language: 'Solidity',
    sources,
    settings: { ...Object.fromEntries(kept), outputSelection: { '*': { '*': OUTPUT } } },
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined
}
