import type { Logger } from 'pino'
import { toOgError } from '../../errors/og-error.ts'
import { createChildLogger } from './child-logger.ts'
import type { MessageFromChild, MessageToChild, StartMessage } from './messages.ts'
import { PeerBook } from './peer-book.ts'

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

/** A service that stands still for a snapshot. */
export type Hold = {
  /** what it wants recorded about the moment, e.g. the height of a chain */
  state: Record<string, unknown>
  release: () => void
}

export type StartedService = {
  endpoints: Endpoints
  stop: () => Promise<void>
  /**
   * Comes to a point where everything acknowledged is on the disk and nothing changes until released. Optional: a service without it is
   * stopped wherever it is, as a crash would, which its store survives anyway.
   */
  hold?: () => Promise<Hold>
}

/** How long a child may take to stop by itself; the supervisor kills it after 3 s. */
const STOP_DEADLINE_MS = 2_000

function send(message: MessageFromChild): Promise<void> {
  return new Promise((resolve) => {
    if (!process.connected || !process.send) return resolve()
    process.send(message, undefined, undefined, () => resolve())
  })
}

/**
 * Runs one service in this process: waits for `start` from the supervisor, calls `start(ctx)`, reports `ready` with the endpoints,
 * and stops on `stop`, SIGTERM or loss of the IPC channel. SIGINT and SIGHUP are left to the supervisor, which decides.
 * A rejected `start` is reported as `failed` with the serialised OgError and exits 1; so does any uncaught exception.
 * @example runService<Config>(async (ctx) => startChain({ ...ctx.config, dataDir: ctx.dataDir, log: ctx.log }))
 */
export function runService<C>(start: (ctx: ServiceContext<C>) => Promise<StartedService>): void {
  if (!process.send) {
    process.stderr.write('this file is a service of a 0g devnet: start it with `0g devnet up`\n')
    process.exitCode = 2
    return
  }
  const abort = new AbortController()
  const peers = new PeerBook(abort.signal)
  let log: Logger | undefined
  let starting: Promise<StartedService> | undefined
  let isStopping = false
  let held: Promise<Hold> | undefined

  async function hold(id: number): Promise<void> {
    const started = await starting
    held = started?.hold?.() ?? Promise.resolve({ state: {}, release: () => {} })
    const { state } = await held
    await send({ type: 'held', id, state })
  }

  async function release(): Promise<void> {
    const current = await held
    held = undefined
    current?.release()
  }

  async function stop(reason: string): Promise<void> {
    if (isStopping) return
    isStopping = true
    log?.debug({ reason }, 'stopping')
    // Leave at the deadline whatever happens: no store may depend on an orderly end, and nobody may wait for this process.
    setTimeout(() => process.exit(0), STOP_DEADLINE_MS)
    abort.abort()
    try {
      void release()
      const started = await starting
      await started?.stop()
    } catch (error) {
      log?.debug({ err: error }, 'stopped with an error')
    }
    process.exit(0)
  }

  async function fail(error: unknown): Promise<void> {
    if (isStopping) {
      log?.debug({ err: error }, 'error while stopping')
      return
    }
    isStopping = true
    const ogErr = toOgError(error)
    log?.fatal({ err: error, code: ogErr.code }, ogErr.message)
    setTimeout(() => process.exit(1), STOP_DEADLINE_MS)
    await send({ type: 'failed', error: ogErr.toJSON() })
    process.exit(1)
  }

  async function run(message: StartMessage): Promise<void> {
    const childLog = createChildLogger(message.name, message.logLevel)
    log = childLog
    starting = start({
      name: message.name,
      config: message.config as C,
      dataDir: message.dataDir,
      host: message.host,
      ports: message.ports,
      strictPorts: message.strictPorts,
      log: childLog,
      signal: abort.signal,
      peer: (name) => peers.get(name),
    })
    try {
      const started = await starting
      if (!isStopping) await send({ type: 'ready', endpoints: started.endpoints })
    } catch (error) {
      await fail(error)
    }
  }

  process.on('SIGINT', () => {})
  process.on('SIGHUP', () => {})
  process.on('SIGTERM', () => void stop('SIGTERM'))
  process.on('disconnect', () => void stop('the supervisor is gone'))
  process.on('uncaughtException', (error) => void fail(error))
  process.on('unhandledRejection', (reason) => void fail(reason))
  process.stdout.on('error', () => {})
  process.stderr.on('error', () => {})
  process.on('message', (message: MessageToChild) => {
    if (message.type === 'start' && !starting) void run(message)
    else if (message.type === 'peer') peers.set(message.name, message.endpoints)
    else if (message.type === 'hold') void hold(message.id).catch(fail)
    else if (message.type === 'release') void release()
    else if (message.type === 'stop') void stop('asked to')
  })
}
