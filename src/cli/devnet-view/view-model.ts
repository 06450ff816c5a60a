import type { LogRecord } from '../../runtime/log-record.ts'
import type { NetworkEvent } from '../../runtime/network-status.ts'
import type { ServiceSnapshot } from '../../runtime/service-snapshot.ts'

/** Everything the live view shows. */
export type ViewModel = {
  status: string
  services: ServiceSnapshot[]
  lines: LogRecord[]
  showsLogs: boolean
  warnings: string[]
}

const MAX_LINES = 200

export const EMPTY_VIEW: ViewModel = { status: 'starting', services: [], lines: [], showsLogs: true, warnings: [] }

/** Services keep the place they got first, so that rows do not jump. */
function withService(services: readonly ServiceSnapshot[], changed: ServiceSnapshot): ServiceSnapshot[] {
  const known = services.some(({ name }) => name === changed.name)
  return known ? services.map((service) => (service.name === changed.name ? changed : service)) : [...services, changed]
}

/** The verdict that follows from the services: the network's own events only tell the turning points. */
function verdictOf(status: string, services: readonly ServiceSnapshot[]): string {
  if (status !== 'ready' && status !== 'degraded') return status
  return services.every((service) => service.status === 'ready') ? 'ready' : 'degraded'
}

/** The view after an event; pure. */
export function reduceView(view: ViewModel, event: NetworkEvent): ViewModel {
  switch (event.type) {
    case 'service': {
      const services = withService(view.services, event.service)
      return { ...view, services, status: verdictOf(view.status, services) }
    }
    case 'network':
      return { ...view, status: event.status }
    case 'warning':
      return { ...view, warnings: [...view.warnings, event.message] }
    case 'log':
      return { ...view, lines: [...view.lines, event.record].slice(-MAX_LINES) }
    case 'plan':
      return view
  }
}

export type ServiceRow = { name: string; mark: string; tone: 'good' | 'busy' | 'bad'; status: string; detail: string }

/** One row of the table: a mark that can be read without colour, and where the service is or what is wrong with it. */
export function serviceRow(service: ServiceSnapshot): ServiceRow {
  const { name, status, restarts, lastError, endpoints } = service
  const isGood = status === 'ready'
  const isBad = status === 'failed' || status === 'crashed' || status === 'degraded'
  const again = restarts > 0 ? ` (restarted ${restarts}×)` : ''
  const [url = ''] = Object.values(endpoints)
  return {
    name,
    mark: isGood ? '✓' : isBad ? '✗' : '…',
    tone: isGood ? 'good' : isBad ? 'bad' : 'busy',
    status,
    detail: `${isBad && lastError ? lastError.message : url}${again}`,
  }
}
