import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** What a test may leave behind on the machine: processes, sockets and temporary directories of ours. */
export type LeakSnapshot = { processes: string[]; temporary: string[] }

/** Name of the environment variable that marks every process a test starts, at any depth. */
export const TEST_MARK = 'OG_TEST_ID'

/** Live processes that carry the mark, as `pid command`; this one excepted. */
export function markedProcesses(mark: string): { pid: number; command: string }[] {
  const wanted = `${TEST_MARK}=${mark}`
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      try {
        const environment = readFileSync(`/proc/${name}/environ`, 'utf8').split('\0')
        if (!environment.includes(wanted)) return []
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').join(' ').trim()
        // A zombie has no command line: it runs nothing and waits for its parent.
        return command === '' ? [] : [{ pid: Number(name), command }]
      } catch {
        return []
      }
    })
}

/** Everything of ours that exists now, of processes with `mark` and below the temporary directory `folder`. */
export function leakSnapshot(mark: string, folder: string): LeakSnapshot {
  const temporary = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('0g-')) : []
  return {
    processes: markedProcesses(mark).map(({ pid, command }) => `${pid} ${command}`),
    temporary: temporary.map((name) => join(folder, name)),
  }
}

/** Waits until no marked process is left; rejects after `timeoutMs` with the list of those that live. */
export async function untilNoProcess(mark: string, timeoutMs = 10_000): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  for (;;) {
    const alive = markedProcesses(mark)
    if (alive.length === 0) return
    if (performance.now() > deadlineMs) {
      throw new Error(`still alive: ${alive.map(({ pid, command }) => `${pid} ${command}`).join('; ')}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
