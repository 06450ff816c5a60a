// The chain beside anvil and `hardhat node`: one client, one run, the same requests. Rounds run the nodes in rotated order; each round
// starts every node afresh, and figures are medians over the rounds. Ratios above 1 mean 0g is faster (or smaller).
import { fork, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { peerBinary } from '../peers.mjs'

const ROUNDS = 3
const KEYS_MNEMONIC = 'test test test test test test test test test test test junk'
const SIZES = {
  sends: 300,
  receipts: 200,
  batches: 5,
  parallel: 40,
  pool: 2000,
  deploys: 20,
  calls: 600,
  cycles: 40,
  blocks: 100,
}
const BATCH = 100
const SENDERS = 8
/** blocks by one request: anvil makes each of them, so it is asked for fewer and compared by rate */
const BLOCKS_AT_ONCE = { ours: 10_000, hardhat: 10_000, anvil: 200 }
/** answers every call with slot 0 */
const READER = '0x5f545f5260205ff3'
/** emits a log with one topic: the number 7 */
const LOGGER = '0x60075f5fa1'
const LOGS = 100

/** Patched into the service to see what its journal costs: what is written to it goes nowhere, and nothing is synced. */
const WITHOUT_JOURNAL = `
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
const { openSync, writeSync } = fs
const journals = new Set()
fs.openSync = (path, ...rest) => {
  const fd = openSync(path, ...rest)
  if (String(path).includes('journal')) journals.add(fd)
  return fd
}
fs.writeSync = (fd, bytes, at, length, ...rest) => (journals.has(fd) ? (length ?? bytes.length) : writeSync(fd, bytes, at, length, ...rest))
fs.fdatasync = (_fd, done) => process.nextTick(done, null)
syncBuiltinESMExports()
`

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
const hex = (value) => `0x${value.toString(16)}`

/** JSON-RPC over kept-alive connections, as thin as it gets: the client must not be what is measured. */
function createClient(url) {
  const { hostname, port } = new URL(url)
  const agent = new Agent({ keepAlive: true, maxSockets: 32 })
  const post = (body) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
      const sent = request({ hostname, port, method: 'POST', agent, headers }, (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString())))
        response.on('error', reject)
      })
      sent.on('error', reject)
      sent.end(body)
    })
  const message = (method, params, id = 1) => JSON.stringify({ jsonrpc: '2.0', id, method, params })
  const settle = ({ result, error }, method) => {
    if (error) throw new Error(`${url} ${method}: ${error.message}`)
    return result
  }
  return {
    call: async (method, params = []) => settle(await post(message(method, params)), method),
    batch: async (method, list) => {
      const replies = await post(`[${list.map((params, id) => message(method, params, id)).join(',')}]`)
      return replies.map((reply) => settle(reply, method))
    },
    close: () => agent.destroy(),
  }
}

async function firstAnswer(url) {
  const client = createClient(url)
  await client.call('eth_blockNumber')
  client.close()
}

/** Resolves with what `pattern` captures in the output of a process. */
function said(child, pattern) {
  return new Promise((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const found = pattern.exec(line)
      if (found) resolve(found[1])
    })
    child.on('exit', (code) => reject(new Error(`exit ${code} before it listened`)))
  })
}

function startOurs(root, home, execArgv = []) {
  const child = fork(join(root, 'dist', 'services', 'chain', 'main.js'), {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv,
  })
  const ready = new Promise((resolve, reject) => {
    child.on('message', (message) => {
      if (message.type === 'ready') resolve(message.endpoints.rpc)
      if (message.type === 'failed') reject(new Error(message.error.message))
    })
    child.on('exit', (code) => reject(new Error(`exit ${code} before it was ready`)))
  })
  const config = {
    chainId: 31337,
    mnemonic: KEYS_MNEMONIC,
    genesisFile: join(root, 'src', 'contracts', 'generated', 'genesis.json'),
    hardfork: 'prague',
    blockTimeMs: null,
  }
  const place = { dataDir: mkdtempSync(join(home, 'chain-')), host: '127.0.0.1', ports: { rpc: 0 }, strictPorts: false }
  child.send({ type: 'start', name: 'chain', config, ...place, logLevel: 'error' })
  return { child, ready }
}

