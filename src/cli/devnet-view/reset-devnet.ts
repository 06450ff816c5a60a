import { basename } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { bringDown, resetState } from '../../runtime/bring-down.ts'
import { devnetRoot } from '../../runtime/find-devnet.ts'
import { inspectDevnet } from '../../runtime/inspect-devnet.ts'
import type { Sink } from '../sink.ts'
import { confirm } from './confirm.ts'
import { startDevnet } from './start-devnet.ts'

const START_TIMEOUT_MS = 60_000

export type ResetOptions = {
  devnet: string | undefined
  isConfirmed: boolean
  /** a person may be asked, if there is a terminal */
  mayAsk: boolean
  version: string
  signal: AbortSignal
  sink: Sink
}

async function requireConfirmation(options: ResetOptions, root: string): Promise<void> {
  if (options.isConfirmed) return
  const what = `deleting the state in ${root}`
  const canAsk = options.mayAsk && process.stdin.isTTY === true && process.stderr.isTTY === true
  if (!canAsk || !(await confirm(`Delete the state in ${root} and start over?`, options.signal))) {
    throw ogError('CONFIRMATION_REQUIRED', { what })
  }
}

/** Shows one step of the work and passes its outcome on. */
async function step<T>(sink: Sink, title: string, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now()
  sink.emit({ type: 'step', id: title, status: 'started', title })
  try {
    const result = await work()
    sink.emit({ type: 'step', id: title, status: 'done', title, durationMs: performance.now() - startedMs })
    return result
  } catch (error) {
    sink.emit({ type: 'step', id: title, status: 'failed', title })
    throw error
  }
}

/**
 * Gives a devnet a new genesis; one that runs is started again, detached.
 * @throws CONFIRMATION_REQUIRED, NOT_RUNNING (no such devnet), and what the start throws
 */
export async function resetDevnet(options: ResetOptions): Promise<{ name: string; root: string; isRunning: boolean }> {
  const { sink } = options
  const root = devnetRoot({ devnet: options.devnet })
  // Unreadable state is what a reset is for.
  const found = await inspectDevnet(root).catch(() => ({ state: 'unreadable' as const }))
  if (found.state === 'absent') throw ogError('NOT_RUNNING', { path: root })
  await requireConfirmation(options, root)
  const wasRunning = found.state === 'running'
  if (wasRunning) await step(sink, 'stop the network', () => bringDown({ root }))
  await step(sink, 'delete its state', () => resetState(root))
  if (wasRunning) {
    await startDevnet({
      devnet: root,
      version: options.version,
      foreground: false,
      strictPorts: false,
      timeoutMs: START_TIMEOUT_MS,
      restart: false,
      logLevel: 'info',
      signal: options.signal,
      sink,
      plain: process.stderr.isTTY !== true,
    })
  }
  return { name: basename(root), root, isRunning: wasRunning }
}
