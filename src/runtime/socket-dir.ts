import { lstat } from 'node:fs/promises'
import { ogError } from '../errors/og-error.ts'

/**
 * The temporary directory is shared, and the name of a devnet's socket directory can be foreseen: another user who makes it first,
 * or puts a link there, would answer for the daemon. Nothing is said to a directory that is not this user's own; one that does not
 * exist is for the connection to report.
 * @throws PERMISSION_DENIED
 */
export async function requireOwnSocketDir(path: string): Promise<void> {
  const info = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!info) return
  const uid = process.getuid?.()
  if (info.isDirectory() && (uid === undefined || info.uid === uid)) return
  const reason = info.isDirectory() ? 'it belongs to another user' : 'it is not a directory'
  throw ogError('PERMISSION_DENIED', { path, reason: `${reason}, and may be a trap: remove it` })
}
