import { readdir, readFile, readlink } from 'node:fs/promises'
import { describeProcess } from './process-identity.ts'

/** State code of a listening socket in /proc/net/tcp. */
const LISTEN = '0A'

async function listeningInodes(port: number): Promise<Set<string>> {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  const inodes = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const text = await readFile(table, 'utf8').catch(() => '')
    for (const line of text.split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      if (local?.endsWith(`:${wanted}`) && state === LISTEN && inode) inodes.add(`socket:[${inode}]`)
    }
  }
  return inodes
}

async function holdsOneOf(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const folder = `/proc/${pid}/fd`
  for (const fd of await readdir(folder).catch(() => [])) {
    const target = await readlink(`${folder}/${fd}`).catch(() => '')
    if (inodes.has(target)) return true
  }
  return false
}

/**
 * Says who listens on a TCP port, as `pid 1234 (node server.js)`, or `another process` where the system does not tell
 * (no /proc, or a process of another user).
 */
export async function describePortHolder(port: number): Promise<string> {
  const inodes = await listeningInodes(port)
  if (inodes.size === 0) return 'another process'
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (/^\d+$/.test(pid) && (await holdsOneOf(pid, inodes))) return await describeProcess(Number(pid))
  }
  return 'another process'
}
