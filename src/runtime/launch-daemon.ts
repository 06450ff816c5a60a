import { type ChildProcess, fork } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { fromSerialized, OgError, ogError } from '../errors/og-error.ts'
import type { DaemonRequest, MessageFromDaemon, MessageToDaemon } from './daemon-messages.ts'
import { devnetPaths } from './devnet-paths.ts'
import type { NetworkEvent, NetworkReport } from './network-status.ts'

/** A network this process just started. */
export type LaunchedDaemon = {
  report: NetworkReport
  /** resolves when the daemon has exited; only in the foreground, a detached one is on its own */
  ended: Promise<void>
  /** asks a foreground daemon to stop */
  stop: () => void
}

function send(child: ChildProcess, message: MessageToDaemon): void {
  // The daemon may be gone already; its exit is what the caller waits for.
  if (child.connected) child.send(message, () => {})
}

function lastLines(path: string, count: number): string[] {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count)
  } catch {
    return []
  }
}

/** Causes do not cross processes: what the last probe said is made the cause again, which is where readers look for a reason. */
function withProbe(error: OgError): OgError {
  const said = error.details?.['lastProbe']
  if (typeof said !== 'string') return error
  return new OgError(error.code, error.message, error.hint, error.details, new Error(said))
}

/**
 * Forks the daemon of a devnet and resolves when its network is ready. Aborting `signal` stops the start and waits until
 * everything is undone. A detached daemon outlives this process; a foreground one ends with it, whatever ends it.
 * @throws whatever the daemon reports, or DAEMON_GONE when it died without a word
 */
export async function launchDaemon(options: {
  /** absolute path of the script that calls runDaemon */
  entry: string
  request: DaemonRequest
  signal?: AbortSignal | undefined
  onEvent?: ((event: NetworkEvent) => void) | undefined
}): Promise<LaunchedDaemon> {
  const { entry, request, signal, onEvent } = options
  signal?.throwIfAborted()
  const paths = devnetPaths(request.root)
  const log = openSync(paths.daemonLog, 'a', 0o600)
  const child = fork(entry, [], { detached: true, execArgv: [], stdio: ['ignore', log, log, 'ipc'] })
  closeSync(log)
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  const stop = () => send(child, { type: 'stop' })
  signal?.addEventListener('abort', stop, { once: true })
  try {
    const report = await new Promise<NetworkReport>((resolve, reject) => {
      // Told on exit, when everything has been undone and nothing of the network is left.
      let failure: OgError | undefined
      child.on('message', (message: MessageFromDaemon) => {
        if (message.type === 'event') onEvent?.(message.event)
        else if (message.type === 'started') resolve(message.report)
        else failure = withProbe(fromSerialized(message.error))
      })
      child.once('error', (error) => reject(error))
      child.once('exit', (code, killer) => {
        const reason = killer ? `ended by ${killer}` : `exit code ${code}`
        const details = { logLines: lastLines(paths.daemonLog, 20), logFile: paths.daemonLog }
        reject(failure ?? ogError('DAEMON_GONE', { reason, logFile: paths.daemonLog }, { details }))
      })
      send(child, { type: 'start', request })
    })
    if (!request.foreground) {
      await new Promise<void>((resolve) => child.send({ type: 'detach' } satisfies MessageToDaemon, () => resolve()))
      child.disconnect()
      child.unref()
    }
    return { report, ended, stop }
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}
