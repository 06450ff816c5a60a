import type { Sink } from '../sink.ts'
import { startDevnet } from './start-devnet.ts'

const START_TIMEOUT_MS = 60_000

/** Starts a network that a command stopped for its work: detached, as it was. @throws what startDevnet throws */
export async function startAgain(
  root: string,
  { version, signal, sink }: { version: string; signal: AbortSignal; sink: Sink },
): Promise<void> {
  await startDevnet({
    devnet: root,
    version,
    foreground: false,
    strictPorts: false,
    timeoutMs: START_TIMEOUT_MS,
    restart: false,
    logLevel: 'info',
    signal,
    sink,
    plain: process.stderr.isTTY !== true,
  })
}
