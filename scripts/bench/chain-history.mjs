// What a long history costs: time to start after many transactions, memory after many transactions and after many empty blocks.
// node scripts/bench/chain-history.mjs [transactions] [blocks]     (100000 and 1000000 unless given; 0 leaves a part out)
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ENTRY = fileURLToPath(new URL('../../src/services/chain/main.ts', import.meta.url))
const MNEMONIC = 'test test test test test test test test test test test junk'
const COUNTER = '0x00000000000000000000000000000000000c0de3'
const BATCH = 500
const RECIPIENTS = 1_000
const hex = (value) => `0x${value.toString(16)}`

async function start(directory) {
  const began = performance.now()
  const child = fork(ENTRY, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
  const config = {
    chainId: 31337,
    mnemonic: MNEMONIC,
    genesisFile: join(directory, 'genesis.json'),
    hardfork: 'prague',
    blockTimeMs: null,
  }
  const place = {
    dataDir: join(directory, 'chain'),
    host: '127.0.0.1',
    ports: { rpc: 0 },
    strictPorts: false,
    logLevel: 'silent',
  }
  child.send({ type: 'start', name: 'chain', config, ...place })
  const [message] = await once(child, 'message')
  if (message.type === 'failed') throw new Error(message.error.message)
  const url = message.endpoints.rpc
  const post = async (body) => {
    const reply = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return await reply.json()
  }
  const ask = async (method, ...params) => {
    const { result, error } = await post({ jsonrpc: '2.0', id: 1, method, params })
    if (error) throw new Error(`${method}: ${error.message}`)
    return result
  }
  await ask('eth_blockNumber')
  return {
    startMs: performance.now() - began,
    ask,
    post,
    memory: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      const mb = (field) => Math.round(Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024)
      return `${mb('VmRSS')} MB, at most ${mb('VmHWM')} MB`
    },
    async stop() {
      const exit = once(child, 'exit')
      child.kill('SIGTERM')
      await exit
    },
  }
}

async function many(chain, count, requestOf) {
  const began = performance.now()
  for (let at = 0; at < count; at += BATCH) {
    const size = Math.min(BATCH, count - at)
    const replies = await chain.post(
      Array.from({ length: size }, (_, id) => ({ jsonrpc: '2.0', id, ...requestOf(at + id) })),
    )
    const failed = replies.find(({ error }) => error)
    if (failed) throw new Error(failed.error.message)
  }
  return Math.round((count / (performance.now() - began)) * 1000)
}

/** Nine transfers to a thousand accounts in turn, then one call that writes a slot. */
function transaction(accounts, at) {
  const to = at % 10 === 9 ? COUNTER : hex(0x100000 + (at % RECIPIENTS)).replace('0x', '0x'.padEnd(36, '0'))
  return {
    method: 'eth_sendTransaction',
    params: [{ from: accounts[at % accounts.length], to, value: '0x0', gas: '0x186a0' }],
  }
}

function directory() {
  const path = mkdtempSync(join(tmpdir(), 'og-history-'))
  const accounts = ['f39fd6e51aad88f6f4ce6ab8827279cfffb92266', '70997970c51812dc3a010c7d01b50e0d17dc79c8']
  const alloc = { [COUNTER]: { balance: '0x0', nonce: '0x1', code: '0x5f546001015f55' } }
  for (const account of accounts) alloc[`0x${account}`] = { balance: '0x21e19e0c9bab2400000', nonce: '0x0' }
  writeFileSync(
    join(path, 'genesis.json'),
    JSON.stringify({ config: { chainId: 31337 }, timestamp: '0x0', gasLimit: '0x3938700', alloc }),
  )
  return { path, accounts: accounts.map((account) => `0x${account}`) }
}

function diskMegabytes(path) {
  const sizes = readdirSync(path, { recursive: true }).map((file) => statSync(join(path, file)).size)
  return Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1e6)
}

async function timed(label, work) {
  const began = performance.now()
  await work()
  console.log(`  ${label}: ${(performance.now() - began).toFixed(1)} ms`)
}

async function transactions(count) {
  const { path, accounts } = directory()
  let chain = await start(path)
  console.log(`empty chain: first answer after ${Math.round(chain.startMs)} ms, memory ${chain.memory()}`)
  for (const half of [1, 2]) {
    const rate = await many(chain, count, (at) => transaction(accounts, at))
    console.log(
      `${count * half} transactions: ${rate}/s in batches, memory ${chain.memory()}, disk ${diskMegabytes(path)} MB`,
    )
    await chain.stop()
    chain = await start(path)
    console.log(`  started again: first answer after ${Math.round(chain.startMs)} ms, memory ${chain.memory()}`)
    const old = hex(Math.floor(count / 3))
    const block = await chain.ask('eth_getBlockByNumber', old, false)
    await timed('an old block', () => chain.ask('eth_getBlockByNumber', hex(Math.floor(count / 2)), true))
    await timed('an old receipt', () => chain.ask('eth_getTransactionReceipt', block.transactions[0]))
    await timed('a state of the past', () => chain.ask('eth_getBalance', accounts[0], old))
    await timed('another one beside it', () => chain.ask('eth_getBalance', accounts[1], hex(Number(old) + 5)))
    await timed('a trace of the past', () =>
      chain.ask('debug_traceTransaction', block.transactions[0], { tracer: 'callTracer' }),
    )
    console.log(`  memory with a past segment at hand: ${chain.memory()}`)
  }
  await chain.stop()
  rmSync(path, { recursive: true })
}

async function emptyBlocks(count) {
  const { path, accounts } = directory()
  let chain = await start(path)
  const rate = await many(chain, count, () => ({ method: 'evm_mine', params: [] }))
  console.log(
    `${count} empty blocks mined one by one: ${rate}/s, memory ${chain.memory()}, disk ${diskMegabytes(path)} MB`,
  )
  await timed(`${count} more in bulk`, () => chain.ask('hardhat_mine', hex(count)))
  await many(chain, 10_000, (at) => transaction(accounts, at))
  console.log(`  and 10000 transactions: memory ${chain.memory()}`)
  await chain.stop()
  chain = await start(path)
  console.log(`  started again: first answer after ${Math.round(chain.startMs)} ms, memory ${chain.memory()}`)
  await chain.stop()
  rmSync(path, { recursive: true })
}

const [transactionCount = 100_000, blockCount = 1_000_000] = process.argv.slice(2).map(Number)
if (transactionCount > 0) await transactions(transactionCount)
if (blockCount > 0) await emptyBlocks(blockCount)
