import type { LogRecord } from '../../runtime/log-record.ts'

const HIDDEN = new Set(['time', 'level', 'svc', 'msg', 'by', 'pid', 'hostname'])

/** Fields beside the message as `key=value`, errors by their message only: the stack is in the file. */
function fieldsOf(record: LogRecord): string {
  return Object.entries(record)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => {
      const error = value as { message?: unknown } | null
      if (key === 'err' && typeof error?.message === 'string') return `err=${JSON.stringify(error.message)}`
      return `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`
    })
    .join(' ')
}

/** Local time of day with milliseconds. */
function clock(time: string): string {
  const date = new Date(time)
  return `${date.toTimeString().slice(0, 8)}.${String(date.getMilliseconds()).padStart(3, '0')}`
}

/** One log record as a line: local time, service, level, message, fields. */
export function logLine(record: LogRecord, serviceWidth: number): string {
  const head = `${clock(record.time)} ${record.svc.padEnd(serviceWidth)} ${record.level.padEnd(5)}`
  return [head, record.msg, fieldsOf(record)].filter((part) => part !== '').join(' ')
}
