import { existsSync } from 'node:fs'
import { ogError } from '../../errors/og-error.ts'
import { ControlClient } from '../../runtime/control-client.ts'
import { devnetPaths } from '../../runtime/devnet-paths.ts'
import { devnetRoot } from '../../runtime/find-devnet.ts'
import { liveDaemon } from '../../runtime/inspect-devnet.ts'
import type { LogLevel, LogRecord } from '../../runtime/log-record.ts'
import { type LogFilter, loggedServices, matchesFilter, readLogs } from '../../runtime/read-logs.ts'
import type { Sink } from '../sink.ts'
import type { JsonValue } from '../to-json.ts'
import { logLine } from './log-text.ts'

export type ShowLogsOptions = {
  devnet: string | undefined
  services: readonly string[]
  follow: boolean
  sinceMs: number | undefined
  grep: string | undefined
  level: LogLevel | undefined
  tail: number
  signal: AbortSignal
  /** where lines go as they come; without it the records are only returned */
  sink: Sink | undefined
}

function toRegExp(text: string): RegExp {
  try {
    return new RegExp(text)
  } catch (error) {
    throw ogError('FLAG_INVALID', { reason: (error as Error).message, command: 'devnet logs' }, { cause: error })
  }
}

/**
 * Shows logs of a devnet: from its files, or with `follow` from the memory of its daemon and then live.
 * @throws NOT_RUNNING (no devnet; with follow: none that runs), UNKNOWN_SERVICE, FLAG_INVALID (regular expression)
 */
export async function showLogs(options: ShowLogsOptions): Promise<{ records: LogRecord[]; isShown: boolean }> {
  const { services, sinceMs, level, tail, signal, sink } = options
  const root = devnetRoot({ devnet: options.devnet })
  const paths = devnetPaths(root)
  if (!existsSync(paths.logs)) throw ogError('NOT_RUNNING', { path: root })
  const known = await loggedServices(paths.logs)
  const unknown = services.find((name) => !known.includes(name))
  if (unknown !== undefined) throw ogError('UNKNOWN_SERVICE', { name: unknown, known: known.join(', ') })
  const filter: LogFilter = { services, sinceMs, level, grep: options.grep ? toRegExp(options.grep) : undefined }
  const width = Math.max(0, ...(services.length > 0 ? services : known).map((name) => name.length))
  const show = (record: LogRecord) =>
    sink?.emit({ type: 'output', chunk: `${logLine(record, width)}\n`, data: record as Record<string, JsonValue> })
  const records = options.follow ? [] : await readLogs(paths.logs, filter, tail)
  for (const record of records) show(record)
  if (options.follow) {
    if (!(await liveDaemon(root))) throw ogError('NOT_RUNNING', { path: root })
    const client = new ControlClient(paths.socket)
    for await (const record of client.followLogs({ services, tail, signal })) {
      if (matchesFilter(record, filter)) show(record)
    }
  }
  return { records, isShown: sink !== undefined }
}
