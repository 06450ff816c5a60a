import { basename } from 'node:path'
import { bringUp, type UpResult } from '../../runtime/bring-up.ts'
import { DEFAULT_DEVNET } from '../../runtime/devnet-paths.ts'
import { devnetRoot } from '../../runtime/find-devnet.ts'
import { daemonEntry } from '../../topology/daemon-entry.ts'
import type { TopologySettings } from '../../topology/topology-settings.ts'
import type { Sink } from '../sink.ts'
import { startProgress } from './start-progress.ts'

export type StartOptions = {
  devnet?: string | undefined
  version: string
  foreground: boolean
  strictPorts: boolean
  timeoutMs: number
  restart: boolean
  logLevel: string
  /** what this start changes; everything else is as the network remembers it */
  settings?: Partial<TopologySettings>
  signal: AbortSignal
  sink: Sink
  /** timestamped lines instead of steps */
  plain: boolean
}

/** Starts the default topology in the devnet the selector means, showing progress. Throws what bringUp throws. */
export async function startDevnet(options: StartOptions): Promise<UpResult> {
  const root = devnetRoot({ devnet: options.devnet })
  return await bringUp({
    entry: daemonEntry(),
    restart: options.restart,
    signal: options.signal,
    onEvent: startProgress(options.sink, { plain: options.plain }),
    request: {
      root,
      name: basename(root) || DEFAULT_DEVNET,
      version: options.version,
      foreground: options.foreground,
      host: '127.0.0.1',
      strictPorts: options.strictPorts,
      timeoutMs: options.timeoutMs,
      logLevel: options.logLevel,
      settings: options.settings ?? {},
    },
  })
}
