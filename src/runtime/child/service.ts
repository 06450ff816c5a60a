import type { Logger } from 'pino'

export type Endpoints = Record<string, string>

/** What a service's `start` receives. Everything comes over IPC from the supervisor; nothing is read from the environment. */
export type ServiceContext<C> = {
  name: string
  config: C
  /** exists, private to this service, survives restarts */
  dataDir: string
  host: string
  /** endpoint name → port to prefer (0 = any) */
  ports: Record<string, number>
  strictPorts: boolean
  log: Logger
  /** aborts when the service must stop */
  signal: AbortSignal
  /** endpoints of another service, once it is ready (and again after it restarted: ports never change) */
  peer: (name: string) => Promise<Endpoints>
}

export type StartedService = { endpoints: Endpoints; stop: () => Promise<void> }
