import { ogError } from '../../errors/og-error.ts'
import { ControlClient } from '../../runtime/control-client.ts'
import { devnetPaths } from '../../runtime/devnet-paths.ts'
import { readManifest, writeManifest } from '../../runtime/manifest-store.ts'
import { reapLeftovers } from '../../runtime/process-record.ts'
import { completeRestore } from '../../runtime/snapshot/restore-snapshot.ts'
import { exportSnapshot } from '../../runtime/snapshot/snapshot-file.ts'
import { requireSnapshotName } from '../../runtime/snapshot/snapshot-record.ts'
import {
  entryOf,
  manifestSnapshots,
  readSnapshot,
  removeSnapshot,
  type SnapshotEntry,
  saveSnapshot,
} from '../../runtime/snapshot/snapshot-store.ts'
import { acquireLock } from '../../runtime/state-lock.ts'
import { selectDevnet } from '../devnet-view/select-devnet.ts'
import { runStep } from '../run-step.ts'
import type { Sink } from '../sink.ts'

export type SavedSnapshot = SnapshotEntry & { output: string | null; outputBytes: number | null }

/**
 * Saves the state of a devnet, running or not, and exports it when `output` is given.
 * @throws NOT_RUNNING (no such devnet), SNAPSHOT_EXISTS, SNAPSHOT_NOT_STILL, TARGET_EXISTS, DISK_FULL
 */
export async function saveDevnetSnapshot(options: {
  devnet: string | undefined
  name: string
  output: string | undefined
  sink: Sink
}): Promise<SavedSnapshot> {
  const { output, sink } = options
  const name = requireSnapshotName(options.name)
  const found = await selectDevnet(options.devnet)
  const { root } = found
  const entry = await runStep(sink, `save ${name}`, () =>
    found.state === 'running' ? new ControlClient(found.report.socket).saveSnapshot(name) : saveStopped(root, name),
  )
  if (output === undefined) return { ...entry, output: null, outputBytes: null }
  return { ...entry, ...(await exportDevnetSnapshot({ root, name, output, sink })) }
}

/** Writes a saved snapshot to a file. */
async function exportDevnetSnapshot(options: { root: string; name: string; output: string; sink: Sink }) {
  const { root, name, output, sink } = options
  const record = await readSnapshot(root, name)
  const { sizeBytes } = await runStep(sink, `write ${output}`, () =>
    exportSnapshot(entryOf(root, record).path, record, output),
  )
  return { output, outputBytes: sizeBytes }
}

/** Nothing runs, so nothing has to be held; the lock keeps it so. */
async function saveStopped(root: string, name: string): Promise<SnapshotEntry> {
  return await underLock(root, async () => {
    const manifest = await readManifest(devnetPaths(root).manifest)
    if (!manifest) throw ogError('NOT_RUNNING', { path: root })
    const hold = async () => ({ states: {}, release: async () => {} })
    const record = await saveSnapshot({ root, name, manifest, hold })
    await recordSnapshots(root)
    return entryOf(root, record)
  })
}

/** Removes a snapshot. @throws NOT_RUNNING, SNAPSHOT_UNKNOWN */
export async function removeDevnetSnapshot(devnet: string | undefined, name: string): Promise<void> {
  requireSnapshotName(name)
  const found = await selectDevnet(devnet)
  if (found.state === 'running') return await new ControlClient(found.report.socket).removeSnapshot(name)
  await underLock(found.root, async () => {
    await removeSnapshot(found.root, name)
    await recordSnapshots(found.root)
  })
}

async function recordSnapshots(root: string): Promise<void> {
  const { manifest: path } = devnetPaths(root)
  const manifest = await readManifest(path)
  if (manifest) await writeManifest(path, { ...manifest, snapshots: await manifestSnapshots(root) })
}

/** Runs `work` on a devnet that does not run, and keeps others from starting it. @throws STATE_LOCKED */
export async function underLock<T>(root: string, work: () => Promise<T>, ownStage?: string): Promise<T> {
  const lock = await acquireLock(devnetPaths(root).lock)
  try {
    await reapLeftovers(root)
    await completeRestore(root, ownStage)
    return await work()
  } finally {
    await lock.release()
  }
}
