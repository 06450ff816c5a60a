import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir, open, readdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { mapLimit } from '../../utils/map-limit.ts'
import { type SnapshotFile, STATE_DIRECTORIES } from './snapshot-record.ts'

const PARALLEL = 4
const CHUNK_BYTES = 1024 * 1024

/**
 * Regular files of the state below `root`, by path from it with forward slashes, sorted. Sockets, links and half-written temporary
 * files (`….tmp` of writeFileAtomic) are not state.
 */
export async function stateFiles(root: string): Promise<string[]> {
  const found: string[] = []
  const walk = async (path: string): Promise<void> => {
    const entries = await readdir(join(root, path), { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    })
    for (const entry of entries) {
      const inner = `${path}/${entry.name}`
      if (entry.isDirectory()) await walk(inner)
      else if (entry.isFile() && !/\.[0-9a-f-]{36}\.tmp$/.test(entry.name)) found.push(inner)
    }
  }
  for (const directory of STATE_DIRECTORIES) await walk(directory)
  return found.sort()
}

/**
 * Copies state files from one root to another, sharing blocks where the file system can (reflink). Not flushed yet: see
 * {@link sealFiles}. A file that disappears meanwhile was temporary and is left out; the paths that were copied are returned.
 */
export async function copyFiles(from: string, to: string, paths: readonly string[]): Promise<string[]> {
  const folders = new Set(paths.map((path) => dirname(path)))
  for (const directory of [...STATE_DIRECTORIES, ...folders]) {
    await mkdir(join(to, directory), { recursive: true, mode: 0o700 })
  }
  const copied = await mapLimit(paths, PARALLEL, async (path) => {
    try {
      await copyFile(join(from, path), join(to, path), constants.COPYFILE_FICLONE)
      return path
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  })
  return copied.filter((path) => path !== undefined)
}

/** Flushes files to the disk and says what is in them. */
export async function sealFiles(root: string, paths: readonly string[]): Promise<SnapshotFile[]> {
  const sealed = await mapLimit(paths, PARALLEL, async (path) => {
    const { sizeBytes, sha256 } = await sealFile(join(root, path))
    return { path, sizeBytes, sha256 }
  })
  await syncDirectories(root, paths)
  return sealed
}

/** Size and SHA-256 of a file, which is flushed to the disk on the way. */
async function sealFile(path: string): Promise<{ sizeBytes: number; sha256: string }> {
  const file = await open(path, 'r')
  try {
    const hash = createHash('sha256')
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
    let sizeBytes = 0
    for (;;) {
      const { bytesRead } = await file.read(chunk, 0, chunk.length, sizeBytes)
      if (bytesRead === 0) break
      hash.update(chunk.subarray(0, bytesRead))
      sizeBytes += bytesRead
    }
    await file.sync()
    return { sizeBytes, sha256: hash.digest('hex') }
  } finally {
    await file.close()
  }
}

/** The names of files must be as durable as their content. */
async function syncDirectories(root: string, paths: readonly string[]): Promise<void> {
  const folders = new Set<string>(['.', ...STATE_DIRECTORIES])
  for (const path of paths) {
    for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) folders.add(folder)
  }
  await mapLimit([...folders], PARALLEL, (folder) => syncDirectory(join(root, folder)))
}

/** Flushes a directory where the system can do that. */
export async function syncDirectory(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => {})
  await folder?.close()
}
