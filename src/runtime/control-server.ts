import { chmod, mkdir, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { toOgError } from '../errors/og-error.ts'
import { EventStream } from './event-stream.ts'
import type { LogRecord } from './log-record.ts'
import type { LogStore } from './log-store.ts'
import type { NetworkEvent, NetworkReport } from './network-status.ts'
import type { SnapshotEntry } from './snapshot/snapshot-store.ts'
import { requireOwnSocketDir } from './socket-dir.ts'

/** What the control API needs of the network behind it. */
export type Controllable = {
  report: () => NetworkReport
  logs: LogStore
  /** calls back on every event until the returned function is called */
  onEvent: (listener: (event: NetworkEvent) => void) => () => void
  stop: () => void
  serviceAction: (name: string, action: 'start' | 'stop' | 'restart') => Promise<void>
  saveSnapshot: (name: string) => Promise<SnapshotEntry>
  removeSnapshot: (name: string) => Promise<void>
}

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void | Promise<void>

/** Starts an event stream that the server knows of. */
type Open = (response: ServerResponse) => EventStream

/** How long a reader may take to fetch the last events of a network that stops. */
const LAST_EVENTS_MS = 500

function json(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(`${JSON.stringify(value)}\n`)
}

function streamLogs(network: Controllable, response: ServerResponse, url: URL, open: Open): void {
  const wanted = url.searchParams.get('services')?.split(',').filter(Boolean)
  const matches = (record: LogRecord) => !wanted || wanted.includes(record.svc)
  const tail = Number(url.searchParams.get('tail') ?? Number.POSITIVE_INFINITY)
  const history = network.logs.history(wanted)
  const shown = Number.isFinite(tail) ? history.slice(Math.max(0, history.length - tail)) : history
  if (url.searchParams.get('follow') !== '1') {
    json(response, 200, { records: shown })
    return
  }
  const stream = open(response)
  // History and subscription in one turn of the loop: nothing is missed and nothing comes twice.
  for (const record of shown) stream.send(record)
  stream.onClose(
    network.logs.follow((record) => {
      if (matches(record)) stream.send(record)
    }),
  )
}

function routes(network: Controllable, open: Open): Record<string, Handler> {
  return {
    'GET /v1/status': (_, response) => json(response, 200, network.report()),
    'GET /ready': (_, response) => {
      const { status } = network.report()
      json(response, status === 'ready' ? 200 : 503, { status })
    },
    'GET /v1/events': (_, response) => {
      const stream = open(response)
      const time = new Date().toISOString()
      const { services, status } = network.report()
      for (const service of services) stream.send({ type: 'service', time, service } satisfies NetworkEvent)
      stream.send({ type: 'network', time, status } satisfies NetworkEvent)
      stream.onClose(network.onEvent((event) => stream.send(event)))
    },
    'GET /v1/logs': (_, response, url) => streamLogs(network, response, url, open),
    'POST /v1/stop': (_, response) => {
      json(response, 202, { status: 'stopping' })
      network.stop()
    },
  }
}

const SNAPSHOT = /^\/v1\/snapshots\/([^/]+)$/
const SERVICE_ACTION = /^\/v1\/services\/([^/]+)\/(start|stop|restart)$/

async function handle(
  network: Controllable,
  open: Open,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://control')
  const handler = routes(network, open)[`${request.method} ${url.pathname}`]
  if (handler) return await handler(request, response, url)
  const [, snapshot] = SNAPSHOT.exec(url.pathname) ?? []
  if (request.method === 'POST' && snapshot) {
    return json(response, 200, await network.saveSnapshot(decodeURIComponent(snapshot)))
  }
  if (request.method === 'DELETE' && snapshot) {
    await network.removeSnapshot(decodeURIComponent(snapshot))
    return json(response, 200, {})
  }
  const [, name, action] = SERVICE_ACTION.exec(url.pathname) ?? []
  if (request.method === 'POST' && name && action) {
    await network.serviceAction(decodeURIComponent(name), action as 'start' | 'stop' | 'restart')
    return json(response, 200, network.report())
  }
  json(response, 404, { error: 'no such path' })
}

/**
 * Serves the control API on a Unix socket that only this user can reach (directory 0700, socket 0600):
 * `GET /v1/status`, `GET /v1/events` (SSE), `GET /v1/logs[?services=a,b&tail=N&follow=1]`, `GET /ready` (200 or 503),
 * `POST /v1/stop`, `POST /v1/services/NAME/{start,stop,restart}`, `POST` and `DELETE /v1/snapshots/NAME`. Errors are `{error: SerializedOgError}`.
 */
export async function startControlServer(
  network: Controllable,
  paths: { socketDir: string; socket: string },
): Promise<{ close: () => Promise<void> }> {
  await mkdir(paths.socketDir, { recursive: true, mode: 0o700 })
  await requireOwnSocketDir(paths.socketDir)
  await chmod(paths.socketDir, 0o700)
  await rm(paths.socket, { force: true })
  const streams = new Set<EventStream>()
  const open: Open = (response) => {
    const stream = new EventStream(response)
    streams.add(stream)
    stream.onClose(() => streams.delete(stream))
    return stream
  }
  const server = createServer((request, response) => {
    handle(network, open, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy()
      else json(response, 400, { error: toOgError(error).toJSON() })
    })
  })
  await listen(server, paths.socket)
  await chmod(paths.socket, 0o600)
  return {
    close: async () => {
      const late = new Promise((resolve) => setTimeout(resolve, LAST_EVENTS_MS).unref())
      await Promise.race([Promise.all([...streams].map((stream) => stream.end())), late])
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await rm(paths.socketDir, { recursive: true, force: true })
    },
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
