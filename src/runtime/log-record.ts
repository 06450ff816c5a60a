const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

export type LogLevel = (typeof LOG_LEVELS)[number]

/** One line of a service's log, as stored in `logs/<service>.ndjson` and sent to followers. Further fields are the service's own. */
export type LogRecord = {
  /** ISO 8601, UTC */
  time: string
  level: LogLevel
  svc: string
  msg: string
  [field: string]: unknown
}

/** Lines longer than this are cut: one runaway line must not fill the ring buffer. */
const MAX_LINE_CHARS = 64 * 1024

const isLevel = (value: unknown): value is LogLevel => LOG_LEVELS.includes(value as LogLevel)

function tryObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const value: unknown = JSON.parse(line)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}

/**
 * Turns one line of a child's output into a record. Structured lines keep their fields; anything else becomes the message,
 * at level `info` from stdout and `error` from stderr (where Node prints what kills a process).
 */
export function parseLogLine(svc: string, line: string, stream: 'stdout' | 'stderr', now: () => Date): LogRecord {
  const text = line.length > MAX_LINE_CHARS ? `${line.slice(0, MAX_LINE_CHARS)}…` : line
  const fields = tryObject(text)
  const fallback = stream === 'stderr' ? 'error' : 'info'
  if (!fields) return { time: now().toISOString(), level: fallback, svc, msg: text }
  const { time, level, msg, ...rest } = fields
  return {
    time: typeof time === 'string' && !Number.isNaN(Date.parse(time)) ? time : now().toISOString(),
    level: isLevel(level) ? level : fallback,
    msg: typeof msg === 'string' ? msg : '',
    ...rest,
    svc,
  }
}

/** True when `record` is at least as severe as `level`. */
export function isAtLeast(record: LogRecord, level: LogLevel): boolean {
  return LOG_LEVELS.indexOf(record.level) >= LOG_LEVELS.indexOf(level)
}
