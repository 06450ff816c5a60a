import { basename } from 'node:path'
import { devnetPaths } from '../../runtime/devnet-paths.ts'
import type { DevnetState } from '../../runtime/inspect-devnet.ts'
import type { Manifest } from '../../runtime/manifest.ts'
import type { ServiceSnapshot } from '../../runtime/service-snapshot.ts'

export type ServiceSummary = Pick<ServiceSnapshot, 'name' | 'kind' | 'status' | 'pid' | 'endpoints' | 'logFile'> & {
  shard: string | null
  restarts: number
  readyInMs: number | null
  uptimeMs: number | null
  memoryBytes: number | null
  lastError: { code: string; message: string } | null
}

/** A devnet as `up`, `status` and `list` report it. */
export type DevnetSummary = {
  name: string
  id: string
  /** starting, ready, degraded and stopping come from a live daemon; crashed and stopped are what is left on disk */
  status: 'starting' | 'ready' | 'degraded' | 'stopping' | 'stopped' | 'crashed'
  root: string
  manifest: string
  /** state survives `down` */
  isPersistent: boolean
  version: string
  chain: Manifest['chain'] | null
  pid: number | null
  socket: string | null
  since: string | null
  /** last sign of life of a crashed network */
  lastSeen: string | null
  services: ServiceSummary[]
}

function fromManifest(manifest: Manifest): ServiceSummary[] {
  return manifest.services.map((service) => ({
    name: service.name,
    kind: service.kind,
    shard: service.shard ?? null,
    status: 'stopped',
    pid: null,
    endpoints: service.endpoints,
    logFile: service.logFile,
    restarts: 0,
    readyInMs: null,
    uptimeMs: null,
    memoryBytes: null,
    lastError: null,
  }))
}

/** Puts together what a daemon reports and what the manifest records. */
export function summarize(found: Exclude<DevnetState, { state: 'absent' }>): DevnetSummary {
  const { root, manifest } = found
  const paths = devnetPaths(root)
  const common = {
    root,
    manifest: paths.manifest,
    isPersistent: true,
    chain: manifest?.chain ?? null,
    name: manifest?.name ?? basename(root),
    id: manifest?.id ?? '',
    version: manifest?.version ?? '',
  }
  if (found.state !== 'running') {
    return {
      ...common,
      status: found.state,
      pid: null,
      socket: null,
      since: null,
      lastSeen: found.state === 'crashed' ? found.lastSeen : null,
      services: fromManifest(found.manifest),
    }
  }
  const { report } = found
  return {
    ...common,
    name: report.name,
    id: report.id,
    version: report.version,
    status: report.status,
    pid: report.pid,
    socket: report.socket,
    since: report.since,
    lastSeen: null,
    services: report.services.map((service) => ({
      name: service.name,
      kind: service.kind,
      shard: service.shard ?? null,
      status: service.status,
      pid: service.pid,
      endpoints: service.endpoints,
      logFile: service.logFile,
      restarts: service.restarts,
      readyInMs: service.readyInMs,
      uptimeMs: service.uptimeMs,
      memoryBytes: service.memoryBytes,
      lastError: service.lastError,
    })),
  }
}
