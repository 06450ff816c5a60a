// Storage beside the official SDK, on one network in one run, every figure the best of three where it is quick. Sizes are of new random
// files, since what was stored once would be found again; times of ours include the start of the CLI, those of the SDK do not.
import { spawnSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const BIN = join(ROOT, 'bin', 'run.js')
const MIB = 1024 * 1024
const COMPARED_MIB = 256
const ROOT_SIZES_MIB = [1, 16, 256, 1024, 4096]
const TRANSFER_SIZES_MIB = [1, 16, 256, 1024]
const SMALL_FILES = 10_000
const SMALL_BYTES = 500

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

/** Prints MB/s of the hasher named, on one core, over segments already in memory; \`check\` makes all the checks a node makes. */
const HASHER_SCRIPT = `
const [dist, name] = process.argv.slice(2)
const { nobleHasher } = await import(dist + '/protocol/storage/noble-hasher.js')
const { createSimdHasher } = await import(dist + '/protocol/storage/simd-hasher.js')
const { fileTreeOf } = await import(dist + '/protocol/storage/file-tree.js')
const { checkSegment } = await import(dist + '/protocol/storage/segment-proof.js')
const data = Uint8Array.from({ length: 4 * 262144 }, (_, i) => (i * 31 + (i >>> 13)) & 255)
const segment = data.subarray(0, 262144)
const tree = fileTreeOf(data)
const claim = { root: tree.root, data: segment, index: 0, proof: tree.proof(0), fileSize: data.length }
const hasher = name === 'noble' ? nobleHasher : createSimdHasher()
const run = name === 'check' ? () => checkSegment(claim) : () => hasher.segmentRoot(segment, 1024)
const count = name === 'noble' ? 20 : 400
let best = 0
for (let round = 0; round < 8; round++) {
  const before = process.cpuUsage()
  for (let i = 0; i < count; i++) run()
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

/**
 * Prints the storage section. `home` is where the running devnet is found from, `network` its endpoints and the key of an account:
 * { rpc, indexer, key }; `row(what, ours, peer, ratio, note)` prints a line.
 */
export function benchStorage({ home, network, row }) {
  const cache = join(ROOT, '.cache')
  mkdirSync(cache, { recursive: true })
  const scripts = [SDK_SCRIPT, HASHER_SCRIPT, RSS_SCRIPT].map((source, i) => {
    const path = join(cache, `bench-storage-${i}.mjs`)
    writeFileSync(path, source)
    return path
  })
  const [sdkScript, hasherScript, rssScript] = scripts
  const rssFile = join(home, 'rss')
  const env = { ...process.env, OG_BENCH: JSON.stringify(network), OG_BENCH_RSS: rssFile }

  const node = (args) => {
    const startedMs = performance.now()
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: home,
      env,
      encoding: 'utf8',
      maxBuffer: 64 * MIB,
    })
    if (status !== 0) throw new Error(`node ${args.slice(0, 6).join(' ')}: exit ${status}\n${stderr}`)
    return { wallMs: performance.now() - startedMs, stdout }
  }
  const measured = (args) => {
    rmSync(rssFile, { force: true })
    const timed = node(['--import', rssScript, ...args])
    return { ...timed, rssMib: Number(readFileSync(rssFile, 'utf8')) / 1024 }
  }
  const og = (...args) => measured([BIN, 'storage', ...args, '--json'])
  const sdk = (...args) => {
    const { stdout, rssMib } = measured([sdkScript, ...args])
    return { wallMs: Number(stdout.trim().split('\n').at(-1)), rssMib }
  }
  const best = (times, action) =>
    Array.from({ length: times }, () => action()).toSorted((a, b) => a.wallMs - b.wallMs)[0]
  const rate = (mib, { wallMs }) => `${((mib * MIB) / 1e3 / wallMs).toFixed(1)} MB/s`
  const memory = ({ rssMib }) => `RSS ${rssMib.toFixed(0)} MiB`
  const compare = (what, mib, ours, peer) =>
    row(
      `${what}, ${mib} MiB`,
      rate(mib, ours),
      `official SDK ${rate(mib, peer)}`,
      (peer.wallMs / ours.wallMs).toFixed(1),
      `RSS ${ours.rssMib.toFixed(0)} against ${peer.rssMib.toFixed(0)} MiB`,
    )
  let files = 0
  const fileOf = (mib) => {
    const path = join(home, `bench-${++files}.bin`)
    const bytes = Buffer.alloc(MIB)
    const file = openSync(path, 'w')
    for (let i = 0; i < mib; i++) writeSync(file, randomFillSync(bytes))
    closeSync(file)
    return path
  }
  const scratch = () => join(home, `got-${++files}.bin`)
  const putNew = (mib) => {
    const path = fileOf(mib)
    return { path, ...og('put', path) }
  }
  const get = (root) => {
    const target = scratch()
    const timed = og('get', root, '-o', target)
    rmSync(target)
    return timed
  }

  const hasher = (name) => Number(node([hasherScript, pathToFileURL(join(ROOT, 'dist')).href, name]).stdout)
  const [simd, noble, check] = ['simd', 'noble', 'check'].map(hasher)
  const mbps = (value) => `${value.toFixed(0)} MB/s`
  row('segment roots, one core, CPU time', mbps(simd), `@noble/hashes ${mbps(noble)}`, (simd / noble).toFixed(1))
  row('a node verifying segments, one core', mbps(check), '', '', 'limit: the hash, then the proof')

  const large = fileOf(COMPARED_MIB)
  compare(
    'root',
    COMPARED_MIB,
    best(3, () => og('root', large)),
    sdk('root', large),
  )
  rmSync(large)

  const puts = Array.from({ length: 3 }, () => putNew(COMPARED_MIB))
  const theirs = fileOf(COMPARED_MIB)
  const put = puts.toSorted((a, b) => a.wallMs - b.wallMs)[0]
  compare('put, end to end', COMPARED_MIB, put, sdk('put', theirs))
  const { root } = JSON.parse(put.stdout).data
  const theirCopy = scratch()
  compare(
    'get with proofs',
    COMPARED_MIB,
    best(3, () => get(root)),
    sdk('get', put.path, theirCopy, root),
  )
  for (const path of [theirs, theirCopy, ...puts.map((one) => one.path)]) rmSync(path)

  for (const mib of ROOT_SIZES_MIB) {
    const path = fileOf(mib)
    const timed = best(mib > 256 ? 1 : 3, () => og('root', path))
    rmSync(path)
    row(`  root, ${mib} MiB`, rate(mib, timed), '', '', memory(timed))
  }
  for (const mib of TRANSFER_SIZES_MIB) {
    const stored = putNew(mib)
    rmSync(stored.path)
    row(`  put, ${mib} MiB`, rate(mib, stored), '', '', memory(stored))
    const fetched = get(JSON.parse(stored.stdout).data.root)
    row(`  get, ${mib} MiB`, rate(mib, fetched), '', '', memory(fetched))
  }

  const smallFiles = (name) => {
    const folder = join(home, name)
    mkdirSync(folder)
    const bytes = Buffer.alloc(SMALL_BYTES)
    return Array.from({ length: SMALL_FILES }, (_, i) => {
      writeFileSync(join(folder, `f${i}`), randomFillSync(bytes))
      return `${name}/f${i}`
    })
  }
  const seconds = ({ wallMs }) => `${(wallMs / 1000).toFixed(1)} s`
  smallFiles('as-directory')
  const directory = og('put', 'as-directory')
  row(`put of a directory of ${SMALL_FILES} files`, seconds(directory), '', '', `aim 60 s, ${memory(directory)}`)
  const separate = og('put', ...smallFiles('as-files'))
  row(`put of ${SMALL_FILES} files by themselves`, seconds(separate), '', '', `aim 60 s, ${memory(separate)}`)
  for (const name of ['as-directory', 'as-files']) rmSync(join(home, name), { recursive: true })
  for (const script of scripts) rmSync(script)
}
