import { join } from 'node:path'
import { OgError, ogError } from '../errors/og-error.ts'
import type { Endpoints } from './child/service.ts'
import { type NetworkStatus, verdict } from './fsm.ts'
import type { LogStore } from './log-store.ts'
import type { ServiceDefinition } from './service-definition.ts'
import { dependentsOf, startOrder } from './service-graph.ts'
import type { ServiceSnapshot } from './service-snapshot.ts'
import { ServiceUnit } from './service-unit.ts'
import { freezeProcesses } from './snapshot/freeze-processes.ts'

const STOP_ALL_MS = 8_000
const HOLD_MS = 10_000
const LAST_LINES = 20

export type SupervisorOptions = {
  definitions: readonly ServiceDefinition[]
  /** parent of the services' data directories */
  dataRoot: string
  /** services that run elsewhere and that these may ask for: name → endpoints */
  externalPeers?: Readonly<Record<string, Endpoints>>
  host: string
  /** ports each service had before: service → endpoint name → port */
  ports: Readonly<Record<string, Record<string, number>>>
  strictPorts: boolean
  logLevel: string
  logs: LogStore
  onChange: (service: ServiceSnapshot) => void
}

/**
 * Runs a set of services, one process each. All are forked at once; who needs whom is settled by the children themselves, which
 * await their peers' endpoints. Knows nothing of what the services do.
 */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #units = new Map<string, ServiceUnit>()
  readonly #waiters = new Set<() => void>()
  #isStopping = false
  #wasReady = false

  constructor(options: SupervisorOptions) {
    this.#options = options
    const order = startOrder(options.definitions)
    const sorted = [...options.definitions].sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name))
    for (const definition of sorted) this.#units.set(definition.name, this.#createUnit(definition))
  }

  /** Snapshots in start order. */
  get services(): ServiceSnapshot[] {
    return [...this.#units.values()].map((unit) => unit.snapshot())
  }

  get status(): NetworkStatus {
    const statuses = [...this.#units.values()].map((unit) => unit.status)
    if (this.#isStopping) return statuses.every((status) => status === 'stopped') ? 'stopped' : 'stopping'
    return this.#wasReady ? verdict(statuses) : 'starting'
  }

  get names(): string[] {
    return [...this.#units.keys()]
  }

  endpointsOf(name: string): Endpoints {
    return this.#unit(name).endpoints
  }

  /** Why a service is not well, with its last lines. @throws UNKNOWN_SERVICE */
  failureOf(name: string): OgError {
    return this.#failure(this.#unit(name))
  }

  /**
   * Forks every service and resolves when all of them answered their probes. On the first failure, at the deadline or on
   * abort it rejects; the caller then stops what runs.
   * @throws START_TIMEOUT, SERVICE_CRASHED, or what the failing service reported (PORT_IN_USE, STATE_INCOMPATIBLE, …), with
   * `details.service`, `details.logFile` and `details.logLines`
   */
  async start({ signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number }): Promise<void> {
    signal.throwIfAborted()
    for (const unit of this.#units.values()) unit.launch()
    const deadline = AbortSignal.timeout(timeoutMs)
    const ended = new Promise<'aborted' | 'late'>((resolve) => {
      signal.addEventListener('abort', () => resolve('aborted'), { once: true })
      deadline.addEventListener('abort', () => resolve('late'), { once: true })
    })
    // The deadline's own timer does not keep the process alive; a hanging child must not end the wait by ending the daemon.
    const keepAlive = setInterval(() => {}, 1_000)
    try {
      for (;;) {
        const units = [...this.#units.values()]
        const crashed = units.find((unit) => unit.status === 'crashed' || unit.status === 'failed')
        if (crashed) throw this.#failure(crashed)
        if (units.every((unit) => unit.status === 'ready')) break
        const outcome = await Promise.race([this.#nextChange(), ended])
        if (outcome === 'aborted') throw signal.reason
        if (outcome === 'late') throw this.#late(timeoutMs)
      }
    } finally {
      clearInterval(keepAlive)
    }
    this.#wasReady = true
    for (const unit of this.#units.values()) unit.mayRestart = true
  }

  /** Stops everything: dependents before what they depend on, otherwise in parallel; whatever lives after 8 s is killed. */
  async stop(): Promise<void> {
    this.#isStopping = true
    const late = setTimeout(() => this.kill(), STOP_ALL_MS)
    const stopping = new Map<string, Promise<void>>()
    const stopOne = (name: string): Promise<void> => {
      const known = stopping.get(name)
      if (known) return known
      const dependents = dependentsOf(this.#options.definitions, name)
      const done = Promise.all(dependents.map(stopOne)).then(() => this.#unit(name).stop())
      stopping.set(name, done)
      return done
    }
    await Promise.all(this.names.map(stopOne))
    clearTimeout(late)
  }

  /**
   * Makes all services stand still, in start order, so that none can know of something that happened after an earlier one stood still:
   * what is on the disk then is what a crash of everything at that moment would leave. Services that are stopped stay so.
   * @throws SNAPSHOT_NOT_STILL, TIMEOUT; everything goes on then
   */
  async hold(): Promise<{ states: Record<string, Record<string, unknown>>; release: () => Promise<void> }> {
    const units = [...this.#units.values()].filter((unit) => unit.status !== 'stopped' && unit.status !== 'failed')
    const states: Record<string, Record<string, unknown>> = {}
    let thaw = async () => {}
    const release = async () => {
      await thaw()
      for (const unit of units) unit.release()
    }
    try {
      for (const unit of units) {
        const state = await unit.hold(HOLD_MS)
        if (Object.keys(state).length > 0) states[unit.name] = state
      }
      thaw = await freezeProcesses(units.flatMap((unit) => unit.snapshot().pid ?? []))
      return { states, release }
    } catch (error) {
      await release()
      throw error
    }
  }

  /** Kills every process at once. */
  kill(): void {
    this.#isStopping = true
    for (const unit of this.#units.values()) unit.kill()
  }

  /** Resolves on the next change of any service. */
  nextChange(): Promise<void> {
    return this.#nextChange().then(() => {})
  }

  /** @throws UNKNOWN_SERVICE */
  async stopService(name: string): Promise<void> {
    await this.#unit(name).stop()
  }

  /** Starts a stopped or failed service; nothing happens to one that runs. @throws UNKNOWN_SERVICE */
  startService(name: string): void {
    const unit = this.#unit(name)
    if (!this.#isStopping) unit.launchByHand()
  }

  /** @throws UNKNOWN_SERVICE */
  async restartService(name: string): Promise<void> {
    await this.stopService(name)
    this.startService(name)
  }

  #createUnit(definition: ServiceDefinition): ServiceUnit {
    const { dataRoot, host, ports, strictPorts, logLevel, logs } = this.#options
    return new ServiceUnit({
      definition,
      dataDir: join(dataRoot, definition.name),
      host,
      ports: ports[definition.name] ?? {},
      strictPorts,
      logLevel,
      logs,
      peers: () => this.#knownPeers(definition.name),
      peer: (name) => this.#options.externalPeers?.[name] ?? this.endpointsOf(name),
      areDependenciesReady: () => definition.dependsOn.every((name) => this.#units.get(name)?.status === 'ready'),
      onEndpoints: (name, endpoints) => {
        for (const unit of this.#units.values()) if (unit.name !== name) unit.announcePeer(name, endpoints)
      },
      onChange: (unit) => {
        this.#options.onChange(unit.snapshot())
        for (const waiter of this.#waiters) waiter()
        this.#waiters.clear()
      },
    })
  }

  *#knownPeers(asker: string): Iterable<[string, Endpoints]> {
    yield* Object.entries(this.#options.externalPeers ?? {})
    for (const unit of this.#units.values()) {
      if (unit.name !== asker && Object.keys(unit.endpoints).length > 0) yield [unit.name, unit.endpoints]
    }
  }

  #nextChange(): Promise<'changed'> {
    return new Promise((resolve) => this.#waiters.add(() => resolve('changed')))
  }

  #unit(name: string): ServiceUnit {
    const unit = this.#units.get(name)
    if (!unit) throw ogError('UNKNOWN_SERVICE', { name, known: this.names.join(', ') })
    return unit
  }

  #late(timeoutMs: number): OgError {
    const units = [...this.#units.values()].filter((unit) => unit.status !== 'ready')
    // In start order, the first that is not ready is the one the others wait for.
    const [first] = units
    if (!first) return ogError('TIMEOUT', { what: 'the start', timeoutMs })
    const args = { service: first.name, timeoutMs, logFile: this.#options.logs.pathOf(first.name) }
    return this.#withLog(ogError('START_TIMEOUT', args, first.error ? { cause: first.error } : {}), first)
  }

  #failure(unit: ServiceUnit): OgError {
    const args = { service: unit.name, reason: 'it ended', logFile: this.#options.logs.pathOf(unit.name) }
    return this.#withLog(unit.error ?? ogError('SERVICE_CRASHED', args), unit)
  }

  /** The same error with what a user needs to find the reason: which service, its last lines, where the rest is. */
  #withLog(error: OgError, unit: ServiceUnit): OgError {
    const { logs } = this.#options
    return new OgError(
      error.code,
      error.message,
      error.hint,
      {
        ...error.details,
        service: unit.name,
        logFile: logs.pathOf(unit.name),
        ...(error.cause instanceof Error ? { lastProbe: error.cause.message } : {}),
        logLines: logs.tail(unit.name, LAST_LINES).map((record) => `${record.time} ${record.level} ${record.msg}`),
      },
      error.cause,
    )
  }
}
