import { join } from 'node:path'
import { LogFile } from './log-file.ts'
import { type LogRecord, parseLogLine } from './log-record.ts'
import { RingBuffer } from './ring-buffer.ts'

const RING_SIZE = 2_000

type ServiceLog = { file: LogFile; ring: RingBuffer<LogRecord>; partial: Record<'stdout' | 'stderr', string> }

/** Logs of all services: one file and one ring buffer each, and a fan-out to whoever follows. */
export class LogStore {
  readonly #folder: string
  readonly #services = new Map<string, ServiceLog>()
  readonly #followers = new Set<(record: LogRecord) => void>()
  readonly #now: () => Date

  constructor(folder: string, now: () => Date = () => new Date()) {
    this.#folder = folder
    this.#now = now
  }

  pathOf(service: string): string {
    return this.#of(service).file.path
  }

  /** Takes a chunk of a child's output as it arrives; lines that are not complete yet wait for their end. */
  write(service: string, stream: 'stdout' | 'stderr', chunk: string): void {
    const log = this.#of(service)
    const lines = (log.partial[stream] + chunk).split('\n')
    log.partial[stream] = lines.pop() ?? ''
    this.#record(
      log,
      lines.filter((line) => line !== '').map((line) => parseLogLine(service, line, stream, this.#now)),
    )
  }

  /** Records what was said last without a line end; call it when the process is gone. */
  flush(service: string): void {
    const log = this.#of(service)
    for (const stream of ['stdout', 'stderr'] as const) {
      if (log.partial[stream] !== '') this.write(service, stream, '\n')
    }
  }

  /** A line of the supervisor itself about a service. */
  note(service: string, level: LogRecord['level'], msg: string): void {
    this.#record(this.#of(service), [{ time: this.#now().toISOString(), level, svc: service, msg, by: 'supervisor' }])
  }

  /** The newest `count` records of one service, oldest first. */
  tail(service: string, count: number): LogRecord[] {
    return this.#of(service).ring.newest(count)
  }

  /** What the ring buffers hold of some services (default: all), in order of time. */
  history(services?: readonly string[]): LogRecord[] {
    const names = services ?? [...this.#services.keys()]
    return names
      .flatMap((name) => this.#of(name).ring.newest(RING_SIZE))
      .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
  }

  /** Calls `listener` for every new record until the returned function is called. */
  follow(listener: (record: LogRecord) => void): () => void {
    this.#followers.add(listener)
    return () => this.#followers.delete(listener)
  }

  close(): void {
    for (const log of this.#services.values()) log.file.close()
  }

  #record(log: ServiceLog, records: LogRecord[]): void {
    if (records.length === 0) return
    log.file.append(records.map((record) => `${JSON.stringify(record)}\n`).join(''))
    for (const record of records) {
      log.ring.push(record)
      for (const follower of this.#followers) follower(record)
    }
  }

  #of(service: string): ServiceLog {
    const known = this.#services.get(service)
    if (known) return known
    const log: ServiceLog = {
      file: new LogFile(join(this.#folder, `${service}.ndjson`)),
      ring: new RingBuffer(RING_SIZE),
      partial: { stdout: '', stderr: '' },
    }
    this.#services.set(service, log)
    return log
  }
}
