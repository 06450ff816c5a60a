import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { ogError } from '../../errors/og-error.ts'

const STILL_MS = 5_000
const POLL_MS = 2

/** Wakes the processes named when its stdin ends without a line: that is when this process died while they stood still. */
const WATCHDOG = 'read line || kill -CONT "$@" 2>/dev/null'

/** `stat` of a thread on Linux: the state letter follows the last bracket (proc(5)). */
function isThreadStill(path: string): boolean {
  try {
    const stat = readFileSync(path, 'utf8')
    return /^[TtZX]/.test(stat.slice(stat.lastIndexOf(')') + 2))
  } catch {
    return true
  }
}

/** Whether no thread of a process runs; also true for one that is gone. */
function isStill(pid: number): boolean {
  if (process.platform === 'linux') {
    try {
      return readdirSync(`/proc/${pid}/task`).every((thread) => isThreadStill(`/proc/${pid}/task/${thread}/stat`))
    } catch {
      return true
    }
  }
  const { stdout } = spawnSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.trim() === '' || /^[TZ]/.test(stdout.trim())
}

function signal(pid: number, name: 'SIGSTOP' | 'SIGCONT'): void {
  try {
    process.kill(pid, name)
  } catch {
    // gone meanwhile
  }
}

/**
 * Stops processes one after the other, each standing still before the next is stopped, so that none can have seen anything of an
 * earlier one that came later than its stop. Returns what lets them run again. They also run again when this process dies.
 * @throws TIMEOUT when one does not stand still within 5 s; all run again then
 */
export async function freezeProcesses(pids: readonly number[]): Promise<() => Promise<void>> {
  const watchdog = spawn('/bin/sh', ['-c', WATCHDOG, 'sh', ...pids.map(String)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watchdog.stdin.on('error', () => {})
  await once(watchdog, 'spawn')
  const thaw = async () => {
    for (const pid of pids) signal(pid, 'SIGCONT')
    if (watchdog.exitCode !== null || watchdog.signalCode !== null) return
    const ended = once(watchdog, 'exit')
    watchdog.stdin.end('\n')
    await ended
  }
  try {
    const deadlineMs = performance.now() + STILL_MS
    for (const pid of pids) {
      signal(pid, 'SIGSTOP')
      while (!isStill(pid)) {
        if (performance.now() > deadlineMs)
          throw ogError('TIMEOUT', { what: 'holding the services', timeoutMs: STILL_MS })
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    }
    return thaw
  } catch (error) {
    await thaw()
    throw error
  }
}
