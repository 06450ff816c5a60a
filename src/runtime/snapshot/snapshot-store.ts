import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { writeFileAtomic } from '../../utils/write-file-atomic.ts'
import { devnetPaths } from '../devnet-paths.ts'
import type { Manifest } from '../manifest.ts'
import {
  RECORD_FILE,
  readSnapshotRecord,
  requireSnapshotName,
  SNAPSHOT_FORMAT,
  type SnapshotRecord,
} from './snapshot-record.ts'
import { copyFiles, sealFiles, stateFiles, syncDirectory } from './state-files.ts'

/** A snapshot as `ls` shows it. */
export type SnapshotEntry = Pick<SnapshotRecord, 'name' | 'createdAt' | 'states'> & {
  path: string
  sizeBytes: number
  fileCount: number
}

const draftPrefix = '.draft-'

/** Directory of the snapshot called `name`, whether it exists or not. @throws FLAG_INVALID */
export function snapshotFolder(root: string, name: string): string {
  return join(devnetPaths(root).snapshots, requireSnapshotName(name))
}

async function names(root: string): Promise<string[]> {
  const entries = await readdir(devnetPaths(root).snapshots).catch(() => [])
  return entries.filter((name) => !name.startsWith('.')).sort()
}

/** @throws SNAPSHOT_UNKNOWN, SNAPSHOT_CORRUPT, SNAPSHOT_INCOMPATIBLE */
export async function readSnapshot(root: string, name: string): Promise<SnapshotRecord> {
  return await readSnapshotRecord(snapshotFolder(root, name), name, await names(root))
}

/** All snapshots of a devnet, oldest first; `unreadable` names those that are damaged or of a newer format. */
export async function listSnapshots(root: string): Promise<{ snapshots: SnapshotEntry[]; unreadable: string[] }> {
  const snapshots: SnapshotEntry[] = []
  const unreadable: string[] = []
  for (const name of await names(root)) {
    const record = await readSnapshot(root, name).catch(() => undefined)
    if (record) snapshots.push(entryOf(root, record))
    else unreadable.push(name)
  }
  return { snapshots: snapshots.sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1)), unreadable }
}

/** The snapshots as a manifest lists them. */
export async function manifestSnapshots(root: string): Promise<Manifest['snapshots']> {
  const { snapshots } = await listSnapshots(root)
  return snapshots.map(({ name, createdAt }) => ({ name, createdAt }))
}

/** The part of a record that lists show. */
export function entryOf(root: string, { name, createdAt, states, files }: SnapshotRecord): SnapshotEntry {
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0)
  return { name, createdAt, states, path: snapshotFolder(root, name), sizeBytes, fileCount: files.length }
}

/** @throws SNAPSHOT_UNKNOWN */
export async function removeSnapshot(root: string, name: string): Promise<void> {
  const folder = snapshotFolder(root, name)
  const grave = join(devnetPaths(root).snapshots, `${draftPrefix}${randomUUID()}`)
  // One rename: a kill leaves the snapshot or a draft that the next save clears away.
  await rename(folder, grave).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT')
      throw ogError('SNAPSHOT_UNKNOWN', { name, known: (await names(root)).join(', ') || 'none' })
    throw error
  })
  await rm(grave, { recursive: true, force: true })
}

/**
 * Saves the state below `root` under `name`. `hold` makes everything that writes there stand still and is called as late as
 * possible; what it returns is called as soon as the files are copied, before they are flushed and hashed. A snapshot that could
 * not be completed leaves nothing.
 * @throws SNAPSHOT_EXISTS, FLAG_INVALID, DISK_FULL, and what `hold` throws
 */
export async function saveSnapshot(options: {
  root: string
  name: string
  manifest: Manifest
  hold: () => Promise<{ states: SnapshotRecord['states']; release: () => Promise<void> }>
}): Promise<SnapshotRecord> {
  const { root, name, manifest } = options
  const folder = snapshotFolder(root, name)
  const { snapshots } = devnetPaths(root)
  if (await stat(folder).catch(() => undefined)) throw ogError('SNAPSHOT_EXISTS', { name })
  await clearDrafts(root)
  const draft = join(snapshots, `${draftPrefix}${randomUUID()}`)
  await mkdir(draft, { recursive: true, mode: 0o700 })
  try {
    const { states, release } = await options.hold()
    let paths: string[]
    try {
      paths = await copyFiles(root, draft, await stateFiles(root))
    } finally {
      await release()
    }
    const record: SnapshotRecord = {
      format: SNAPSHOT_FORMAT,
      name,
      createdAt: new Date().toISOString(),
      states,
      manifest: atRest(manifest),
      files: await sealFiles(draft, paths),
    }
    await publishDraft(root, draft, record)
    return record
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    throw error
  }
}

/** Gives a complete draft its record and its name. @throws SNAPSHOT_EXISTS */
async function publishDraft(root: string, draft: string, record: SnapshotRecord): Promise<void> {
  await writeFileAtomic(join(draft, RECORD_FILE), `${JSON.stringify(record, null, 1)}\n`)
  const folder = snapshotFolder(root, record.name)
  await rename(draft, folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') throw ogError('SNAPSHOT_EXISTS', { name: record.name })
    throw error
  })
  await syncDirectory(devnetPaths(root).snapshots)
}

/** What kills left behind. */
async function clearDrafts(root: string): Promise<void> {
  const { snapshots } = devnetPaths(root)
  for (const name of await readdir(snapshots).catch(() => [])) {
    if (name.startsWith(draftPrefix)) await rm(join(snapshots, name), { recursive: true, force: true })
  }
}

/** The manifest as it reads when nothing runs; a snapshot does not list snapshots. */
function atRest(manifest: Manifest): Manifest {
  const services = manifest.services.map((service) => ({
    ...service,
    pid: null,
    startTime: null,
    status: 'stopped' as const,
  }))
  return { ...manifest, services, live: null, snapshots: [] }
}
