import { ogError, toOgError } from '../errors/og-error.ts'
import type { MessageFromDaemon, MessageToDaemon } from './daemon-messages.ts'
import { Network } from './network.ts'
import type { MakePlan } from './network-plan.ts'

const CHECK_LOCK_MS = 2_000

function tell(message: MessageFromDaemon): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) resolve()
    else process.send(message, undefined, undefined, () => resolve())
  })
}

/**
 * Main function of the daemon process: waits for the CLI's request, runs the network, and exits when it has stopped.
 * Ends on SIGTERM, SIGINT, SIGHUP, `POST /v1/stop`, the loss of a foreground CLI, and the loss of its state directory.
 * A second request to stop while it is stopping kills what is left at once.
 */
export function runDaemon(makePlan: MakePlan): void {
  if (!process.send) {
    process.stderr.write('this is the daemon of a 0g devnet: start it with `0g devnet up`\n')
    process.exitCode = 2
    return
  }
  let network: Network | undefined
  let isDetached = false
  let isStopping = false

  function stop(signal: string): void {
    if (isStopping) network?.kill()
    isStopping = true
    if (!network) process.exit(0)
    network.stop(ogError('INTERRUPTED', { signal }))
  }

  async function run(message: MessageToDaemon & { type: 'start' }): Promise<void> {
    const started = new Network(message.request, makePlan)
    network = started
    started.onEvent((event) => {
      if (event.type !== 'log' && !isDetached) void tell({ type: 'event', event })
    })
    try {
      await started.start()
    } catch (error) {
      await tell({ type: 'failed', error: toOgError(error).toJSON() })
      process.exit(1)
    }
    await tell({ type: 'started', report: started.report() })
    const check = setInterval(() => void started.checkLock(), CHECK_LOCK_MS)
    await started.ended
    clearInterval(check)
    process.exit(0)
  }

  process.on('message', (message: MessageToDaemon) => {
    if (message.type === 'start' && !network) void run(message)
    else if (message.type === 'stop') stop('SIGINT')
    else if (message.type === 'detach') isDetached = true
  })
  process.on('disconnect', () => {
    if (!isDetached) stop('SIGHUP')
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal))
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      process.stderr.write(`${new Date().toISOString()} ${event}: ${error instanceof Error ? error.stack : error}\n`)
      // Its children end by themselves when their channel closes; what state they acknowledged is on disk.
      network?.kill()
      process.exit(70)
    })
  }
}
