// Speed, side by side, in one run on one machine. Peers are the official SDK (a development dependency) and hardhat; nothing here
// is a test. Every figure is a median (storage: the best of three); ratios are peer / ours, so above 1 means 0g is faster.
//   npm run bench               everything
//   npm run bench -- cli up     only these sections
import { spawnSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { benchChain } from './bench/chain.mjs'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..')
const BIN = join(ROOT, 'bin', 'run.js')
const HARDHAT = join(ROOT, 'node_modules', 'hardhat', 'dist', 'src', 'cli.js')
const MIB = 1024 * 1024

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

const SDK_SCRIPT = `
import { ZgFile, Indexer } from '@0gfoundation/0g-ts-sdk'
import { JsonRpcProvider, Wallet } from 'ethers'
const [action, file, target, root] = process.argv.slice(2)
const log = console.log
console.log = () => {}
const started = performance.now()
if (action === 'root') {
  const source = await ZgFile.fromFilePath(file)
  await source.merkleTree()
} else {
  const { rpc, indexer, key } = JSON.parse(process.env.OG_BENCH)
  if (action === 'put') {
    const signer = new Wallet(key, new JsonRpcProvider(rpc))
    const [, error] = await new Indexer(indexer).upload(await ZgFile.fromFilePath(file), rpc, signer)
    if (error) throw error
  } else {
    const error = await new Indexer(indexer).download(root, target, true)
    if (error) throw error
  }
}
log(performance.now() - started)
process.exit(0)
`

/** Prints MB/s of the hasher named, on one core, over segments already in memory. */
const HASHER_SCRIPT = `
const [dist, name] = process.argv.slice(2)
const { nobleHasher } = await import(dist + '/protocol/storage/noble-hasher.js')
const { createSimdHasher } = await import(dist + '/protocol/storage/simd-hasher.js')
const hasher = name === 'noble' ? nobleHasher : createSimdHasher()
const segment = Uint8Array.from({ length: 262144 }, (_, i) => (i * 31 + (i >>> 13)) & 255)
const count = name === 'noble' ? 20 : 400
let best = 0
for (let round = 0; round < 8; round++) {
  const before = process.cpuUsage()
  for (let i = 0; i < count; i++) hasher.segmentRoot(segment, 1024)
  const { user, system } = process.cpuUsage(before)
  best = Math.max(best, (count * segment.length) / (user + system))
}
console.log(best)
`

/** Leaves the peak of a process's memory in the file OG_BENCH_RSS names. */
const RSS_SCRIPT = `
import { writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
if (isMainThread) process.on('exit', () => writeFileSync(process.env.OG_BENCH_RSS, String(process.resourceUsage().maxRSS)))
`

const TRANSFER_MIB = 64
const ROOT_MIB = 256

function benchStorage(home, network) {
  const cache = join(ROOT, '.cache')
  mkdirSync(cache, { recursive: true })
  const [sdkScript, hasherScript, rssScript] = [SDK_SCRIPT, HASHER_SCRIPT, RSS_SCRIPT].map((source, i) => {
    const path = join(cache, `bench-${i}.mjs`)
    writeFileSync(path, source)
    return path
  })
  const rssFile = join(home, 'rss')
  const env = { ...process.env, OG_BENCH: JSON.stringify(network), OG_BENCH_RSS: rssFile }
  const run = (args) => {
    const timed = timeNode(['--import', rssScript, ...args], { cwd: home, env })
    return { ...timed, rssMib: Number(readFileSync(rssFile, 'utf8')) / 1024 }
  }
  const og = (...args) => run([BIN, ...args, '--json'])
  const sdk = (...args) => {
    const { stdout, rssMib } = run([sdkScript, ...args])
    return { wallMs: Number(stdout.trim().split('\n').at(-1)), rssMib }
  }
  /** A new file: what was stored once would be found again. */
  const fileOf = (name, mib) => {
    const bytes = Buffer.alloc(MIB)
    const file = openSync(join(home, name), 'w')
    for (let i = 0; i < mib; i++) writeSync(file, randomFillSync(bytes))
    closeSync(file)
    return join(home, name)
  }
  const rate = (mib, { wallMs }) => `${((mib * MIB) / 1e3 / wallMs).toFixed(1)} MB/s`
  const best = (times, action) => repeat(times, action).toSorted((a, b) => a.wallMs - b.wallMs)[0]
  const compare = (what, mib, ours, peer) =>
    row(
      `${what}, ${mib} MiB`,
      rate(mib, ours),
      `official SDK ${rate(mib, peer)}`,
      (peer.wallMs / ours.wallMs).toFixed(1),
      `RSS ${ours.rssMib.toFixed(0)} against ${peer.rssMib.toFixed(0)} MiB; ours includes CLI start`,
    )

  const [simd, noble] = ['simd', 'noble'].map((name) =>
    Number(timeNode([hasherScript, pathToFileURL(join(ROOT, 'dist')).href, name]).stdout),
  )
  const mbps = (value) => `${value.toFixed(0)} MB/s`
  row('segment roots, one core, CPU time', mbps(simd), `@noble/hashes ${mbps(noble)}`, (simd / noble).toFixed(1))

  const large = fileOf('large.bin', ROOT_MIB)
  compare(
    'storage root',
    ROOT_MIB,
    best(3, () => og('storage', 'root', large)),
    sdk('root', large),
  )
  rmSync(large)
  const puts = repeat(3, (_, i) => {
    const path = fileOf(`mine-${i}.bin`, TRANSFER_MIB)
    return { path, ...og('storage', 'put', path) }
  })
  const put = puts.toSorted((a, b) => a.wallMs - b.wallMs)[0]
  compare('storage put, end to end', TRANSFER_MIB, put, sdk('put', fileOf('theirs.bin', TRANSFER_MIB)))
  const { root } = JSON.parse(put.stdout).data
  let copies = 0
  compare(
    'storage get with proofs',
    TRANSFER_MIB,
    best(3, () => og('storage', 'get', root, '-o', join(home, `a${copies++}.bin`))),
    sdk('get', put.path, join(home, 'b.bin'), root),
  )
  for (const script of [sdkScript, hasherScript, rssScript]) rmSync(script)
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
      benchStorage(home, { rpc: env.chain.rpc, indexer: gateway.endpoints.indexer, key })
    }
    if (wants('compute')) benchCompute(home)
  }
} finally {
  spawnSync(process.execPath, [BIN, 'devnet', 'down'], { cwd: home })
  rmSync(home, { recursive: true, force: true })
}
