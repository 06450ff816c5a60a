// Speed, side by side, in one run on one machine. Peers are the official SDK (a development dependency) and hardhat; nothing here
// is a test. Every figure is a median (storage: the best of three); ratios are peer / ours, so above 1 means 0g is faster.
//   npm run bench               everything
//   npm run bench -- cli up     only these sections
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { benchChain } from './bench/chain.mjs'
import { benchStorage } from './bench/storage.mjs'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const BIN = join(ROOT, 'bin', 'run.js')
const HARDHAT = join(ROOT, 'node_modules', 'hardhat', 'dist', 'src', 'cli.js')

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const ms = (value) => `${value.toFixed(0)} ms`

function row(what, ours, peer, ratio, note = '') {
  process.stdout.write(`${what.padEnd(44)} ${ours.padStart(12)} ${peer.padStart(22)} ${ratio.padStart(7)}  ${note}\n`)
}

/** Runs node with `args` and returns the wall time in ms. Throws when it fails. */
function timeNode(args, options = {}) {
  const startedMs = performance.now()
  const result = spawnSync(process.execPath, args, { encoding: 'utf8', ...options })
  if (result.status !== 0) throw new Error(`node ${args.join(' ')}: exit ${result.status}\n${result.stderr}`)
  return { wallMs: performance.now() - startedMs, stdout: result.stdout }
}

function repeat(times, action) {
  return Array.from({ length: times }, () => action())
}

function benchCli(home) {
  const ours = median(repeat(15, () => timeNode([BIN, '--version'], { cwd: home }).wallMs))
  const hardhat = median(repeat(7, () => timeNode([HARDHAT, '--version'], { cwd: ROOT }).wallMs))
  row('--version', ms(ours), `hardhat ${ms(hardhat)}`, (hardhat / ours).toFixed(1), 'budget 120 ms')
}

function benchUp(home) {
  const rounds = repeat(7, (_, index) => {
    const { wallMs, stdout } = timeNode([BIN, 'devnet', 'up', '--detach', '--json', '--devnet', 'bench-up'], {
      cwd: home,
    })
    timeNode([BIN, 'devnet', 'down', '--rm', '--devnet', 'bench-up'], { cwd: home })
    return { wallMs, index, services: JSON.parse(stdout).data.services }
  })
  const sorted = rounds.toSorted((a, b) => a.wallMs - b.wallMs)
  const middle = sorted[Math.floor(sorted.length / 2)]
  row(
    'devnet up -d, new network, functionally ready',
    ms(middle.wallMs),
    '',
    '',
    `budget 4000 ms, slowest ${ms(sorted.at(-1).wallMs)}`,
  )
  for (const service of middle.services) {
    if (service.readyInMs !== undefined) row(`  ${service.name} ready after`, ms(service.readyInMs), '', '')
  }
}

function benchStatus(home) {
  const times = repeat(15, () => timeNode([BIN, 'devnet', 'status'], { cwd: home }).wallMs)
  row('devnet status', ms(median(times)), '', '', 'budget 250 ms')
}

function benchCompute(home) {
  const times = repeat(
    5,
    () =>
      timeNode([BIN, 'compute', 'run', 'og-tiny', 'What is a segment?', '--max-tokens', '32', '--json'], { cwd: home })
        .wallMs,
  )
  row('compute run, 32 tokens, receipt checked', ms(median(times)), '', '', 'ours includes CLI start')
}

const wanted = process.argv.slice(2)
const wants = (section) => wanted.length === 0 || wanted.includes(section)
const home = mkdtempSync(join(tmpdir(), '0g-bench-'))
process.stdout.write(
  `${cpus().length} × ${cpus()[0].model}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`,
)
row('what', '0g', 'peer', 'ratio')
try {
  if (wants('cli')) benchCli(home)
  if (wants('up')) benchUp(home)
  if (wants('chain')) await benchChain(ROOT)
  if (['status', 'storage', 'compute'].some(wants)) {
    const env = JSON.parse(timeNode([BIN, 'devnet', 'up', '--detach', '--json'], { cwd: home }).stdout).data
    if (wants('status')) benchStatus(home)
    if (wants('storage')) {
      // Account 2 of the public development mnemonic: this key controls nothing outside a devnet.
      const key = '0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a'
      const gateway = env.services.find((service) => service.endpoints.indexer !== undefined)
      const network = { rpc: env.chain.rpc, indexer: gateway.endpoints.indexer, key }
      benchStorage({ home, network, row })
    }
    if (wants('compute')) benchCompute(home)
  }
} finally {
  spawnSync(process.execPath, [BIN, 'devnet', 'down'], { cwd: home })
  rmSync(home, { recursive: true, force: true })
}
