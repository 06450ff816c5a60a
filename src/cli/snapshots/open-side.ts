import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createRpc, type Hex, type RpcClient } from '../../client/chain/rpc.ts'
import { profileFromManifest } from '../../client/connect.ts'
import { listFiles } from '../../client/storage/list-files.ts'
import { genesisFilePath } from '../../contracts/genesis.ts'
import { isOgError, ogError } from '../../errors/og-error.ts'
import type { DevnetState } from '../../runtime/inspect-devnet.ts'
import type { Manifest } from '../../runtime/manifest.ts'
import { runAlone } from '../../runtime/run-alone.ts'
import { readSnapshot, snapshotFolder } from '../../runtime/snapshot/snapshot-store.ts'
import { copyFiles, stateFiles } from '../../runtime/snapshot/state-files.ts'
import { chainService } from '../../topology/chain-service.ts'
import { readSettings } from '../../topology/topology-settings.ts'
import { type DumpedAccount, decodeDump } from './compare-states.ts'

const START_MS = 120_000

/** One of the two states that a diff compares. */
export type Side = {
  /** name of the snapshot, or "now" */
  name: string
  head: { number: number; hash: Hex }
  /** hash of a block by number, undefined beyond the head */
  hashAt: (number: number) => Promise<Hex | undefined>
  /** undefined where the chain does not know all its accounts: on a fork, or executed by anvil */
  accounts: Map<string, DumpedAccount> | undefined
  /** root → size of every file submitted to storage */
  files: Map<Hex, number>
  /** size of every file of the state, by path */
  stateFiles: Map<string, number>
}

/** The state a snapshot holds. Its chain is run from a copy, in a directory of its own, until it has answered. */
export async function snapshotSide(root: string, name: string, signal: AbortSignal): Promise<Side & AsyncDisposable> {
  const record = await readSnapshot(root, name)
  const sizes = new Map(record.files.map((file) => [file.path, file.sizeBytes]))
  return await copiedSide({ name, from: snapshotFolder(root, name), manifest: record.manifest, sizes, signal })
}

/** The state of the devnet as it is: asked of its chain when it runs, else like a snapshot's. */
export async function currentSide(
  found: Exclude<DevnetState, { state: 'absent' }>,
  signal: AbortSignal,
): Promise<Side & AsyncDisposable> {
  const { root, manifest } = found
  if (!manifest) throw ogError('NOT_RUNNING', { path: root })
  const sizes = new Map<string, number>()
  for (const path of await stateFiles(root)) {
    const { size } = await stat(join(root, path)).catch(() => ({ size: undefined }))
    if (size !== undefined) sizes.set(path, size)
  }
  if (found.state !== 'running') return await copiedSide({ name: 'now', from: root, manifest, sizes, signal })
  const side = await askSide('now', manifest, manifest.chain.rpc, sizes)
  return { ...side, [Symbol.asyncDispose]: async () => {} }
}

async function copiedSide(options: {
  name: string
  from: string
  manifest: Manifest
  sizes: Map<string, number>
  signal: AbortSignal
}): Promise<Side & AsyncDisposable> {
  const { name, from, manifest, sizes, signal } = options
  const root = await mkdtemp(join(tmpdir(), '0g-diff-'))
  const stop = new AbortController()
  const close = async (ended: Promise<void> | undefined) => {
    stop.abort()
    await ended?.catch(() => {})
    await rm(root, { recursive: true, force: true })
  }
  let ended: Promise<void> | undefined
  try {
    const paths = [...sizes.keys()].filter((path) => path.startsWith('services/chain/'))
    await copyFiles(from, root, paths)
    const chain = await runAlone({
      definition: chainService(genesisFilePath(), { ...readSettings(manifest.settings), blockTimeMs: null }),
      root,
      peers: {},
      host: '127.0.0.1',
      ports: { rpc: 0 },
      strictPorts: false,
      timeoutMs: START_MS,
      logLevel: 'warn',
      signal: AbortSignal.any([stop.signal, signal]),
    })
    ended = chain.ended
    const side = await askSide(name, manifest, chain.endpoints['rpc'] ?? '', sizes)
    return { ...side, [Symbol.asyncDispose]: () => close(ended) }
  } catch (error) {
    await close(ended)
    throw error
  }
}

async function dumpedAccounts(rpc: RpcClient): Promise<Map<string, DumpedAccount> | undefined> {
  try {
    return decodeDump(await rpc.request<string>('anvil_dumpState', []))
  } catch (error) {
    if (isOgError(error) && error.code === 'RPC_ERROR') return undefined
    throw error
  }
}

async function askSide(name: string, manifest: Manifest, url: string, sizes: Map<string, number>): Promise<Side> {
  const rpc: RpcClient = createRpc(url)
  const blockAt = (block: string) =>
    rpc.request<{ number: Hex; hash: Hex } | null>('eth_getBlockByNumber', [block, false])
  const head = await blockAt('latest')
  const profile = { ...profileFromManifest(manifest, ''), rpc: url }
  const listed = profile.contracts['Flow'] ? await listFiles({ profile }) : []
  return {
    name,
    head: { number: Number(head?.number ?? 0), hash: head?.hash ?? '0x' },
    hashAt: async (number) => (await blockAt(`0x${number.toString(16)}`))?.hash,
    accounts: await dumpedAccounts(rpc),
    files: new Map(listed.map(({ root, sizeBytes }) => [root, sizeBytes])),
    stateFiles: sizes,
  }
}
