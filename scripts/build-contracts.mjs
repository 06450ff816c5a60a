// Compiles contracts/**/*.sol with Hardhat and writes what the TypeScript side needs into src/contracts/generated/:
// ABIs as const, addresses of the deploy plan, custom errors by selector. Skipped when sources, settings and tools are unchanged.
// Bytecode stays in .cache/contracts/compiled.json, for the genesis and for tests: no program deploys at run time.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
process.chdir(ROOT)
const CACHE = join('.cache', 'contracts')
const GENERATED = join('src', 'contracts', 'generated')
/** EIP-170. */
const MAX_RUNTIME_BYTES = 24_576
/**
 * Only this function, only this warning: clients of deployed contracts call DigestHistory.at, so it cannot be renamed. When
 * solc makes the word a keyword, the compiler must stay below that version; until then a first build has nothing to act on.
 */
const KNOWN_WARNING =
  /"at" will be promoted to keyword[\s\S]*contracts\/storage\/DigestHistory\.sol:[\s\S]*function at\(uint256 index\)/
/** Hardhat prints every warning of every source; those of libraries are not ours to act on. */
const OWN_SOURCE = /--> (project\/|\.\/)?contracts\//

function walk(dir, suffix, found = []) {
  if (!existsSync(dir)) return found
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) walk(path, suffix, found)
    else if (path.endsWith(suffix)) found.push(path)
  }
  return found.sort()
}

