import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { rotatedPaths } from './log-file.ts'
import { isAtLeast, type LogLevel, type LogRecord } from './log-record.ts'

export type LogFilter = {
  services?: readonly string[] | undefined
  /** records of this time and later, ms since 1970 */
  sinceMs?: number | undefined
  level?: LogLevel | undefined
  /** tested against the message and the rest of the record as JSON */
  grep?: RegExp | undefined
}

/** Whether a record passes every given part of the filter. */
export function matchesFilter(record: LogRecord, filter: LogFilter): boolean {
  if (filter.services?.length && !filter.services.includes(record.svc)) return false
  if (filter.sinceMs !== undefined && Date.parse(record.time) < filter.sinceMs) return false
  if (filter.level && !isAtLeast(record, filter.level)) return false
  return !filter.grep || filter.grep.test(record.msg) || filter.grep.test(JSON.stringify(record))
}

/** Names of the services that have a log in `folder`. */
export async function loggedServices(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => [])
  return [...new Set(names.flatMap((name) => /^(.+?)\.ndjson(?:\.\d+)?$/.exec(name)?.[1] ?? []))].sort()
}

async function* recordsOf(path: string): AsyncGenerator<LogRecord> {
  const stream = createReadStream(path, { encoding: 'utf8' })
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })) {
      const record = parseRecord(line)
      if (record) yield record
    }
  } catch (error) {
    // A generation that was rotated away or never existed.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  } finally {
    stream.destroy()
  }
}

/** A line that was cut short by a crash of the daemon or a full disk is left out. */
function parseRecord(line: string): LogRecord | undefined {
  try {
    return line === '' ? undefined : (JSON.parse(line) as LogRecord)
  } catch {
    return undefined
  }
}

/** The newest `limit` matching records of the files in `folder`, in order of time; works whether the network runs or not. */
export async function readLogs(folder: string, filter: LogFilter, limit: number): Promise<LogRecord[]> {
  const known = await loggedServices(folder)
  const services = filter.services?.length ? known.filter((name) => filter.services?.includes(name)) : known
  const found: LogRecord[] = []
  for (const service of services) {
    const kept: LogRecord[] = []
    for (const path of rotatedPaths(join(folder, `${service}.ndjson`))) {
      for await (const record of recordsOf(path)) {
        if (!matchesFilter(record, filter)) continue
        kept.push(record)
        if (kept.length > limit * 2) kept.splice(0, kept.length - limit)
      }
    }
    found.push(...kept.slice(-limit))
  }
  return found.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)).slice(-limit)
}
