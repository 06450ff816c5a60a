import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../utils/write-file-atomic.ts'
import { isSameProcessAlive, type ProcessIdentity, signalProcess } from './process-identity.ts'

const POLL_MS = 20

const fileOf = (root: string): string => join(root, 'processes.json')

/** Records which processes belong to a devnet, so that the next command can end what a killed daemon left. */
export async function recordProcesses(root: string, processes: readonly ProcessIdentity[]): Promise<void> {
  await writeFileAtomic(fileOf(root), `${JSON.stringify(processes)}\n`)
}

export async function forgetProcesses(root: string): Promise<void> {
  await rm(fileOf(root), { force: true })
}

async function recordedProcesses(root: string): Promise<ProcessIdentity[]> {
  try {
    const value: unknown = JSON.parse(await readFile(fileOf(root), 'utf8'))
    return Array.isArray(value) ? (value as ProcessIdentity[]) : []
  } catch {
    return []
  }
}

/** Waits until none of the processes is alive, at most `timeoutMs`; true when all are gone. */
export async function waitUntilGone(processes: readonly ProcessIdentity[], timeoutMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs
  while (processes.some(isSameProcessAlive)) {
    if (performance.now() > deadlineMs) return false
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return true
}

/**
 * Ends what a dead daemon left running: processes recorded for this devnet whose pid and start time still match.
 * They get 2 s to notice by themselves (they stop when the daemon is gone), then SIGKILL. Returns how many had to be killed.
 */
export async function reapLeftovers(root: string): Promise<number> {
  const processes = await recordedProcesses(root)
  if (!(await waitUntilGone(processes, 2_500))) {
    const killed = processes.filter((identity) => signalProcess(identity, 'SIGKILL'))
    await waitUntilGone(processes, 2_000)
    await forgetProcesses(root)
    return killed.length
  }
  await forgetProcesses(root)
  return 0
}
