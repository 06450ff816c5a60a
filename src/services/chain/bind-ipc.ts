import { createHash } from 'node:crypto'
import { chmodSync, rmSync } from 'node:fs'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** sockaddr_un of macOS holds 104 bytes, of Linux 108. */
const MAX_PATH_BYTES = 103

/**
 * Binds `server` to a local socket that only this user may open: `chain.ipc` in the state directory (which has one chain at a time), or a
 * name made from it where the path is too long for a socket, or a named pipe on Windows.
 * @returns the path, for clients
 */
export async function bindIpc(server: Server, dataDir: string): Promise<string> {
  const path = ipcPath(dataDir)
  // What a killed process left behind; the lock on the network keeps a living one from standing here.
  if (process.platform !== 'win32') rmSync(path, { force: true })
  const before = process.platform === 'win32' ? undefined : process.umask(0o177)
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(path, () => {
        server.off('error', reject)
        resolve()
      })
    })
  } finally {
    if (before !== undefined) process.umask(before)
  }
  if (process.platform !== 'win32') chmodSync(path, 0o600)
  return path
}

function ipcPath(dataDir: string): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  if (process.platform === 'win32') return `\\\\.\\pipe\\0g-chain-${name}`
  const path = join(dataDir, 'chain.ipc')
  return Buffer.byteLength(path) <= MAX_PATH_BYTES ? path : join(tmpdir(), `0g-chain-${name}.ipc`)
}
