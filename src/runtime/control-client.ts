import { request as httpRequest, type IncomingMessage } from 'node:http'
import { dirname } from 'node:path'
import { fromSerialized, ogError, type SerializedOgError } from '../errors/og-error.ts'
import { readEvents } from './event-stream.ts'
import type { LogRecord } from './log-record.ts'
import type { NetworkEvent, NetworkReport } from './network-status.ts'
import type { SnapshotEntry } from './snapshot/snapshot-store.ts'
import { requireOwnSocketDir } from './socket-dir.ts'

const ANSWER_TIMEOUT_MS = 10_000
/** a snapshot takes as long as its files do */
const SNAPSHOT_TIMEOUT_MS = 600_000

/** The other end of {@link startControlServer}: what the CLI and tests use to talk to a running network. */
export class ControlClient {
  readonly #socket: string

  constructor(socket: string) {
    this.#socket = socket
  }

  /** @throws NETWORK_UNREACHABLE when no daemon answers on the socket */
  status(): Promise<NetworkReport> {
    return this.#json<NetworkReport>('GET', '/v1/status')
  }

  /** Asks the daemon to stop the network and returns at once; the daemon exits when nothing is left. */
  async stop(): Promise<void> {
    await this.#json('POST', '/v1/stop')
  }

  /** @throws UNKNOWN_SERVICE */
  service(name: string, action: 'start' | 'stop' | 'restart'): Promise<NetworkReport> {
    return this.#json<NetworkReport>('POST', `/v1/services/${encodeURIComponent(name)}/${action}`)
  }

  /** @throws SNAPSHOT_EXISTS, SNAPSHOT_NOT_STILL, DISK_FULL */
  saveSnapshot(name: string): Promise<SnapshotEntry> {
    return this.#json<SnapshotEntry>('POST', `/v1/snapshots/${encodeURIComponent(name)}`, SNAPSHOT_TIMEOUT_MS)
  }

  /** @throws SNAPSHOT_UNKNOWN */
  async removeSnapshot(name: string): Promise<void> {
    await this.#json('DELETE', `/v1/snapshots/${encodeURIComponent(name)}`, SNAPSHOT_TIMEOUT_MS)
  }

  /** The state of every service now, then every change, until the network stops or `signal` aborts. */
  events(signal?: AbortSignal): AsyncGenerator<NetworkEvent> {
    return this.#stream<NetworkEvent>('/v1/events', signal)
  }

  /** The newest `tail` log records (default: all that are in memory), then each new one. */
  followLogs(
    options: { services?: readonly string[]; tail?: number; signal?: AbortSignal } = {},
  ): AsyncGenerator<LogRecord> {
    const query = new URLSearchParams({ follow: '1' })
    if (options.services?.length) query.set('services', options.services.join(','))
    if (options.tail !== undefined) query.set('tail', String(options.tail))
    return this.#stream<LogRecord>(`/v1/logs?${query}`, options.signal)
  }

  async *#stream<T>(path: string, signal?: AbortSignal): AsyncGenerator<T> {
    let response: IncomingMessage | undefined
    try {
      response = await this.#open('GET', path, signal)
      for await (const value of readEvents(response)) yield value as T
    } catch (error) {
      // The end of a stream is the end of the network or of the viewer's interest; both are ordinary.
      if (!signal?.aborted && (error as NodeJS.ErrnoException).code !== 'ECONNRESET') throw error
    } finally {
      response?.destroy()
    }
  }

  async #json<T>(method: string, path: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<T> {
    const response = await this.#open(method, path, AbortSignal.timeout(timeoutMs))
    let text = ''
    for await (const chunk of response.setEncoding('utf8')) text += chunk
    const value = JSON.parse(text) as T & { error?: SerializedOgError }
    if (response.statusCode !== undefined && response.statusCode >= 400 && value.error)
      throw fromSerialized(value.error)
    return value
  }

  async #open(method: string, path: string, signal?: AbortSignal): Promise<IncomingMessage> {
    await requireOwnSocketDir(dirname(this.#socket))
    return await new Promise((resolve, reject) => {
      const request = httpRequest({ socketPath: this.#socket, method, path, ...(signal ? { signal } : {}) }, resolve)
      request.on('error', (error: NodeJS.ErrnoException) => {
        const reason = error.code ?? error.message
        reject(ogError('NETWORK_UNREACHABLE', { url: this.#socket, reason }, { cause: error }))
      })
      request.end()
    })
  }
}
