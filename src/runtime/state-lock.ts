import { randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ogError } from '../errors/og-error.ts'
import { describeProcess, isSameProcessAlive, ownIdentity, type ProcessIdentity } from './process-identity.ts'

type LockContent = ProcessIdentity & { token: string }

/** The right to change one devnet's state, held by one process at a time. */
export type StateLock = {
  /** false once the file is gone or carries another's token: whoever holds this lock must stop then */
  isHeld: () => Promise<boolean>
  release: () => Promise<void>
}

/** How often a stale lock may be taken over by others just before us. */
const ATTEMPTS = 5

async function readLock(path: string): Promise<LockContent | undefined> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as Partial<LockContent>
    return typeof value.pid === 'number' && typeof value.token === 'string' ? (value as LockContent) : undefined
  } catch {
    return undefined
  }
}

/** The process that holds the lock, if it is alive. */
export async function lockHolder(path: string): Promise<ProcessIdentity | undefined> {
  const content = await readLock(path)
  return content && isSameProcessAlive(content) ? content : undefined
}

/** Creates the lock with its content in one step: nobody can see an empty lock and take it for a stale one. */
async function create(path: string, content: LockContent): Promise<boolean> {
  const draft = `${path}.${content.token}.tmp`
  try {
    await writeFile(draft, JSON.stringify(content), { mode: 0o600, flag: 'wx' })
    await link(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(draft, { force: true })
  }
}

/**
 * Takes the lock file at `path` for this process. A lock whose process is dead (pid and start time) is taken over.
 * @throws STATE_LOCKED naming the holder; system errors (EACCES, EROFS, ENOSPC) as they come
 */
export async function acquireLock(path: string): Promise<StateLock> {
  await mkdir(dirname(path), { recursive: true })
  const token = randomUUID()
  const content: LockContent = { ...ownIdentity(), token }
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    if (await create(path, content)) return heldLock(path, token)
    const holder = await readLock(path)
    if (holder && isSameProcessAlive(holder)) {
      throw ogError('STATE_LOCKED', { path: dirname(path), holder: await describeProcess(holder.pid) })
    }
    // Renaming a stale lock away is atomic: of several that try, one succeeds per file, and a fresh lock is put back below.
    const grave = `${path}.${token}`
    await rename(path, grave).catch(() => {})
    const buried = await readLock(grave)
    if (buried && isSameProcessAlive(buried)) await rename(grave, path).catch(() => {})
    await rm(grave, { force: true })
  }
  throw ogError('STATE_LOCKED', { path: dirname(path), holder: 'another command' })
}

function heldLock(path: string, token: string): StateLock {
  const isHeld = async () => (await readLock(path))?.token === token
  return {
    isHeld,
    release: async () => {
      if (await isHeld()) await rm(path, { force: true })
    },
  }
}
