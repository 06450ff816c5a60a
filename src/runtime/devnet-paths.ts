import { createHash } from 'node:crypto'
import { homedir, tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'

/** Name of the directory in a project that holds its devnets. */
export const STATE_FOLDER = '.0g'

export const DEFAULT_DEVNET = 'default'

/** Where everything of one devnet lives, derived from its root directory (`<project>/.0g/<name>`). */
export type DevnetPaths = {
  root: string
  /** what the directory is called, which is what the devnet is called unless it is told otherwise */
  name: string
  manifest: string
  lock: string
  daemonLog: string
  logs: string
  /** data directories of the services, one each */
  data: string
  /** keystore, receipts and caches of the client */
  client: string
  /** one directory per named snapshot */
  snapshots: string
  /** directory of the control socket, mode 0700 */
  socketDir: string
  socket: string
}

/**
 * Paths of the devnet whose state is in `root`. The socket lies in the temporary directory under a hash of the root,
 * because the path of a Unix socket may have 104 bytes at most and project directories run deep.
 */
export function devnetPaths(root: string): DevnetPaths {
  const absolute = resolve(root)
  const hash = createHash('sha256').update(absolute).digest('hex').slice(0, 16)
  const socketDir = join(tmpdir(), `0g-${hash}`)
  return {
    root: absolute,
    name: basename(absolute),
    manifest: join(absolute, 'manifest.json'),
    lock: join(absolute, 'lock'),
    daemonLog: join(absolute, 'logs', 'daemon.log'),
    logs: join(absolute, 'logs'),
    data: join(absolute, 'services'),
    client: join(absolute, 'client'),
    snapshots: join(absolute, 'snapshots'),
    socketDir,
    socket: join(socketDir, 'ctl.sock'),
  }
}

/** `$XDG_STATE_HOME/0g`, or `~/.local/state/0g`: what 0g keeps for this user across projects. */
export function userStateDir(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_STATE_HOME']
  return join(base && base !== '' ? base : join(homedir(), '.local', 'state'), '0g')
}
