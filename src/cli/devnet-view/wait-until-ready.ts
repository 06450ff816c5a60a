import { setTimeout as delay } from 'node:timers/promises'
import { ogError } from '../../errors/og-error.ts'
import { devnetPaths } from '../../runtime/devnet-paths.ts'
import { devnetRoot } from '../../runtime/find-devnet.ts'
import { inspectDevnet } from '../../runtime/inspect-devnet.ts'
import type { NetworkReport } from '../../runtime/network-status.ts'
import { type DevnetSummary, summarize } from './devnet-summary.ts'

const POLL_MS = 50

/** Services a list of names or beginnings of names means; all for an empty list. @throws UNKNOWN_SERVICE */
function selected(report: NetworkReport, names: readonly string[]): NetworkReport['services'] {
  const known = report.services.map(({ name }) => name)
  const unknown = names.find((wanted) => !known.some((name) => name.startsWith(wanted)))
  if (unknown !== undefined) throw ogError('UNKNOWN_SERVICE', { name: unknown, known: known.join(', ') })
  return report.services.filter(({ name }) => names.length === 0 || names.some((wanted) => name.startsWith(wanted)))
}

/**
 * Resolves when the wanted services of a devnet are ready. The devnet need not be started yet.
 * @throws START_TIMEOUT, SERVICE_FAILED (left alone after too many crashes), UNKNOWN_SERVICE, NOT_RUNNING when none was there in time
 */
export async function waitUntilReady(options: {
  devnet: string | undefined
  services: readonly string[]
  timeoutMs: number
  signal: AbortSignal
}): Promise<DevnetSummary> {
  const root = devnetRoot({ devnet: options.devnet })
  const deadlineMs = performance.now() + options.timeoutMs
  for (;;) {
    const found = await inspectDevnet(root)
    const services =
      found.state === 'running' && found.report.services.length > 0 ? selected(found.report, options.services) : []
    const waitsForManifest = found.state === 'running' && !found.manifest?.live
    const failed = services.find(({ status }) => status === 'failed')
    if (failed) throw ogError('SERVICE_FAILED', { service: failed.name, status: failed.status })
    const late = services.find(({ status }) => status !== 'ready')
    if (found.state === 'running' && services.length > 0 && !late && !waitsForManifest) return summarize(found)
    if (performance.now() >= deadlineMs) {
      if (found.state !== 'running') throw ogError('NOT_RUNNING', { path: root })
      const { daemonLog } = devnetPaths(root)
      const { timeoutMs } = options
      throw ogError('START_TIMEOUT', {
        service: late?.name ?? 'the network',
        timeoutMs,
        logFile: late?.logFile ?? daemonLog,
      })
    }
    await delay(POLL_MS, undefined, { signal: options.signal }).catch(() => options.signal.throwIfAborted())
  }
}
