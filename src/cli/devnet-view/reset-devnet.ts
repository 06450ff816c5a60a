import { basename } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { bringDown, resetState } from '../../runtime/bring-down.ts'
import { devnetRoot } from '../../runtime/find-devnet.ts'
import { inspectDevnet } from '../../runtime/inspect-devnet.ts'
import { runStep } from '../run-step.ts'
import type { Sink } from '../sink.ts'
import { requireConfirmation } from './require-confirmation.ts'
import { startAgain } from './start-again.ts'

export type ResetOptions = {
  devnet: string | undefined
  isConfirmed: boolean
  /** a person may be asked, if there is a terminal */
  mayAsk: boolean
  version: string
  signal: AbortSignal
  sink: Sink
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
  await requireConfirmation({
    ...options,
    what: `deleting the state in ${root}`,
    question: `Delete the state in ${root} and start over?`,
  })
  const wasRunning = found.state === 'running'
  if (wasRunning) await runStep(sink, 'stop the network', () => bringDown({ root }))
  await runStep(sink, 'delete its state', () => resetState(root))
  if (wasRunning) await startAgain(root, options)
  return { name: basename(root), root, isRunning: wasRunning }
}
