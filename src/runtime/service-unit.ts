import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { fromSerialized, isOgError, type OgError, ogError, toOgError } from '../errors/og-error.ts'
import { type MessageToChild, parseMessageFromChild } from './child/messages.ts'
import type { Endpoints } from './child/service.ts'
import { applyEvent, hasProcess, type ServiceEvent } from './fsm.ts'
import { DEFAULT_HEALTH, HealthWatch } from './health-watch.ts'
import type { LogStore } from './log-store.ts'
import type { ServiceStatus } from './manifest.ts'
import { startTimeOf } from './process-identity.ts'
import { RestartPolicy } from './restart-policy.ts'
import type { ServiceDefinition } from './service-definition.ts'
import type { ServiceSnapshot } from './service-snapshot.ts'

const TERM_GRACE_MS = 3_000
const PROBE_PAUSE_MS = 40
const RESTARTED_START_TIMEOUT_MS = 30_000
/** Output may still be in the pipe when the exit is reported; a grandchild that kept the pipe open must not hold us up. */
const OUTPUT_DRAIN_MS = 250
/** How far back the reason of a crash is looked for in the log, and how much of it is shown. */
const LAST_WORDS = 40
const MAX_REASON_CHARS = 200

export type UnitOptions = {
  definition: ServiceDefinition
  dataDir: string
  host: string
  ports: Record<string, number>
  strictPorts: boolean
  logLevel: string
  logs: LogStore
  /** endpoints of the other services known so far */
  peers: () => Iterable<[string, Endpoints]>
  peer: (name: string) => Endpoints
  /** whether everything this service depends on is ready */
  areDependenciesReady: () => boolean
  /** called after every change of this service */
  onChange: (unit: ServiceUnit) => void
  /** the child reports where it listens (its probe has not run yet) */
  onEndpoints: (name: string, endpoints: Endpoints) => void
}

/** One service: its process now, its status, its restarts. All transitions go through the table in fsm.ts. */
export class ServiceUnit {
  readonly definition: ServiceDefinition
  readonly #options: UnitOptions
  readonly #policy = new RestartPolicy()
  #status: ServiceStatus = 'pending'
  #child: ChildProcess | undefined
  #startTime: string | null = null
  #endpoints: Endpoints = {}
  #restarts = 0
  #launchedAtMs = 0
  #launchedAt: string | null = null
  #readyAtMs: number | undefined
  #readyInMs: number | null = null
  #error: OgError | undefined
  /** what the current process said about its own end */
  #reported: OgError | undefined
  #exit: PromiseWithResolvers<void> = Promise.withResolvers()
  #hold: { id: number; held: PromiseWithResolvers<Record<string, unknown>> } | undefined
  #holds = 0
  readonly #watch: HealthWatch
  #retryTimer: NodeJS.Timeout | undefined
  #killTimer: NodeJS.Timeout | undefined
  #startTimer: NodeJS.Timeout | undefined
  /** false until the network was ready once: a service that cannot start the first time is an error, not a reason to retry */
  mayRestart = false

  constructor(options: UnitOptions) {
    this.definition = options.definition
    this.#options = options
    this.#watch = new HealthWatch({
      policy: this.definition.health ?? DEFAULT_HEALTH,
      probe: async () => {
        const { liveness, probe } = this.definition
        await (liveness ? liveness(this.#endpoints) : probe?.(this.#endpoints, options.peer))
      },
      mayBlame: () => this.mayRestart && this.#hold === undefined && options.areDependenciesReady(),
      onHealthy: () => this.#answered(),
      onUnhealthy: (error) => this.#silent(error),
      onHung: (error, misses) => this.#hung(error, misses),
    })
  }

  get name(): string {
    return this.definition.name
  }

  get status(): ServiceStatus {
    return this.#status
  }

  get endpoints(): Endpoints {
    return this.#endpoints
  }

  /** Why the service is not well, if it is not. */
  get error(): OgError | undefined {
    return this.#error
  }

  snapshot(): ServiceSnapshot {
    const { name, kind, shard } = this.definition
    return {
      name,
      kind,
      ...(shard === undefined ? {} : { shard }),
      status: this.#status,
      pid: this.#child?.pid ?? null,
      startTime: this.#startTime,
      endpoints: this.#endpoints,
      restarts: this.#restarts,
      readyInMs: this.#readyInMs,
      since: this.#launchedAt,
      lastError: this.#error ? { code: this.#error.code, message: this.#error.message } : null,
      dataDir: this.#options.dataDir,
      logFile: this.#options.logs.pathOf(name),
    }
  }

