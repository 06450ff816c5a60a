import { run } from '@oclif/core'
import { toOgError } from '../errors/og-error.ts'
import { envelope } from './envelope.ts'
import { globalFlagsLast } from './global-flags-last.ts'
import { guessOutputMode } from './output-mode.ts'
import { renderError } from './render-error.ts'
import { flushStdio, ignoreEpipe, processChannels } from './stdio.ts'

/** Runs one command line, from the words after `0g`, and ends the process with the command's exit code. */
export function runCommandLine(words: string[], root: string): Promise<never> {
  const argv = globalFlagsLast(words)
  return runToEnd(argv, () => run(argv, root))
}

/**
 * Ends the process when `work` has ended, with everything written. Errors that come before a command exists (unknown command,
 * broken installation) are shown here, in the format asked for by `argv`.
 */
export async function runToEnd(argv: string[], work: () => Promise<unknown>): Promise<never> {
  ignoreEpipe()
  const startedAtMs = performance.now()
  try {
    await work()
  } catch (thrown) {
    process.exitCode = exitOf(thrown) ?? showError(thrown, argv, performance.now() - startedAtMs)
  }
  await flushStdio()
  process.exit()
}

/** oclif's way of ending early (`this.exit(n)`, help) is an error that only carries an exit code. */
function exitOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('code' in thrown) || thrown.code !== 'EEXIT') return undefined
  return (thrown as Error & { oclif?: { exit?: number } }).oclif?.exit ?? 0
}

function showError(thrown: unknown, argv: string[], durationMs: number): number {
  const error = toOgError(thrown)
  const mode = guessOutputMode(argv)
  const channels = processChannels()
  if (mode === 'json' || mode === 'ndjson') {
    const whole = envelope({ command: '', error: error.toJSON(), durationMs })
    channels.stdout(
      `${mode === 'ndjson' ? JSON.stringify({ type: 'result', ...whole }) : JSON.stringify(whole, null, 2)}\n`,
    )
  } else {
    channels.stderr(renderError(error, { debug: Boolean(process.env['OG_DEBUG']) }))
  }
  return error.exitCode
}
