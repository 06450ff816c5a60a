import { ControlClient } from '../../runtime/control-client.ts'
import type { LaunchedDaemon } from '../../runtime/launch-daemon.ts'
import type { NetworkEvent } from '../../runtime/network-status.ts'
import type { Sink } from '../sink.ts'
import type { DevnetSummary } from './devnet-summary.ts'
import { mergeStreams } from './merge-streams.ts'
import { networkBlock } from './network-block.ts'
import { startProgress } from './start-progress.ts'

/** A terminal that can be drawn on and that a person types into. */
function isInteractive(): boolean {
  return (
    process.stdin.isTTY === true &&
    process.stderr.isTTY === true &&
    !process.env['CI'] &&
    process.env['TERM'] !== 'dumb'
  )
}

/** Events of the network and its log records in one stream; ends with the network or with `signal`. */
function liveEvents(socket: string, signal: AbortSignal): AsyncGenerator<NetworkEvent> {
  const client = new ControlClient(socket)
  async function* logs(): AsyncGenerator<NetworkEvent> {
    for await (const record of client.followLogs({ signal, tail: 20 })) yield { type: 'log', time: record.time, record }
  }
  return mergeStreams(client.events(signal), logs())
}

/** Raw mode turns Ctrl-C into a key: give it back to the process as the signal it stands for. */
const interruptSelf = (): void => void process.kill(process.pid, 'SIGINT')

/**
 * Watches a network this process started until it ends: live view in a terminal, else the block of addresses and a line per change.
 * The first Ctrl-C stops the network; the process's own second one kills it.
 */
export async function watchForeground(options: {
  summary: DevnetSummary
  daemon: LaunchedDaemon
  signal: AbortSignal
  sink: Sink
}): Promise<void> {
  const { summary, daemon, signal, sink } = options
  signal.addEventListener('abort', daemon.stop, { once: true })
  if (signal.aborted) daemon.stop()
  const watching = new AbortController()
  const shown = watch({ summary, signal: watching.signal, sink, quitLabel: 'stop the network' })
  await daemon.ended
  watching.abort()
  await shown
}

/** Watches a running network until it ends or `signal` aborts; leaving does not stop it. */
export async function watchAttached(options: {
  summary: DevnetSummary
  signal: AbortSignal
  sink: Sink
}): Promise<void> {
  await watch({ ...options, quitLabel: 'detach' })
}

async function watch(options: {
  summary: DevnetSummary
  signal: AbortSignal
  sink: Sink
  quitLabel: string
}): Promise<void> {
  const { summary, signal, sink, quitLabel } = options
  await sink.close()
  const block = networkBlock(summary)
  const events = liveEvents(summary.socket ?? '', signal)
  if (isInteractive()) {
    const { showNetworkView } = await import('./network-view.tsx')
    await showNetworkView({ title: summary.name, block, quitLabel, events, onQuit: interruptSelf })
    return
  }
  sink.emit({ type: 'output', chunk: `${block}\n` })
  const report = startProgress(sink, { plain: true })
  let isInitial = true
  for await (const event of events) {
    // The stream opens with the state of every service, which the block has just shown.
    if (isInitial) isInitial = event.type !== 'network'
    else if (event.type !== 'log') report(event)
  }
}