  /** Forks the child and hands it everything it needs. Does nothing when it already has a process. */
  launch(): void {
    clearTimeout(this.#retryTimer)
    if (!this.#apply('launched')) return
    const { definition, dataDir, logs } = this.#options
    this.#launchedAtMs = performance.now()
    this.#launchedAt = new Date().toISOString()
    this.#readyAtMs = undefined
    this.#reported = undefined
    this.#exit = Promise.withResolvers()
    try {
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      const child = fork(definition.entry, [], {
        execArgv: definition.execArgv ?? [],
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        // A title that `ps` shows is worth more than a bare path when somebody looks for what runs on the machine.
        env: { ...process.env, OG_SERVICE: definition.name },
      })
      this.#child = child
      this.#startTime = child.pid === undefined ? null : (startTimeOf(child.pid) ?? null)
      this.#listen(child)
      this.#tell({ type: 'start', ...this.#startMessage() })
      for (const [name, endpoints] of this.#options.peers()) this.#tell({ type: 'peer', name, endpoints })
    } catch (error) {
      this.#reported = toOgError(error)
      this.#exited(null, null)
      return
    }
    if (this.mayRestart) {
      this.#startTimer = setTimeout(() => {
        logs.note(this.name, 'error', `not ready ${RESTARTED_START_TIMEOUT_MS} ms after its restart; killed`)
        this.kill()
      }, RESTARTED_START_TIMEOUT_MS)
    }
    this.#changed()
  }

  /** Tells the child where another service is. */
  announcePeer(name: string, endpoints: Endpoints): void {
    if (hasProcess(this.#status)) this.#tell({ type: 'peer', name, endpoints })
  }

  /**
   * Asks the service to stand still and resolves with what it says of that moment. It goes on after {@link release}.
   * @throws TIMEOUT, SNAPSHOT_NOT_STILL when it is not ready or ends meanwhile
   */
  async hold(timeoutMs: number): Promise<Record<string, unknown>> {
    if (this.#status !== 'ready') throw ogError('SNAPSHOT_NOT_STILL', { service: this.name, status: this.#status })
    this.#holds += 1
    const held = Promise.withResolvers<Record<string, unknown>>()
    const late = setTimeout(
      () => held.reject(ogError('TIMEOUT', { what: `holding ${this.name}`, timeoutMs })),
      timeoutMs,
    )
    this.#hold = { id: this.#holds, held }
    this.#tell({ type: 'hold', id: this.#holds })
    try {
      return await held.promise
    } finally {
      clearTimeout(late)
    }
  }

  /** Lets a service that was asked to stand still go on. */
  release(): void {
    this.#hold = undefined
    this.#tell({ type: 'release' })
  }

  /** Asks the process to end (TERM), kills it after 3 s, and resolves when it is gone and its last output is on disk. */
  async stop(): Promise<void> {
    clearTimeout(this.#retryTimer)
    this.#watch.stop()
    if (this.#apply('stopRequested')) {
      this.#changed()
      if (this.#status === 'stopping') {
        this.#child?.kill('SIGTERM')
        this.#killTimer = setTimeout(() => this.kill(), TERM_GRACE_MS)
      }
    }
    if (this.#status === 'stopping') await this.#exit.promise
  }

  /** SIGKILL, at once; the exit is handled as any other. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  /** Resolves when the current process is gone; at once when there is none. */
  async gone(): Promise<void> {
    if (hasProcess(this.#status)) await this.#exit.promise
  }

  /** Starts again by hand: a `failed` or `stopped` service gets a fresh count of attempts. */
  launchByHand(): void {
    this.#policy.reset()
    this.launch()
  }

  #startMessage() {
    const { definition, dataDir, host, ports, strictPorts, logLevel } = this.#options
    const known = portsOf(this.#endpoints)
    const isFirst = Object.keys(known).length === 0
    return {
      name: definition.name,
      config: definition.config,
      dataDir,
      host,
      // A restarted service must come back where everybody looks for it.
      ports: isFirst
        ? { ...definition.preferredPorts, ...ports }
        : { ...definition.preferredPorts, ...ports, ...known },
      strictPorts: strictPorts || !isFirst,
      logLevel,
    }
  }

  #listen(child: ChildProcess): void {
    const { logs } = this.#options
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream]?.setEncoding('utf8').on('data', (chunk: string) => logs.write(this.name, stream, chunk))
    }
    child.on('message', (value) => {
      if (this.#child === child) this.#received(value)
    })
    child.on('error', (error) => {
      this.#reported = toOgError(error)
    })
    child.on('exit', (code, signal) => {
      const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
      const drained = new Promise<void>((resolve) => setTimeout(resolve, OUTPUT_DRAIN_MS))
      void Promise.race([closed, drained]).then(() => {
        logs.flush(this.name)
        if (this.#child === child) this.#exited(code, signal)
      })
    })
  }

  #received(value: unknown): void {
    const message = parseMessageFromChild(value)
    if (!message) {
      // A child that speaks another language will never become ready: say why now instead of waiting for the deadline.
      this.#reported = this.#crash('it sent a message that is not of the service protocol')
      this.kill()
      return
    }
    if (message.type === 'failed') {
      const error = fromSerialized(message.error)
      // Whatever a service did not foresee is, seen from here, a crash of that service.
      this.#reported = error.code === 'BUG' ? this.#crash(error.message) : error
      return
    }
    if (message.type === 'held') {
      if (this.#hold?.id === message.id) this.#hold.held.resolve(message.state)
      return
    }
    this.#endpoints = message.endpoints
    this.#options.onEndpoints(this.name, message.endpoints)
    if (this.#child) void this.#probe(this.#child)
  }

  /** Asks until the probe succeeds. Before the first success of a restarted service it counts as degraded. */
  async #probe(child: ChildProcess): Promise<void> {
    while (this.#child === child && (this.#status === 'starting' || this.#status === 'degraded')) {
      try {
        await this.definition.probe?.(this.#endpoints, this.#options.peer)
        if (this.#child !== child || !this.#apply('healthy')) return
        clearTimeout(this.#startTimer)
        this.#readyAtMs = performance.now()
        this.#readyInMs = Math.round(this.#readyAtMs - this.#launchedAtMs)
        this.#error = undefined
        this.#watch.start()
        this.#changed()
        return
      } catch (error) {
        this.#error = isOgError(error) ? error : toOgError(error)
        if (this.mayRestart && this.#status === 'starting' && this.#apply('unhealthy')) this.#changed()
      }
      await new Promise((resolve) => setTimeout(resolve, PROBE_PAUSE_MS))
    }
  }

  /** A service that was degraded answers again. */
  #answered(): void {
    if (this.#status !== 'degraded' || !this.#apply('healthy')) return
    this.#error = undefined
    this.#options.logs.note(this.name, 'info', 'answers again')
    this.#changed()
  }

  #silent(error: unknown): void {
    this.#error = toOgError(error)
    if (this.#status !== 'ready' || !this.#apply('unhealthy')) return
    this.#options.logs.note(this.name, 'warn', `does not answer: ${this.#error.message}`)
    this.#changed()
  }

  /** A process that is stuck does not hear SIGTERM either; its store survives a kill. The exit is handled as any crash. */
  #hung(error: unknown, misses: number): void {
    this.#reported = this.#crash(`it did not answer ${misses} probes in a row (${toOgError(error).message})`)
    this.kill()
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    clearTimeout(this.#killTimer)
    clearTimeout(this.#startTimer)
    this.#watch.stop()
    const wasStopping = this.#status === 'stopping'
    this.#child = undefined
    this.#startTime = null
    if (!this.#apply('exited')) return
    if (wasStopping) this.#error = undefined
    else this.#crashed(signal ? `ended by ${signal}` : `ended with exit code ${code}`)
    this.#hold?.held.reject(ogError('SNAPSHOT_NOT_STILL', { service: this.name, status: this.#status }))
    this.#exit.resolve()
    this.#changed()
  }

  #crash(reason: string): OgError {
    return ogError('SERVICE_CRASHED', { service: this.name, reason, logFile: this.#options.logs.pathOf(this.name) })
  }

  #crashed(exit: string): void {
    const { logs } = this.#options
    // What Node prints when an exception ends it names the reason better than an exit code does.
    const said = logs.tail(this.name, LAST_WORDS).findLast(({ msg }) => /^\w*Error\b.*: \S/.test(msg))
    const reason = said && !this.#reported ? `${exit}: ${said.msg.slice(0, MAX_REASON_CHARS)}` : exit
    logs.note(this.name, 'error', this.#reported ? `${reason}: ${this.#reported.message}` : reason)
    this.#error = this.#reported ?? this.#crash(reason)
    if (!this.mayRestart) return
    const delayMs = this.#policy.crashed(performance.now(), this.#readyAtMs)
    if (delayMs === undefined) {
      this.#apply('gaveUp')
      logs.note(this.name, 'fatal', 'crashed too often; left alone')
      return
    }
    this.#changed()
    this.#apply('retryScheduled')
    this.#retryTimer = setTimeout(() => {
      if (this.#status !== 'restarting') return
      this.#restarts += 1
      this.launch()
    }, delayMs)
  }

  #tell(message: MessageToChild): void {
    // The callback swallows the error of a channel that broke meanwhile: the exit that follows is what counts.
    if (this.#child?.connected) this.#child.send(message, () => {})
  }

  #apply(event: ServiceEvent): boolean {
    const next = applyEvent(this.#status, event)
    if (!next) return false
    this.#status = next
    return true
  }

  #changed(): void {
    this.#options.onChange(this)
  }
}

/** Ports out of endpoint URLs, by endpoint name. */
export function portsOf(endpoints: Endpoints): Record<string, number> {
  const ports: Record<string, number> = {}
  for (const [name, url] of Object.entries(endpoints)) {
    const port = URL.canParse(url) ? Number(new URL(url).port) : 0
    if (port > 0) ports[name] = port
  }
  return ports
}
