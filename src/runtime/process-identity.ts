import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** A process as the manifest records it: a pid alone may have been given to somebody else since. */
export type ProcessIdentity = { pid: number; startTime: string }

function startTimeFromProc(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command (field 2) may hold spaces and brackets: count from behind its last bracket. proc(5): state is 3, starttime 22.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // A zombie still has a pid but runs nothing.
    if (fields[0] === 'Z' || fields[0] === 'X') return undefined
    return fields[19]
  } catch {
    return undefined
  }
}

function startTimeFromPs(pid: number): string | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return text.trim() === '' ? undefined : text.trim()
  } catch {
    return undefined
  }
}

/** Start time of a live process in the platform's own unit, undefined when no such process runs. */
export function startTimeOf(pid: number): string | undefined {
  return process.platform === 'linux' ? startTimeFromProc(pid) : startTimeFromPs(pid)
}

/** This process, as another one can recognise it. */
export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' }
}

/**
 * True when exactly this process is still alive: same pid and same start time. Identities come from files that a crash or another
 * program may have damaged: what does not name one process (no start time, pid 0 or -1, which a signal takes for many) is not alive.
 */
export function isSameProcessAlive(identity: ProcessIdentity): boolean {
  const { pid, startTime } = (identity ?? {}) as Partial<ProcessIdentity>
  if (!Number.isSafeInteger(pid) || pid === undefined || pid < 1) return false
  return typeof startTime === 'string' && startTime !== '' && startTimeOf(pid) === startTime
}

/** Sends a signal to exactly this process; false when it is gone (or its pid belongs to another process by now). */
export function signalProcess(identity: ProcessIdentity, signal: NodeJS.Signals): boolean {
  if (!isSameProcessAlive(identity)) return false
  try {
    process.kill(identity.pid, signal)
    return true
  } catch {
    return false
  }
}

/** `pid 1234 (node server.js)`; the command only where the system tells. At most 80 characters of it. */
export async function describeProcess(pid: number): Promise<string> {
  const raw = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const command = raw.split('\0').filter(Boolean).join(' ')
  if (command === '') return `pid ${pid}`
  return `pid ${pid} (${command.length > 80 ? `${command.slice(0, 77)}...` : command})`
}
