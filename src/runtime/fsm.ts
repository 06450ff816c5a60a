import type { ServiceStatus } from './manifest.ts'

/** What can happen to a service. Only the supervisor and its children produce these. */
export const SERVICE_EVENTS = [
  /** its process was forked */
  'launched',
  /** it reported ready and its probe succeeded */
  'healthy',
  /** it reported ready but its probe fails */
  'unhealthy',
  /** somebody wants it to end */
  'stopRequested',
  /** its process ended */
  'exited',
  /** a new attempt is scheduled after a crash */
  'retryScheduled',
  /** it crashed too often */
  'gaveUp',
] as const

export type ServiceEvent = (typeof SERVICE_EVENTS)[number]

/**
 * Every legal pair of status and event. A pair that is not here did not happen: a late probe result during shutdown, the exit
 * of a process that was already replaced, a retry that fires after a stop.
 */
export const TRANSITIONS: Readonly<Record<ServiceStatus, Partial<Record<ServiceEvent, ServiceStatus>>>> = {
  pending: { launched: 'starting', stopRequested: 'stopped' },
  starting: { healthy: 'ready', unhealthy: 'degraded', stopRequested: 'stopping', exited: 'crashed' },
  ready: { unhealthy: 'degraded', stopRequested: 'stopping', exited: 'crashed' },
  degraded: { healthy: 'ready', stopRequested: 'stopping', exited: 'crashed' },
  stopping: { exited: 'stopped' },
  stopped: { launched: 'starting' },
  crashed: { retryScheduled: 'restarting', gaveUp: 'failed', stopRequested: 'stopped' },
  restarting: { launched: 'starting', stopRequested: 'stopped' },
  failed: { launched: 'starting', stopRequested: 'stopped' },
}

/** The status after `event`, or undefined when the event is not legal in `status` and must be dropped. */
export function applyEvent(status: ServiceStatus, event: ServiceEvent): ServiceStatus | undefined {
  return TRANSITIONS[status][event]
}

/** True while a service in this status has a process. */
export function hasProcess(status: ServiceStatus): boolean {
  return status === 'starting' || status === 'ready' || status === 'degraded' || status === 'stopping'
}

export type NetworkStatus = 'starting' | 'ready' | 'degraded' | 'stopping' | 'stopped'

/** The one-word verdict on a network that has finished starting, from the statuses of its services. */
export function verdict(statuses: readonly ServiceStatus[]): NetworkStatus {
  return statuses.every((status) => status === 'ready') ? 'ready' : 'degraded'
}
