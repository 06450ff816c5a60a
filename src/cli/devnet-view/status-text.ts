import { formatDuration, formatSize } from '../format-progress.ts'
import type { DevnetSummary, ServiceSummary } from './devnet-summary.ts'
import { textTable } from './text-table.ts'

const NONE = '-'

function row(service: ServiceSummary): string[] {
  const [url] = Object.values(service.endpoints)
  return [
    service.shard ? `${service.name} (${service.shard})` : service.name,
    service.status,
    service.pid === null ? NONE : String(service.pid),
    service.uptimeMs === null ? NONE : formatDuration(service.uptimeMs),
    String(service.restarts),
    service.memoryBytes === null ? NONE : formatSize(service.memoryBytes),
    url ?? NONE,
  ]
}

/** How long ago an ISO time was, for people. */
function ago(time: string, now: number = Date.now()): string {
  return `${formatDuration(Math.max(0, now - Date.parse(time)))} ago`
}

/** The whole network in one sentence, with the command that helps where it is not well. */
export function verdictLine(summary: DevnetSummary, now: number = Date.now()): string {
  const { name } = summary
  const kept = `state kept in ${summary.root}`
  const unwell = summary.services.filter((service) => service.status !== 'ready')
  switch (summary.status) {
    case 'ready':
      return `${name} is ready: ${summary.services.length} services, ${kept}`
    case 'degraded': {
      const reasons = unwell.map(({ name: service, status, lastError }) =>
        lastError ? `${service} is ${status} (${lastError.message})` : `${service} is ${status}`,
      )
      return `${name} is degraded: ${reasons.join('; ')}. See \`0g devnet logs ${unwell[0]?.name ?? ''}\``
    }
    case 'starting':
      return `${name} is starting: ${unwell.map((service) => service.name).join(', ')} not ready yet`
    case 'stopping':
      return `${name} is stopping`
    case 'crashed': {
      const when = summary.lastSeen ? `, last sign of life ${ago(summary.lastSeen, now)}` : ''
      return `${name} crashed: its daemon is gone${when}. ${kept}; start it again with \`0g devnet up -d\``
    }
    case 'stopped':
      return `${name} is stopped. ${kept}; start it with \`0g devnet up -d\``
  }
}

/** What is special about a network whose chain was forked, for status and up. */
export function forkNote({ chain }: Pick<DevnetSummary, 'chain'>): string | undefined {
  if (!chain?.fork) return undefined
  const { url, network, blockNumber } = chain.fork
  return `fork of ${network ?? url} at block ${blockNumber}, chain id ${chain.id}: only the chain runs; storage, compute and agents of that network are not here`
}

/** Verdict first, then one row per service. */
export function statusText(summary: DevnetSummary, now: number = Date.now()): string {
  const header = ['SERVICE', 'STATUS', 'PID', 'UPTIME', 'RESTARTS', 'MEMORY', 'ENDPOINT']
  const note = forkNote(summary)
  const verdict = verdictLine(summary, now)
  return `${note === undefined ? verdict : `${verdict}\n${note}`}\n\n${textTable(header, summary.services.map(row), [2, 3, 4, 5])}`
}
