import { mkdir } from 'node:fs/promises'
import { isOgError, ogError } from '../errors/og-error.ts'
import type { Endpoints } from './child/service.ts'
import { devnetPaths } from './devnet-paths.ts'
import { LogStore } from './log-store.ts'
import { prepareRoot } from './prepare-root.ts'
import type { ServiceDefinition } from './service-definition.ts'
import type { ServiceSnapshot } from './service-snapshot.ts'
import { acquireLock } from './state-lock.ts'
import { Supervisor } from './supervisor.ts'

export type AloneOptions = {
  definition: ServiceDefinition
  /** laid out as a devnet's: the service's data is in `services/<name>`, so a stopped devnet's directory serves as well */
  root: string
  /** services elsewhere that this one asks for: name → endpoints */
  peers: Readonly<Record<string, Endpoints>>
  host: string
  /** endpoint name → port; what is left out takes the definition's */
  ports: Record<string, number>
  strictPorts: boolean
  timeoutMs: number
  logLevel: string
  /** stops the service */
  signal: AbortSignal
  onChange?: ((service: ServiceSnapshot) => void) | undefined
}

export type ServiceAlone = {
  endpoints: Endpoints
  dataDir: string
  logFile: string
  /** resolves when it was stopped and its process is gone; rejects when it crashed too often */
  ended: Promise<void>
}

/**
 * Runs one service without a network around it, in a child of this process: same probe, same restarts, same state on disk. It ends
 * with this process, whatever ends it.
 * @throws STATE_LOCKED when a network or another command uses `root`, DIR_NOT_WRITABLE, and what Supervisor.start throws
 */
export async function runAlone(options: AloneOptions): Promise<ServiceAlone> {
  const { definition, root, signal } = options
  const paths = devnetPaths(root)
  signal.throwIfAborted()
  await prepareRoot(root)
  const lock = await acquireLock(paths.lock)
  const logs = new LogStore(paths.logs)
  const outcome = Promise.withResolvers<void>()
  const supervisor: Supervisor = new Supervisor({
    // Whom it depends on runs elsewhere, and neither starts nor stops with it.
    definitions: [{ ...definition, dependsOn: [] }],
    dataRoot: paths.data,
    externalPeers: options.peers,
    host: options.host,
    ports: { [definition.name]: options.ports },
    strictPorts: options.strictPorts,
    logLevel: options.logLevel,
    logs,
    onChange: (service) => {
      options.onChange?.(service)
      if (service.status === 'failed') outcome.reject(supervisor.failureOf(definition.name))
    },
  })
  const onAbort = () => outcome.resolve()
  signal.addEventListener('abort', onAbort, { once: true })
  const stop = async () => {
    signal.removeEventListener('abort', onAbort)
    await supervisor.stop()
    logs.close()
    await lock.release()
  }
  try {
    await mkdir(paths.data, { recursive: true, mode: 0o700 })
    await supervisor.start({ signal, timeoutMs: options.timeoutMs })
  } catch (error) {
    await stop()
    throw signal.aborted && !isOgError(error) ? ogError('INTERRUPTED', { signal: 'SIGTERM' }) : error
  }
  const [service] = supervisor.services
  const ended = outcome.promise.finally(stop)
  ended.catch(() => {})
  return {
    endpoints: supervisor.endpointsOf(definition.name),
    dataDir: service?.dataDir ?? paths.data,
    logFile: service?.logFile ?? paths.logs,
    ended,
  }
}
