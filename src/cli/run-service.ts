import { resolve } from 'node:path'
import type { Endpoints } from '../runtime/child/service.ts'
import { runAlone } from '../runtime/run-alone.ts'
import type { ServiceDefinition } from '../runtime/service-definition.ts'
import type { Sink } from './sink.ts'

export type RunServiceOptions = {
  definition: ServiceDefinition
  /** where its state is; relative to the working directory */
  dataDir: string
  /** services it needs, running elsewhere: name → endpoints */
  peers?: Readonly<Record<string, Endpoints>>
  host: string
  /** endpoint name → port the user asked for; one that is taken is an error, unlike a default */
  ports: Record<string, number>
  timeoutMs: number
  logLevel: string
  signal: AbortSignal
  sink: Sink
}

/** What a standalone service was: shown when it ends. */
export type ServiceRun = { name: string; endpoints: Endpoints; dataDir: string; logFile: string }

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/

/**
 * Runs one service in the foreground until `signal` aborts: says where it listens once it answers, then every change of its state.
 * @throws what runAlone throws, and the service's own error when it crashed too often
 */
export async function runServiceInForeground(options: RunServiceOptions): Promise<ServiceRun> {
  const { definition, sink, host } = options
  const { name } = definition
  if (!LOOPBACK.test(host)) {
    const message = `${name} listens on ${host}: everybody who reaches this machine can use it, and its keys are public knowledge`
    sink.emit({ type: 'warning', message, code: 'PUBLIC_HOST' })
  }
  const startedMs = performance.now()
  let status = ''
  sink.emit({ type: 'step', id: name, status: 'started', title: name })
  const running = await runAlone({
    ...options,
    root: resolve(options.dataDir),
    peers: options.peers ?? {},
    strictPorts: Object.keys(options.ports).length > 0,
    onChange: (service) => {
      if (service.status === status) return
      const isRestart = status !== '' && service.restarts > 0
      status = service.status
      if (isRestart)
        sink.emit({
          type: 'note',
          message: `${name} is ${status}${service.lastError ? `: ${service.lastError.message}` : ''}`,
        })
    },
  }).catch((error: unknown) => {
    sink.emit({ type: 'step', id: name, status: 'failed', title: name })
    throw error
  })
  const { endpoints, dataDir, logFile } = running
  sink.emit({ type: 'step', id: name, status: 'done', title: name, durationMs: performance.now() - startedMs })
  const lines = [...Object.entries(endpoints), ['state', `kept in ${dataDir}`]].map(
    ([key, text]) => `${key}  ${text}\n`,
  )
  sink.emit({ type: 'output', chunk: lines.join(''), data: { name, endpoints, dataDir, logFile } })
  await running.ended
  return { name, endpoints, dataDir, logFile }
}
