import { basename } from 'node:path'
import { bringUp, type UpResult } from '../../runtime/bring-up.ts'
import { DEFAULT_DEVNET, devnetPaths } from '../../runtime/devnet-paths.ts'
import { devnetRoot } from '../../runtime/find-devnet.ts'
import { readManifest } from '../../runtime/manifest-store.ts'
import { requireSamePlan } from '../../runtime/same-plan.ts'
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
  const settings = options.settings ?? {}
  return await bringUp({
    entry: daemonEntry(),
    restart: options.restart,
    beforeRestart: () => requireContinuable(root, settings),
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
      settings,
    },
  })
}

/** The running network is stopped only when it can start again with these settings. @throws what requireSamePlan throws */
async function requireContinuable(root: string, settings: Partial<TopologySettings>): Promise<void> {
  const path = devnetPaths(root).manifest
  const previous = await readManifest(path)
  const { defaultTopology } = await import('../../topology/default-topology.ts')
  requireSamePlan(path, previous, await defaultTopology({ ...previous?.settings, ...settings }))
}
