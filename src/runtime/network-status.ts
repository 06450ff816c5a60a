import type { NetworkStatus } from './fsm.ts'
import type { LogRecord } from './log-record.ts'
import type { ServiceSnapshot } from './service-snapshot.ts'

/** A running network as `GET /v1/status` answers. */
export type NetworkReport = {
  name: string
  id: string
  version: string
  status: NetworkStatus
  root: string
  manifest: string
  pid: number
  socket: string
  /** ISO time of the daemon's start */
  since: string
  services: (ServiceSnapshot & { uptimeMs: number | null; memoryBytes: number | null })[]
}

/** What `GET /v1/events` streams, and what the daemon tells its CLI while it starts. */
export type NetworkEvent =
  /** the services that are going to be started, in order */
  | { type: 'plan'; time: string; services: string[] }
  | { type: 'service'; time: string; service: ServiceSnapshot }
  | { type: 'network'; time: string; status: NetworkStatus }
  | { type: 'warning'; time: string; code: string; message: string }
  | { type: 'log'; time: string; record: LogRecord }
