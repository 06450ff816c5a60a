import { randomBytes } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startDevnet } from '../../src/cli/devnet-view/start-devnet.ts'
import type { Sink } from '../../src/cli/sink.ts'
import { diffSnapshots } from '../../src/cli/snapshots/diff-snapshots.ts'
import { restoreDevnetSnapshot } from '../../src/cli/snapshots/restore-devnet-snapshot.ts'
import { saveDevnetSnapshot } from '../../src/cli/snapshots/save-devnet-snapshot.ts'
import { createRpc, type Hex, type RpcClient } from '../../src/client/chain/rpc.ts'
import { submitTransaction, waitForReceipt } from '../../src/client/chain/transaction.ts'
import { resolveWallet } from '../../src/client/chain/wallet.ts'
import { profileFromManifest } from '../../src/client/connect.ts'
import type { NetworkProfile } from '../../src/client/profile.ts'
import { getBytes } from '../../src/client/storage/get.ts'
import { listFiles } from '../../src/client/storage/list-files.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import { bringDown } from '../../src/runtime/bring-down.ts'
import { devnetPaths } from '../../src/runtime/devnet-paths.ts'
import { readManifest } from '../../src/runtime/manifest-store.ts'
import { createSandbox, type Sandbox } from '../helpers/sandbox.ts'

const SILENT: Sink = { emit: () => {}, close: async () => {} }
const SENDERS = ['alice', 'bob']
const PUTTERS = ['carol', 'dave']

let sandbox: Sandbox
let root: string

const starting = () => ({
  version: '0.0.0',
  signal: new AbortController().signal,
  sink: SILENT,
})

async function up(): Promise<NetworkProfile> {
  const options = {
    foreground: false,
    strictPorts: false,
    timeoutMs: 60_000,
    restart: false,
    logLevel: 'warn',
    plain: true,
  }
  await startDevnet({ ...starting(), ...options, devnet: root })
  return await currentProfile()
}

async function currentProfile(): Promise<NetworkProfile> {
  const paths = devnetPaths(root)
  const manifest = await readManifest(paths.manifest)
  if (!manifest) throw new Error('no manifest')
  return profileFromManifest(manifest, paths.client)
}

beforeAll(async () => {
  sandbox = createSandbox()
  root = join(sandbox.project, '.0g', 'snap')
  await mkdir(root, { recursive: true })
})
afterAll(async () => {
  await bringDown({ root, remove: true })
  await sandbox.assertNoLeaks()
  await sandbox[Symbol.asyncDispose]()
})

/** Everything that was acknowledged, in order. */
type Acknowledged = { transactions: Map<Hex, Hex>; files: Map<Hex, Uint8Array> }

/** Transactions and puts, one after the other per account, until told to stop. */
function startLoad(profile: NetworkProfile): {
  acknowledged: Acknowledged
  stop: () => Promise<void>
  until: (count: number) => Promise<void>
} {
  const rpc = createRpc(profile.rpc)
  const acknowledged: Acknowledged = { transactions: new Map(), files: new Map() }
  const waiting: (() => void)[] = []
  let isOver = false
  const tell = () => {
    for (const wake of waiting.splice(0)) wake()
  }
  const senders = SENDERS.map(async (name) => {
    const wallet = resolveWallet(profile, name)
    while (!isOver) {
      const hash = await submitTransaction({ rpc, wallet, to: wallet.address })
      const { blockHash } = await rpc.request<{ blockHash: Hex }>('eth_getTransactionReceipt', [hash])
      acknowledged.transactions.set(hash, blockHash)
      tell()
    }
  })
  const putters = PUTTERS.map(async (name) => {
    const wallet = resolveWallet(profile, name)
    while (!isOver) {
      const content = randomBytes(300_000)
      const { root: file } = await putBytes(content, { profile, wallet })
      acknowledged.files.set(file, content)
      tell()
    }
  })
  return {
    acknowledged,
    async until(count) {
      const { transactions, files } = acknowledged
      const wanted = [transactions.size + count, files.size + count] as const
      while (transactions.size < wanted[0] || files.size < wanted[1])
        await new Promise<void>((wake) => waiting.push(wake))
    },
    async stop() {
      isOver = true
      await Promise.all([...senders, ...putters])
    },
  }
}

test('a snapshot under load is one moment of the whole network, and all that was acknowledged before it is there', async () => {
  const before = await up()
  const load = startLoad(before)
  await load.until(3)
  const { acknowledged } = load
  const promised: Acknowledged = {
    transactions: new Map(acknowledged.transactions),
    files: new Map(acknowledged.files),
  }
  const saved = await saveDevnetSnapshot({ devnet: root, name: 'busy', output: undefined, sink: SILENT })
  await load.until(2)
  await load.stop()
  const later = await listFiles({ profile: before })

  const diff = await diffSnapshots({ ...starting(), devnet: root, from: 'busy', to: undefined })
  expect(diff.from).toMatchObject(saved.states['chain'] ?? {})
  expect(diff.chain.relation).toBe('ahead')
  expect(diff.storage.removed).toEqual([])
  expect(diff.storage.added.length).toBeGreaterThan(0)
  expect(diff.accounts?.map(({ label }) => label)).toEqual(expect.arrayContaining(['Flow', ...SENDERS, ...PUTTERS]))

  await restoreDevnetSnapshot({
    ...starting(),
    devnet: root,
    source: { name: 'busy' },
    isConfirmed: true,
    mayAsk: false,
  })
  const profile = await currentProfile()
  expect(profile.rpc).toBe(before.rpc)
  const rpc: RpcClient = createRpc(profile.rpc)
  const head = await rpc.request<{ number: Hex; hash: Hex }>('eth_getBlockByNumber', ['latest', false])
  expect({ blockNumber: Number(head.number), blockHash: head.hash }).toEqual(saved.states['chain'])
  for (const [hash, blockHash] of promised.transactions) {
    expect(await rpc.request('eth_getTransactionReceipt', [hash])).toMatchObject({ blockHash })
  }
  for (const [file, content] of promised.files) {
    expect(Buffer.from(await getBytes(file, { profile })).equals(content)).toBe(true)
  }
  // What was on its way is at the most a submission whose content is missing, and can be finished.
  const listed = await listFiles({ profile })
  expect(listed.length).toBeLessThan(later.length)
  for (const [file, content] of acknowledged.files) {
    if (promised.files.has(file)) continue
    const wallet = resolveWallet(profile, 'carol')
    expect((await putBytes(content, { profile, wallet })).root).toBe(file)
    expect(Buffer.from(await getBytes(file, { profile })).equals(content)).toBe(true)
  }
  const alice = resolveWallet(profile, 'alice')
  const hash = await submitTransaction({ rpc, wallet: alice, to: alice.address })
  await waitForReceipt(rpc, hash)
  expect(Number(await rpc.request<Hex>('eth_blockNumber'))).toBeGreaterThan(Number(head.number))
})
