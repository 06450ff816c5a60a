import { randomUUID } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { ogError } from '../errors/og-error.ts'
import { ControlClient } from './control-client.ts'
import { unindexDevnet } from './devnet-index.ts'
import { devnetPaths, STATE_FOLDER } from './devnet-paths.ts'
import { liveDaemon } from './inspect-devnet.ts'
import type { Manifest } from './manifest.ts'
import { readManifest, writeManifest } from './manifest-store.ts'
import { type ProcessIdentity, signalProcess } from './process-identity.ts'
import { reapLeftovers, waitUntilGone } from './process-record.ts'
import { completeRestore } from './snapshot/restore-snapshot.ts'
import { acquireLock } from './state-lock.ts'

/** The daemon's own deadline for stopping everything is 8 s. */
const STOP_MS = 10_000

export type DownResult = { root: string; wasRunning: boolean; isRemoved: boolean; killedProcesses: number }

const readable = (path: string): Promise<Manifest | undefined> => readManifest(path).catch(() => undefined)

/**
 * Stops a devnet and waits until no process of it is left; `remove` deletes its state as well. A devnet that does not run is
 * fine: leftovers of a crash are ended and its record is put straight.
 */
export async function bringDown({ root, remove = false }: { root: string; remove?: boolean }): Promise<DownResult> {
  const paths = devnetPaths(root)
  const daemon = await liveDaemon(root, await readable(paths.manifest))
  if (daemon) await stopDaemon(daemon, paths.socket)
  const lock = await acquireLock(paths.lock)
  let killedProcesses = 0
  try {
    killedProcesses = await reapLeftovers(root)
    const manifest = await readable(paths.manifest)
    if (manifest?.live) await writeManifest(paths.manifest, withoutLive(manifest))
    if (remove) await removeState(root)
  } finally {
    await lock.release()
  }
  return { root, wasRunning: daemon !== undefined, isRemoved: remove, killedProcesses }
}

async function stopDaemon(daemon: ProcessIdentity, socket: string): Promise<void> {
  const isAsked = await new ControlClient(socket).stop().then(
    () => true,
    () => false,
  )
  if (!isAsked) signalProcess(daemon, 'SIGTERM')
  if (await waitUntilGone([daemon], STOP_MS)) return
  signalProcess(daemon, 'SIGKILL')
  if (await waitUntilGone([daemon], 2_000)) return
  throw ogError('TIMEOUT', { what: `stopping the daemon (pid ${daemon.pid})`, timeoutMs: STOP_MS })
}

function withoutLive(manifest: Manifest): Manifest {
  const services = manifest.services.map((service) => ({
    ...service,
    pid: null,
    startTime: null,
    status: 'stopped' as const,
  }))
  return { ...manifest, services, live: null }
}

async function removeState(root: string): Promise<void> {
  await unindexDevnet(root).catch(() => {})
  await rm(root, { recursive: true, force: true })
  // The .0g folder itself goes with its last devnet.
  const parent = dirname(root)
  if (basename(parent) !== STATE_FOLDER) return
  const left = await readdir(parent).catch(() => ['?'])
  if (left.every((name) => name === '.gitignore')) await rm(parent, { recursive: true, force: true })
}

/**
 * Throws away what a stopped devnet holds: chain, storage, receipts, keystore. Accounts follow from the mnemonic and ports are kept,
 * so the next start is a new genesis at the same addresses.
 * @throws STATE_LOCKED when it runs
 */
export async function resetState(root: string): Promise<void> {
  const paths = devnetPaths(root)
  const lock = await acquireLock(paths.lock)
  try {
    await completeRestore(root)
    const manifest = await readable(paths.manifest)
    // Renames first: however this ends, the network has all of its state or none of it.
    const trash = join(root, `trash-${randomUUID()}`)
    if (manifest) await writeManifest(paths.manifest, { ...withoutLive(manifest), id: randomUUID(), configHash: '' })
    else await rm(paths.manifest, { force: true })
    for (const path of [paths.data, paths.client]) {
      await rename(path, `${trash}-${basename(path)}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error
      })
    }
    for (const name of await readdir(root)) {
      if (name.startsWith('trash-')) await rm(join(root, name), { recursive: true, force: true })
    }
  } finally {
    await lock.release()
  }
}