function startAnvil() {
  const args = ['--port', '0', '--hardfork', 'prague', '--gas-limit', '60000000']
  const child = spawn(peerBinary('anvil'), args, { stdio: ['ignore', 'pipe', 'inherit'] })
  return { child, ready: said(child, /^Listening on (\S+)/).then((address) => `http://${address}`) }
}

function startHardhat(root, home) {
  const project = mkdtempSync(join(home, 'hardhat-'))
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  const accounts = `{ mnemonic: '${KEYS_MNEMONIC}' }`
  const network = `{ type: 'edr-simulated', chainType: 'l1', chainId: 31337, hardfork: 'prague', blockGasLimit: 60000000n, accounts: ${accounts} }`
  writeFileSync(join(project, 'hardhat.config.js'), `export default { networks: { node: ${network} } }\n`)
  const cli = join(root, 'node_modules', 'hardhat', 'dist', 'src', 'cli.js')
  // hardhat wants to be installed in the project it runs in.
  symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'), 'dir')
  const args = [cli, 'node', '--port', '0', '--hostname', '127.0.0.1']
  const child = spawn(process.execPath, args, { cwd: project, stdio: ['ignore', 'pipe', 'inherit'] })
  return { child, ready: said(child, /server at (http:\S+?)\/?$/) }
}

function rssMib(pid) {
  const kib = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  return Number(kib) / 1024
}

async function perSecond(count, work) {
  const startedMs = performance.now()
  await work()
  return count / ((performance.now() - startedMs) / 1000)
}

async function inTurn(count, action) {
  for (let at = 0; at < count; at++) await action(at)
}

/** Runs `count` actions, `width` at a time. */
async function sideBySide(count, width, action) {
  let next = 0
  const lane = async () => {
    while (next < count) await action(next++)
  }
  await Promise.all(Array.from({ length: width }, lane))
}

async function receiptOf(client, hash) {
  for (;;) {
    const receipt = await client.call('eth_getTransactionReceipt', [hash])
    if (receipt) return receipt
  }
}

/** Signed once for all nodes: every node begins with the same accounts at the same nonces. Each transfer goes to a new address. */
async function signTransfers() {
  const { HDNodeWallet, Mnemonic } = await import('ethers')
  const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(KEYS_MNEMONIC), "m/44'/60'/0'/0")
  const nonces = new Map()
  let recipient = 0
  const sign = async (index, count, fields = () => ({ value: 1n, gasLimit: 21_000n })) => {
    const wallet = root.deriveChild(index)
    const signed = []
    for (let i = 0; i < count; i++) {
      const nonce = nonces.get(index) ?? 0
      nonces.set(index, nonce + 1)
      const to = `0x${(0x10_0000 + recipient++).toString(16).padStart(40, '0')}`
      signed.push(
        await wallet.signTransaction({ type: 0, chainId: 31337, nonce, gasPrice: 10n ** 10n, to, ...fields() }),
      )
    }
    return signed
  }
  const code = `0x61200080600a5f395ff3${'00'.repeat(8192)}`
  return {
    sends: await sign(1, SIZES.sends),
    receipts: await sign(2, SIZES.receipts),
    batches: await sign(3, SIZES.batches * BATCH),
    parallel: await Promise.all(Array.from({ length: SENDERS }, (_, at) => sign(1 + at, SIZES.parallel))),
    pool: await sign(4, SIZES.pool),
    deploys: await sign(5, SIZES.deploys, () => ({ to: null, data: code, gasLimit: 3_000_000n })),
  }
}

