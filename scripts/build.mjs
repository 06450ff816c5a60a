// Builds everything the CLI runs: contracts and genesis, JavaScript, bundled process entries, the command manifest.
// Each step is skipped when its inputs have not changed, so a second build takes well under a second.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
process.chdir(ROOT)

function walk(dir, keep, found = []) {
  if (!existsSync(dir)) return found
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name)
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules') walk(path, keep, found)
    } else if (keep(path)) found.push(path)
  }
  return found.sort()
}

function hashOf(files) {
  const hash = createHash('sha256').update(process.version)
  for (const file of files) hash.update(file).update('\0').update(readFileSync(file)).update('\0')
  return hash.digest('hex')
}

/** Runs `work` unless `inputs` hash to what the stamp recorded and every `output` is still there. */
async function step(name, inputs, outputs, work) {
  const stamp = join('.cache', 'build', `${name}.sha256`)
  const wanted = hashOf(inputs)
  const fresh = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && outputs.every((path) => existsSync(path))
  if (fresh) return
  const startedMs = performance.now()
  await work()
  mkdirSync(dirname(stamp), { recursive: true })
  writeFileSync(stamp, wanted)
  process.stderr.write(`build: ${name} ${((performance.now() - startedMs) / 1000).toFixed(1)} s\n`)
}

function run(args) {
  const { status } = spawnSync(process.execPath, args, { stdio: ['ignore', 2, 2] })
  if (status !== 0) {
    process.stderr.write(`build: \`node ${args.join(' ')}\` failed\n`)
    process.exit(status ?? 1)
  }
}

/**
 * Whoever imports node:http as a module has every export read, among them getters that load undici: 30 ms of each child's start.
 * Taken as an object, it has not.
 */
const httpWithoutUndici = {
  name: 'http-without-undici',
  setup({ onResolve, onLoad }) {
    const namespace = 'builtin-object'
    onResolve({ filter: /^(node:)?http$/ }, () => ({ path: 'node:http', namespace }))
    onLoad({ filter: /./, namespace }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule('${path}')`,
    }))
  },
}

async function bundleEntries() {
  const { build } = await import('esbuild')
  const entries = walk('src', (path) => /(\/main|-worker|\/daemon-main)\.ts$/.test(path))
  // Bundled because a child that imports its libraries file by file needs twice as long to start
  // (12 children with viem: 2.8 s unbundled, 1.25 s bundled, 2 cores, 2026-11-22).
  await build({
    entryPoints: entries,
    outbase: 'src',
    outdir: 'dist',
    allowOverwrite: true,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [httpWithoutUndici],
    external: ['@nomicfoundation/edr', 'onnxruntime-node', '@huggingface/transformers', 'ink', 'react'],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
    },
  })
}

const KERNEL = 'src/protocol/storage/generated/keccak-kernel.ts'
const isSource = (path) => /\.(ts|tsx)$/.test(path) && !/\.test\.tsx?$/.test(path)
const contractInputs = [
  ...walk('contracts', (path) => path.endsWith('.sol')),
  ...walk('scripts', (path) => /(contracts|genesis|allocation|plan|addresses|in-process-chain)\.(mjs|ts)$/.test(path)),
  'hardhat.config.ts',
  'package-lock.json',
]
await step(
  'contracts',
  contractInputs,
  ['src/contracts/generated/abi.ts', 'src/contracts/generated/genesis.json'],
  () => {
    run([join('scripts', 'build-contracts.mjs')])
    run([join('scripts', 'build-genesis.mjs')])
  },
)

await step('kernel', ['scripts/build-keccak-kernel.mjs', 'package-lock.json'], [KERNEL], () =>
  run([join('scripts', 'build-keccak-kernel.mjs')]),
)

const sources = [
  ...walk('src', isSource),
  ...walk('src', (path) => path.endsWith('.json')),
  'tsconfig.json',
  'package.json',
  'scripts/build.mjs',
]
await step('javascript', sources, ['dist/commands'], async () => {
  rmSync('dist', { recursive: true, force: true })
  run([join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.json'])
  await bundleEntries()
  for (const file of walk(join('src', 'contracts', 'generated'), (path) => path.endsWith('.json'))) {
    const target = join('dist', relative('src', file))
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, readFileSync(file))
  }
})
await step('manifest', [...sources, 'scripts/build-manifest.mjs'], ['oclif.manifest.json'], () =>
  run([join('scripts', 'build-manifest.mjs')]),
)
