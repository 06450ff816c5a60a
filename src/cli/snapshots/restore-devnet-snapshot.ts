import { rm } from 'node:fs/promises'
import { basename } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { bringDown } from '../../runtime/bring-down.ts'
import { devnetPaths } from '../../runtime/devnet-paths.ts'
import { devnetRoot } from '../../runtime/find-devnet.ts'
import { inspectDevnet } from '../../runtime/inspect-devnet.ts'
import { prepareRoot } from '../../runtime/prepare-root.ts'
import { commitRestore, createStage, requireFiles, stageSnapshot } from '../../runtime/snapshot/restore-snapshot.ts'
import { importSnapshot } from '../../runtime/snapshot/snapshot-file.ts'
import type { SnapshotRecord } from '../../runtime/snapshot/snapshot-record.ts'
import { readSnapshot, snapshotFolder } from '../../runtime/snapshot/snapshot-store.ts'
import { defaultTopology } from '../../topology/default-topology.ts'
import { requireConfirmation } from '../devnet-view/require-confirmation.ts'
import { startAgain } from '../devnet-view/start-again.ts'
import { runStep } from '../run-step.ts'
import type { Sink } from '../sink.ts'
import { underLock } from './save-devnet-snapshot.ts'

/** Where the state comes from: a snapshot of this devnet, or an exported file. */
export type RestoreSource = { name: string } | { input: string }

export type RestoredSnapshot = Pick<SnapshotRecord, 'name' | 'createdAt' | 'states'> & {
  root: string
  isRunning: boolean
}

/**
 * Puts a snapshot in the place of a devnet's state; one that runs is stopped and started again. Everything is checked before
 * anything is stopped.
 * @throws CONFIRMATION_REQUIRED, SNAPSHOT_UNKNOWN, SNAPSHOT_CORRUPT, SNAPSHOT_INCOMPATIBLE, STATE_INCOMPATIBLE (another genesis),
 * FILE_NOT_FOUND, NOT_RUNNING (a name, and no devnet)
 */
export async function restoreDevnetSnapshot(options: {
  devnet: string | undefined
  source: RestoreSource
  isConfirmed: boolean
  mayAsk: boolean
  version: string
  signal: AbortSignal
  sink: Sink
}): Promise<RestoredSnapshot> {
  const { source, sink } = options
  const root = devnetRoot({ devnet: options.devnet })
  const found = await inspectDevnet(root)
  if (found.state === 'absent' && 'name' in source) throw ogError('NOT_RUNNING', { path: root })
  if (found.state !== 'absent') {
    await requireConfirmation({
      ...options,
      what: `replacing the state in ${root}`,
      question: `Replace the state in ${root} by the snapshot?`,
    })
  }
  await prepareRoot(root)
  const stage = await createStage(root)
  const record = await runStep(sink, 'check the snapshot', () => prepare(root, stage, source))
  const wasRunning = found.state === 'running'
  if (wasRunning) await runStep(sink, 'stop the network', () => bringDown({ root }))
  await runStep(sink, 'replace its state', () => underLock(root, () => commitRestore(root, stage, record), stage))
  if (wasRunning) await startAgain(root, options)
  const { name, createdAt, states } = record
  return { name, createdAt, states, root, isRunning: wasRunning }
}

/** Fills `stage`, which is removed again when the snapshot turns out to be of no use here. */
async function prepare(root: string, stage: string, source: RestoreSource): Promise<SnapshotRecord> {
  try {
    const record = await staged(root, stage, source)
    await requireSameGenesis(root, record)
    return record
  } catch (error) {
    await rm(stage, { recursive: true, force: true })
    throw error
  }
}

async function staged(root: string, stage: string, source: RestoreSource): Promise<SnapshotRecord> {
  if ('input' in source) {
    const record = await importSnapshot(source.input, stage)
    await requireFiles(source.input, stage, record)
    return record
  }
  const record = await readSnapshot(root, source.name)
  await stageSnapshot(snapshotFolder(root, source.name), record, stage)
  return record
}

/** State of another genesis could be put there, but no service would open it. */
async function requireSameGenesis(root: string, { manifest, name }: SnapshotRecord): Promise<void> {
  const { configHash } = await defaultTopology(manifest.settings)
  if (manifest.configHash === configHash) return
  throw ogError('STATE_INCOMPATIBLE', {
    path: `snapshot ${name} for ${basename(devnetPaths(root).root)}`,
    found: `${manifest.version}, genesis ${manifest.configHash.slice(0, 8)}`,
    wanted: `genesis ${configHash.slice(0, 8)}`,
  })
}
