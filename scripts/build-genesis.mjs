// Writes src/contracts/generated/genesis.json (geth layout): what results when the deploy plan runs. A network boots from that file;
// it neither compiles nor deploys. Skipped when contracts, plan and engine are unchanged.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BLOCK_GAS_LIMIT, CHAIN_ID, GENESIS_TIMESTAMP } from './deploy-plan.mjs'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
process.chdir(ROOT)
const COMPILED = join('.cache', 'contracts', 'compiled.json')
const OUTPUT = join('src', 'contracts', 'generated', 'genesis.json')
const STAMP = join('.cache', 'contracts', 'genesis.sha256')

function inputsHash() {
  const hash = createHash('sha256')
  const files = [
    'build-genesis.mjs',
    'genesis-allocation.mjs',
    'deploy-plan.mjs',
    'plan-addresses.mjs',
    'in-process-chain.ts',
  ].map((name) => join('scripts', name))
  for (const file of [COMPILED, 'node_modules/@nomicfoundation/edr/package.json', ...files])
    hash.update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

const wanted = inputsHash()
const isFresh = existsSync(STAMP) && existsSync(OUTPUT) && readFileSync(STAMP, 'utf8') === wanted
if (!isFresh) {
  const { buildAllocation } = await import('./genesis-allocation.mjs')
  const alloc = await buildAllocation(JSON.parse(readFileSync(COMPILED, 'utf8')))
  const genesis = {
    config: { chainId: CHAIN_ID },
    timestamp: `0x${GENESIS_TIMESTAMP.toString(16)}`,
    gasLimit: `0x${BLOCK_GAS_LIMIT.toString(16)}`,
    alloc,
  }
  mkdirSync(dirname(OUTPUT), { recursive: true })
  writeFileSync(`${OUTPUT}.${process.pid}`, `${JSON.stringify(genesis, null, 1)}\n`)
  renameSync(`${OUTPUT}.${process.pid}`, OUTPUT)
  writeFileSync(STAMP, wanted)
}
