import { randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { writeFileAtomic } from '../../utils/write-file-atomic.ts'
import { devnetPaths } from '../devnet-paths.ts'
import type { Manifest } from '../manifest.ts'
import { parseManifest, readManifest, writeManifest } from '../manifest-store.ts'
import { type SnapshotRecord, STATE_DIRECTORIES } from './snapshot-record.ts'
import { copyFiles, sealFiles, stateFiles, syncDirectory } from './state-files.ts'

const STAGE_PREFIX = 'restore-'
const TRASH_PREFIX = 'trash-'
const COMMIT_FILE = 'restore.json'

/** The point of no return: once this file is there, the restore is finished by whoever comes next. */
type Commit = { stage: string; manifest: Manifest }

/** An empty directory beside the state, for the files of a restore that is being prepared. */
export async function createStage(root: string): Promise<string> {
  const stage = join(root, `${STAGE_PREFIX}${randomUUID()}`)
  for (const directory of STATE_DIRECTORIES) await mkdir(join(stage, directory), { recursive: true, mode: 0o700 })
  return stage
}

/** Copies a snapshot's files into `stage` and checks each. @throws SNAPSHOT_CORRUPT */
export async function stageSnapshot(folder: string, record: SnapshotRecord, stage: string): Promise<void> {
  const paths = record.files.map(({ path }) => path)
  await copyFiles(folder, stage, paths)
  await requireFiles(folder, stage, record)
}

/** Every file of the record is in `stage` with its content, and on the disk. @throws SNAPSHOT_CORRUPT naming `source` */
export async function requireFiles(source: string, stage: string, record: SnapshotRecord): Promise<void> {
  const sealed = await sealFiles(stage, await stateFiles(stage))
  const found = new Map(sealed.map((file) => [file.path, file]))
  for (const { path, sizeBytes, sha256 } of record.files) {
    const file = found.get(path)
    if (file?.sha256 === sha256 && file.sizeBytes === sizeBytes) continue
    throw ogError('SNAPSHOT_CORRUPT', { path: source, reason: `${path} is ${file ? 'not what was saved' : 'missing'}` })
  }
}

/**
 * Puts the staged files in the place of the state. The caller holds the lock of a network that does not run. Killed anywhere, the
 * network has its old state or, after {@link completeRestore}, the new one. Name and ports of a network that exists are kept.
 * @throws STATE_LOCKED when another command cleared the stage away before the lock was taken
 */
export async function commitRestore(root: string, stage: string, record: SnapshotRecord): Promise<void> {
  const staged = await Promise.all(STATE_DIRECTORIES.map((directory) => exists(join(stage, directory))))
  if (staged.includes(false)) throw ogError('STATE_LOCKED', { path: root, holder: 'another command' })
  const current = await readManifest(devnetPaths(root).manifest).catch(() => undefined)
  const commit: Commit = { stage, manifest: restoredManifest(root, record, current) }
  await writeFileAtomic(join(root, COMMIT_FILE), JSON.stringify(commit))
  await completeRestore(root)
}

/**
 * Finishes a restore that was committed and clears away one that was not. Called under the lock before anything reads the state.
 * True when the state is another one now. `ownStage` is spared: it belongs to a restore that is being prepared by the caller.
 */
export async function completeRestore(root: string, ownStage?: string): Promise<boolean> {
  const commit = await readCommit(root)
  if (commit) {
    for (const directory of STATE_DIRECTORIES) {
      const staged = join(commit.stage, directory)
      // What is staged no longer was moved before a kill.
      if (!(await exists(staged))) continue
      await rename(join(root, directory), join(root, `${TRASH_PREFIX}${randomUUID()}`)).catch(ignoreMissing)
      await rename(staged, join(root, directory))
    }
    await syncDirectory(root)
    await writeManifest(devnetPaths(root).manifest, commit.manifest)
    await rm(join(root, COMMIT_FILE), { force: true })
    await syncDirectory(root)
  }
  for (const name of await readdir(root).catch(() => [])) {
    const isLeftover = name.startsWith(STAGE_PREFIX) || name.startsWith(TRASH_PREFIX)
    if (isLeftover && join(root, name) !== ownStage) await rm(join(root, name), { recursive: true, force: true })
  }
  return commit !== undefined
}

async function readCommit(root: string): Promise<Commit | undefined> {
  const path = join(root, COMMIT_FILE)
  const text = await readFile(path, 'utf8').catch(ignoreMissing)
  if (text === undefined) return undefined
  const { stage, manifest } = JSON.parse(text) as Commit
  return { stage, manifest: parseManifest(path, JSON.stringify(manifest)) }
}

function restoredManifest(root: string, { manifest }: SnapshotRecord, current: Manifest | undefined): Manifest {
  const paths = devnetPaths(root)
  const ports = new Map((current ?? manifest).services.map((service) => [service.name, service.endpoints]))
  return {
    ...manifest,
    name: current?.name ?? paths.name,
    services: manifest.services.map((service) => ({
      ...service,
      endpoints: ports.get(service.name) ?? service.endpoints,
      dataDir: join(paths.data, service.name),
      logFile: join(paths.logs, `${service.name}.ndjson`),
    })),
    // Exported files come from anywhere: what they call alive is not a process of this machine.
    live: null,
    snapshots: current?.snapshots ?? [],
  }
}

async function exists(path: string): Promise<boolean> {
  return await readdir(path).then(
    () => true,
    () => false,
  )
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
  return undefined
}
