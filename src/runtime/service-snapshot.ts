import type { Endpoints } from './child/service.ts'
import type { ServiceStatus } from './manifest.ts'

/** A service as the control API shows it. */
export type ServiceSnapshot = {
  name: string
  kind: string
  shard?: string
  status: ServiceStatus
  pid: number | null
  startTime: string | null
  endpoints: Endpoints
  /** automatic restarts since the network was started */
  restarts: number
  /** from the fork of its process to its first successful probe */
  readyInMs: number | null
  /** ISO time of the fork of its process */
  since: string | null
  lastError: { code: string; message: string } | null
  dataDir: string
  logFile: string
}