/** Everything that is measured of one node, in one order for all. */
async function measure(kind, url, pid, signed) {
  const client = createClient(url)
  const { call, batch } = client
  const send = (raw) => call('eth_sendRawTransaction', [raw])
  const result = { rssAtStart: rssMib(pid) }
  result.sends = await perSecond(SIZES.sends, () => inTurn(SIZES.sends, (at) => send(signed.sends[at])))
  result.receipts = await perSecond(SIZES.receipts, () =>
    inTurn(SIZES.receipts, async (at) => receiptOf(client, await send(signed.receipts[at]))),
  )
  result.batches = await perSecond(SIZES.batches * BATCH, () =>
    inTurn(SIZES.batches, (at) =>
      batch(
        'eth_sendRawTransaction',
        signed.batches.slice(at * BATCH, (at + 1) * BATCH).map((raw) => [raw]),
      ),
    ),
  )
  // anvil mines in the background: what it still owes belongs to what was sent.
  await waitForNonce(client, 3, SIZES.batches * BATCH)
  result.parallel = await perSecond(SENDERS * SIZES.parallel, () =>
    Promise.all(
      signed.parallel.map((raws) => inTurn(raws.length, async (at) => receiptOf(client, await send(raws[at])))),
    ),
  )
  await call('evm_setAutomine', [false])
  result.poolSubmit = await perSecond(SIZES.pool, () => sideBySide(SIZES.pool, 16, (at) => send(signed.pool[at])))
  result.poolMine = await perSecond(SIZES.pool, async () => {
    for (let mined = 0; mined < SIZES.pool; ) {
      await call('evm_mine')
      mined += Number(await call('eth_getBlockTransactionCountByNumber', ['latest']))
    }
  })
  await call('evm_setAutomine', [true])
  const deployMs = []
  for (const raw of signed.deploys) {
    const startedMs = performance.now()
    await receiptOf(client, await send(raw))
    deployMs.push(performance.now() - startedMs)
  }
  result.deploys = 1000 / median(deployMs)
  const [reader, logger] = [`0x${'c0de'.repeat(10)}`, `0x${'10c5'.repeat(10)}`]
  await call('hardhat_setCode', [reader, READER])
  await call('hardhat_setCode', [logger, LOGGER])
  const [sender] = await call('eth_accounts')
  const log = { from: sender, to: logger, gas: '0xffff', gasPrice: '0x2540be400' }
  for (let at = 0; at < LOGS; at++) await receiptOf(client, await call('eth_sendTransaction', [log]))
  const read = [{ to: reader, from: sender }, 'latest']
  result.calls = await perSecond(SIZES.calls, () => inTurn(SIZES.calls, () => call('eth_call', read)))
  result.callsAtOnce = await perSecond(SIZES.calls * 2, () =>
    sideBySide(SIZES.calls * 2, 16, () => call('eth_call', read)),
  )
  const many = Array.from({ length: BATCH }, () => read)
  result.callBatches = await perSecond(BATCH * 20, () => inTurn(20, () => batch('eth_call', many)))
  result.blockNumbers = await perSecond(SIZES.calls, () => inTurn(SIZES.calls, () => call('eth_blockNumber')))
  result.estimates = await perSecond(SIZES.calls, () =>
    inTurn(SIZES.calls, () => call('eth_estimateGas', [{ from: sender, to: reader }])),
  )
  const filter = [{ address: logger, fromBlock: '0x0', toBlock: 'latest' }]
  if ((await call('eth_getLogs', filter)).length !== LOGS) throw new Error(`${kind} lost logs`)
  result.logs = await perSecond(100, () => inTurn(100, () => call('eth_getLogs', filter)))
  // anvil takes a mined transaction out of its pool some time later: another sender and value each time keeps that out of the way.
  const senders = await call('eth_accounts')
  result.cycles = await perSecond(SIZES.cycles, () =>
    inTurn(SIZES.cycles, async (at) => {
      const id = await call('evm_snapshot')
      const transfer = { ...log, from: senders[at % 10], value: hex(at + 1) }
      await receiptOf(client, await call('eth_sendTransaction', [transfer]))
      await call('evm_revert', [id])
    }),
  )
  result.emptyBlocks = await perSecond(SIZES.blocks, () => inTurn(SIZES.blocks, () => call('evm_mine')))
  const blocks = BLOCKS_AT_ONCE[kind] ?? BLOCKS_AT_ONCE.ours
  result.manyBlocks = await perSecond(blocks, () => call('hardhat_mine', [hex(blocks)]))
  result.rssAfter = rssMib(pid)
  client.close()
  return result
}

