import { isOgError, ogError } from '../errors/og-error.ts'
import { bringDown } from './bring-down.ts'
import type { DaemonRequest } from './daemon-messages.ts'
import { devnetPaths } from './devnet-paths.ts'
import { inspectDevnet } from './inspect-devnet.ts'
import { type LaunchedDaemon, launchDaemon } from './launch-daemon.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './manifest-store.ts'
import type { NetworkEvent, NetworkReport } from './network-status.ts'
import { prepareRoot } from './prepare-root.ts'

const POLL_MS = 50

export type UpOptions = {
  /** absolute path of the daemon's script */
  entry: string
  request: DaemonRequest
  /** stop a running network first */
  restart?: boolean
  /** throws when the start that follows could not succeed: the running network is then left as it is */
  beforeRestart?: () => Promise<void>
  signal?: AbortSignal | undefined
  onEvent?: ((event: NetworkEvent) => void) | undefined
}

export type UpResult = {
  isAlreadyRunning: boolean
  report: NetworkReport
  manifest: Manifest
  /** present when this call started the network in the foreground */
  daemon?: LaunchedDaemon
}

/**
 * Starts a devnet and resolves when every service answered its probe. A network that runs already, or that another command is
 * starting just now, is a success too. Aborting undoes the start.
 * @throws what launchDaemon and prepareRoot throw; START_TIMEOUT when another command's start does not end in time
 */
export async function bringUp(options: UpOptions): Promise<UpResult> {
  const { entry, request, signal, onEvent } = options
  const { root } = request
  if (options.restart) {
    await options.beforeRestart?.()
    await bringDown({ root })
  }
  const running = await ready(root)
  if (running) return running
  await prepareRoot(root)
  const deadlineMs = performance.now() + request.timeoutMs
  for (;;) {
    try {
      const daemon = await launchDaemon({ entry, request, signal, onEvent })
      const manifest = await requireManifest(root)
      const result = { isAlreadyRunning: false, report: daemon.report, manifest }
      return request.foreground ? { ...result, daemon } : result
    } catch (error) {
      if (!isOgError(error) || error.code !== 'STATE_LOCKED') throw error
      // Somebody else is starting or stopping it: wait for the outcome, and try again if it is not a running network.
      const outcome = await otherStart(root, deadlineMs, signal)
      if (outcome === 'late') throw error
      if (outcome !== 'gone') return outcome
    }
  }
}

async function requireManifest(root: string): Promise<Manifest> {
  const path = devnetPaths(root).manifest
  const manifest = await readManifest(path)
  if (!manifest) throw ogError('STATE_DAMAGED', { path, reason: 'it disappeared' })
  return manifest
}

async function ready(root: string): Promise<UpResult | undefined> {
  const found = await inspectDevnet(root)
  if (found.state !== 'running' || !found.manifest?.live) return undefined
  const { status } = found.report
  if (status !== 'ready' && status !== 'degraded') return undefined
  return { isAlreadyRunning: true, report: found.report, manifest: found.manifest }
}

async function otherStart(
  root: string,
  deadlineMs: number,
  signal: AbortSignal | undefined,
): Promise<UpResult | 'gone' | 'late'> {
  while (performance.now() < deadlineMs) {
    signal?.throwIfAborted()
    const found = await inspectDevnet(root).catch(() => undefined)
    if (found && found.state !== 'running') return 'gone'
    const running = await ready(root).catch(() => undefined)
    if (running) return running
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
  return 'late'
}
