import type { SerializedOgError } from '../errors/og-error.ts'
import type { NetworkEvent, NetworkReport } from './network-status.ts'

/** What the CLI asks a fresh daemon to do. */
export type DaemonRequest = {
  root: string
  name: string
  /** version of 0g, recorded in the manifest */
  version: string
  /** the network ends when the CLI does */
  foreground: boolean
  host: string
  strictPorts: boolean
  timeoutMs: number
  logLevel: string
  /** options of the topology; what is left out keeps its remembered value */
  settings: Record<string, unknown>
}

/**
 * The start handshake over the daemon's IPC channel. After `started` a detached daemon is told to `detach` and the channel is
 * closed; from then on everything goes over the control socket. A foreground daemon keeps the channel: its loss stops the network.
 */
export type MessageToDaemon = { type: 'start'; request: DaemonRequest } | { type: 'stop' } | { type: 'detach' }

export type MessageFromDaemon =
  | { type: 'event'; event: NetworkEvent }
  | { type: 'started'; report: NetworkReport }
  | { type: 'failed'; error: SerializedOgError }
