import type { NetworkEvent } from '../../runtime/network-status.ts'
import type { ServiceSnapshot } from '../../runtime/service-snapshot.ts'
import { formatDuration } from '../format-progress.ts'
import type { ProgressEvent, Sink } from '../sink.ts'

const firstUrl = (service: ServiceSnapshot): string | undefined => Object.values(service.endpoints)[0]

/** What one service's change means to somebody who watches the start; undefined for changes that are not worth a line. */
function stepOf(service: ServiceSnapshot): ProgressEvent | undefined {
  const step = { type: 'step', id: service.name, title: service.name } as const
  const url = firstUrl(service)
  switch (service.status) {
    case 'starting':
      return { ...step, status: 'started' }
    case 'ready':
      return {
        ...step,
        status: 'done',
        ...(url ? { detail: url } : {}),
        ...(service.readyInMs === null ? {} : { durationMs: service.readyInMs }),
      }
    case 'crashed':
    case 'failed':
      return { ...step, status: 'failed', ...(service.lastError ? { detail: service.lastError.message } : {}) }
    default:
      return undefined
  }
}

/** One plain line for a log without a terminal: when, what, where, how long. */
function lineOf(event: NetworkEvent & { type: 'service' }): string | undefined {
  const { service, time } = event
  const took = service.readyInMs === null ? '' : ` in ${formatDuration(service.readyInMs)}`
  switch (service.status) {
    case 'starting':
      return `${time} ${service.name} starting`
    case 'ready':
      return `${time} ${service.name} ready${took} ${firstUrl(service) ?? ''}`.trimEnd()
    case 'crashed':
    case 'failed':
      return `${time} ${service.name} ${service.status}: ${service.lastError?.message ?? 'no reason given'}`
    case 'stopped':
      return `${time} ${service.name} stopped`
    default:
      return undefined
  }
}

/**
 * Turns the events of a network into progress: steps with spinners on a terminal and for machines, timestamped lines (`plain`)
 * in a log. The spinners are drawn together, from the moment the first service starts.
 */
export function startProgress(sink: Sink, options: { plain: boolean }): (event: NetworkEvent) => void {
  return (event) => {
    if (event.type === 'warning') sink.emit({ type: 'warning', code: event.code, message: event.message })
    if (event.type === 'plan' && !options.plain) {
      sink.emit({ type: 'plan', steps: event.services.map((name) => ({ id: name, title: name })) })
    }
    if (event.type !== 'service') return
    const message = options.plain ? lineOf(event) : undefined
    if (message) sink.emit({ type: 'note', message })
    const step = options.plain ? undefined : stepOf(event.service)
    if (step) sink.emit(step)
  }
}