async function waitForNonce(client, index, nonce) {
  const accounts = await client.call('eth_accounts')
  while (Number(await client.call('eth_getTransactionCount', [accounts[index], 'latest'])) < nonce);
}

async function round(kind, start, signed) {
  const startedMs = performance.now()
  const { child, ready } = start()
  try {
    const url = await ready
    await firstAnswer(url)
    return { start: performance.now() - startedMs, ...(await measure(kind, url, child.pid, signed)) }
  } finally {
    const ended = new Promise((resolve) => child.on('exit', resolve))
    child.kill('SIGKILL')
    await ended
  }
}

/** What is shown: name, field, unit, and whether less is better. */
const ROWS = [
  ['start → first answer', 'start', 'ms', true],
  ['memory at start', 'rssAtStart', 'MiB', true],
  ['memory after the run', 'rssAfter', 'MiB', true],
  ['transfers, send only', 'sends', 'tx/s'],
  ['transfers, send + receipt', 'receipts', 'tx/s'],
  ['transfers, batches of 100', 'batches', 'tx/s'],
  ['transfers, 8 senders in parallel', 'parallel', 'tx/s'],
  ['pool: submit', 'poolSubmit', 'tx/s'],
  ['pool: mine 2000 in a block', 'poolMine', 'tx/s'],
  ['deploy 8 KB', 'deploys', '/s'],
  ['eth_call, in turn', 'calls', '/s'],
  ['eth_call, 16 in flight', 'callsAtOnce', '/s'],
  ['eth_call, batches of 100', 'callBatches', '/s'],
  ['eth_blockNumber', 'blockNumbers', '/s'],
  ['eth_estimateGas', 'estimates', '/s'],
  ['eth_getLogs, 100 logs', 'logs', '/s'],
  ['snapshot + tx + revert', 'cycles', '/s'],
  ['empty blocks, one by one', 'emptyBlocks', '/s'],
  ['blocks by one request', 'manyBlocks', '/s'],
]

/** Prints the table of the chain. `root` is the project with `dist/` built. */
export async function benchChain(root) {
  const home = mkdtempSync(join(tmpdir(), '0g-bench-chain-'))
  try {
    const patch = join(home, 'without-journal.mjs')
    writeFileSync(patch, WITHOUT_JOURNAL)
    const nodes = {
      ours: () => startOurs(root, home),
      anvil: startAnvil,
      hardhat: () => startHardhat(root, home),
      unjournaled: () => startOurs(root, home, ['--import', patch]),
    }
    const signed = await signTransfers()
    const kinds = Object.keys(nodes)
    const found = Object.fromEntries(kinds.map((kind) => [kind, []]))
    for (let at = 0; at < ROUNDS; at++) {
      for (const kind of [...kinds.slice(at), ...kinds.slice(0, at)])
        found[kind].push(await round(kind, nodes[kind], signed))
    }
    print(
      Object.fromEntries(kinds.map((kind) => [kind, (field) => median(found[kind].map((result) => result[field]))])),
    )
  } finally {
    rmSync(home, { recursive: true, force: true })
  }
}

function print(of) {
  const line = (...cells) =>
    process.stdout.write(`${cells.map((cell, at) => (at === 0 ? cell.padEnd(36) : cell.padStart(13))).join('')}\n`)
  line('chain', '0g', 'anvil', 'hardhat node', 'vs anvil', 'vs hardhat', 'no journal')
  const shown = (value, unit) => `${value >= 100 ? value.toFixed(0) : value.toFixed(1)} ${unit}`
  for (const [name, field, unit, isLessBetter = false] of ROWS) {
    const ours = of.ours(field)
    const ratio = (peer) => (isLessBetter ? of[peer](field) / ours : ours / of[peer](field)).toFixed(2)
    const peers = ['anvil', 'hardhat']
    line(
      name,
      shown(ours, unit),
      ...peers.map((peer) => shown(of[peer](field), unit)),
      ...peers.map(ratio),
      ratio('unjournaled'),
    )
  }
}
