import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ControlClient } from './control-client.ts'
import { devnetPaths } from './devnet-paths.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './manifest-store.ts'
import type { NetworkReport } from './network-status.ts'
import { isSameProcessAlive, type ProcessIdentity } from './process-identity.ts'
import { waitUntilGone } from './process-record.ts'
import { lockHolder } from './state-lock.ts'

/** How long a process that was killed may take to disappear. */
const DYING_MS = 1_000

/** What can be said about a devnet from outside. */
export type DevnetState =
  /** its daemon answers (it may still be starting or already stopping: see report.status) */
  | { state: 'running'; root: string; report: NetworkReport; manifest: Manifest | undefined }
  /** its record says it lives, but the daemon is gone */
  | { state: 'crashed'; root: string; manifest: Manifest; lastSeen: string | null }
  | { state: 'stopped'; root: string; manifest: Manifest }
  /** there is no devnet here */
  | { state: 'absent'; root: string }

/** The daemon that owns this devnet now: the holder of its lock, or what the manifest names, if alive. */
export async function liveDaemon(root: string, manifest?: Manifest): Promise<ProcessIdentity | undefined> {
  const holder = await lockHolder(devnetPaths(root).lock)
  if (holder) return holder
  return manifest?.live && isSameProcessAlive(manifest.live) ? manifest.live : undefined
}

/**
 * Looks at a devnet: asks its daemon, or reads what is left of it.
 * @throws STATE_DAMAGED, STATE_INCOMPATIBLE; NETWORK_UNREACHABLE when the daemon lives but does not answer
 */
export async function inspectDevnet(root: string): Promise<DevnetState> {
  const paths = devnetPaths(root)
  const manifest = await readManifest(paths.manifest)
  const daemon = await liveDaemon(root, manifest)
  if (daemon) {
    const report = await askDaemon(paths.socket, daemon, manifest?.live?.startTime === daemon.startTime)
    if (report) return { state: 'running', root, report, manifest }
  }
  if (!manifest) return { state: 'absent', root }
  if (manifest.live) return { state: 'crashed', root, manifest, lastSeen: await lastSign(paths.logs) }
  return { state: 'stopped', root, manifest }
}

/**
 * The daemon's report, or undefined when it ended meanwhile. One that was just killed still has a pid for a moment, and one that
 * starts has no socket yet: only a daemon whose network was ready, and that lives on without answering, is a fault.
 */
async function askDaemon(
  socket: string,
  daemon: ProcessIdentity,
  wasReady: boolean,
): Promise<NetworkReport | undefined> {
  const client = new ControlClient(socket)
  try {
    return await client.status()
  } catch {
    if (!wasReady || (await waitUntilGone([daemon], DYING_MS))) return undefined
    return await client.status()
  }
}

/** When something was last written to the logs: the last known sign of life of a network that crashed. */
async function lastSign(folder: string): Promise<string | null> {
  const names = await readdir(folder).catch(() => [])
  const times = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ mtimeMs }) => mtimeMs,
        () => 0,
      ),
    ),
  )
  const newest = Math.max(0, ...times)
  return newest === 0 ? null : new Date(newest).toISOString()
}