function writeAtomically(path, text) {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.${process.pid}`, text)
  renameSync(`${path}.${process.pid}`, path)
}

function inputsHash() {
  const hash = createHash('sha256')
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')).packages
  for (const tool of ['hardhat', 'solc', 'viem', '@openzeppelin/contracts', '@openzeppelin/contracts-upgradeable'])
    hash.update(`${tool}@${lock[`node_modules/${tool}`]?.version}\0`)
  const files = [
    ...walk('contracts', '.sol'),
    'hardhat.config.ts',
    'scripts/deploy-plan.mjs',
    'scripts/plan-addresses.mjs',
    'scripts/build-contracts.mjs',
  ]
  for (const file of files) hash.update(file).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

/** Two builds at once would tear each other's artifacts: the second waits until the first is done or dead. */
async function withLock(work) {
  const path = join(CACHE, 'lock')
  mkdirSync(CACHE, { recursive: true })
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' })
      break
    } catch {
      const owner = Number(existsSync(path) ? readFileSync(path, 'utf8') : 0)
      if (owner > 0 && !isAlive(owner)) rmSync(path, { force: true })
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  try {
    return await work()
  } finally {
    rmSync(path, { force: true })
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

function describeProblems(results) {
  const texts = new Set()
  for (const result of results.values())
    for (const error of result.errors ?? [])
      if (error.severity === 'error') texts.add(error.formattedMessage ?? error.message)
  return [...texts]
}

/** Compiles everything at once; when that fails, folder by folder, so that one broken folder leaves the others usable. */
async function compile() {
  const { createHardhatRuntimeEnvironment } = await import('hardhat/hre')
  const { default: config } = await import(pathToFileURL(join(ROOT, 'hardhat.config.ts')).href)
  const { solidity } = await createHardhatRuntimeEnvironment(config, {}, ROOT)
  // Hardhat also takes Solidity below test/ for its own: those are projects of users that tests run.
  const own = join(ROOT, 'contracts')
  const roots = (await solidity.getRootFilePaths()).filter((file) => file.startsWith('npm:') || file.startsWith(own))
  const build = async (files, options = {}) => {
    const { warn } = console
    console.warn = (text) => (OWN_SOURCE.test(text) && !KNOWN_WARNING.test(text) ? warn(text) : undefined)
    try {
      const results = await solidity.build(files, { quiet: true, isolated: false, ...options })
      return results instanceof Map ? describeProblems(results) : [JSON.stringify(results)]
    } catch (error) {
      return [error.message]
    } finally {
      console.warn = warn
    }
  }
  const problems = await build(roots, { cleanupArtifacts: true })
  if (problems.length === 0) return []
  const folders = new Map()
  for (const file of roots) {
    const folder = file.startsWith('npm:') ? 'npm' : relative(ROOT, file).split('/').slice(0, 2).join('/')
    folders.set(folder, [...(folders.get(folder) ?? []), file])
  }
  const remaining = []
  for (const files of folders.values()) remaining.push(...(await build(files)))
  return remaining.length > 0 ? [...new Set(remaining)] : problems
}

function readArtifacts() {
  const artifacts = new Map()
  for (const file of walk(join(CACHE, 'artifacts'), '.json')) {
    if (file.includes('build-info')) continue
    const { contractName, sourceName, inputSourceName, abi, bytecode, deployedBytecode } = JSON.parse(
      readFileSync(file, 'utf8'),
    )
    if (bytecode === undefined || bytecode === '0x' || /^(project\/)?test\//.test(sourceName ?? '')) continue
    // Hardhat leaves the artifact of a deleted source behind when it compiles in parts.
    if (sourceName?.startsWith('contracts/') && !existsSync(sourceName)) continue
    const other = artifacts.get(contractName)
    if (other) throw new Error(`two contracts are called ${contractName}: ${other.sourceName}, ${sourceName}`)
    artifacts.set(contractName, {
      contractName,
      sourceName: inputSourceName ?? sourceName,
      abi,
      bytecode,
      deployedBytecode,
    })
  }
  return artifacts
}

function oversized(artifacts) {
  return [...artifacts.values()]
    .map(({ contractName, deployedBytecode }) => ({ contractName, sizeBytes: (deployedBytecode.length - 2) / 2 }))
    .filter(({ sizeBytes }) => sizeBytes > MAX_RUNTIME_BYTES)
    .map(
      ({ contractName, sizeBytes }) =>
        `${contractName} is ${sizeBytes} bytes at run time; EIP-170 allows ${MAX_RUNTIME_BYTES}`,
    )
}

const HEADER =
  '// Generated by scripts/build-contracts.mjs from contracts/ and scripts/deploy-plan.mjs. Not committed.\n'

/** Every custom error any contract can revert with, by selector: what decoding needs without loading whole ABIs. */
async function errorTable(artifacts) {
  const { toFunctionSelector, toFunctionSignature } = await import('viem')
  const table = new Map()
  for (const { contractName, abi } of [...artifacts.values()].sort((a, b) =>
    a.contractName < b.contractName ? -1 : 1,
  ))
    for (const item of abi.filter(({ type }) => type === 'error')) {
      const selector = toFunctionSelector(item)
      const signature = toFunctionSignature({ ...item, type: 'function' })
      const known = table.get(selector) ?? { name: item.name, signature, inputs: item.inputs, contracts: [] }
      if (known.signature !== signature) throw new Error(`errors ${known.signature} and ${signature} share a selector`)
      known.contracts.push(contractName)
      table.set(selector, known)
    }
  const lines = [...table].sort().map(([selector, entry]) => `  '${selector}': ${JSON.stringify(entry)},`)
  return `${HEADER}export const ERRORS = {\n${lines.join('\n')}\n} as const\n`
}

async function emit(artifacts) {
  const { addressBook } = await import('./plan-addresses.mjs')
  const book = addressBook(new Set(artifacts.keys()))
  const abis = [...book].map(
    ([name, { artifact, abi }]) => `  ${name}: ${JSON.stringify(abi ?? artifacts.get(artifact)?.abi ?? [])},`,
  )
  writeAtomically(join(GENERATED, 'abi.ts'), `${HEADER}export const ABIS = {\n${abis.join('\n')}\n} as const\n`)
  const addresses = [...book].map(([name, { address }]) => `  ${name}: '${address}',`)
  writeAtomically(
    join(GENERATED, 'addresses.ts'),
    `${HEADER}export const ADDRESSES = {\n${addresses.join('\n')}\n} as const\n`,
  )
  writeAtomically(join(GENERATED, 'errors.ts'), await errorTable(artifacts))
  const code = Object.fromEntries(
    [...artifacts].map(([name, { abi, bytecode, deployedBytecode }]) => [name, { abi, bytecode, deployedBytecode }]),
  )
  writeAtomically(join(CACHE, 'compiled.json'), JSON.stringify(code))
}

const outputs = [
  join(CACHE, 'compiled.json'),
  ...['abi.ts', 'addresses.ts', 'errors.ts'].map((name) => join(GENERATED, name)),
]
const stamp = join(CACHE, 'inputs.sha256')

await withLock(async () => {
  const wanted = inputsHash()
  const isFresh =
    existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && outputs.every((path) => existsSync(path))
  if (isFresh) return
  const problems = await compile()
  const artifacts = readArtifacts()
  problems.push(...oversized(artifacts))
  await emit(artifacts)
  if (problems.length > 0) {
    process.stderr.write(`${problems.join('\n\n')}\n`)
    process.exitCode = 1
    return
  }
  writeAtomically(stamp, wanted)
})
