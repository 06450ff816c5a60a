import type { SerializedOgError } from '../../errors/og-error.ts'
import type { Endpoints } from './service.ts'

/**
 * The whole conversation between the supervisor and one child, over the IPC channel that `fork` opens.
 *
 * ```
 * supervisor → child   start   once, at once after the fork: everything the child needs to know
 *                      peer    each time another service became ready: its endpoints
 *                      hold    stand still for a snapshot
 *                      release go on
 *                      stop    finish what is in hand, then exit
 * child → supervisor   ready   the service listens; the endpoints carry the ports it really got
 *                      held    it stands still: what it has to say about the moment
 *                      failed  it could not start, or died of an exception: why
 * ```
 * Losing the channel means the supervisor is gone: the child stops by itself, so that `kill -9` of the supervisor leaves no process.
 */
export type StartMessage = {
  type: 'start'
  name: string
  config: unknown
  dataDir: string
  host: string
  /** endpoint name → port to prefer (0 = any) */
  ports: Record<string, number>
  /** a taken port is an error instead of a reason to choose another one */
  strictPorts: boolean
  logLevel: string
}

type PeerMessage = { type: 'peer'; name: string; endpoints: Endpoints }

type StopMessage = { type: 'stop' }

type HoldMessage = { type: 'hold'; id: number }

type ReleaseMessage = { type: 'release' }

export type MessageToChild = StartMessage | PeerMessage | HoldMessage | ReleaseMessage | StopMessage

type ReadyMessage = { type: 'ready'; endpoints: Endpoints }

type FailedMessage = { type: 'failed'; error: SerializedOgError }

type HeldMessage = { type: 'held'; id: number; state: Record<string, unknown> }

export type MessageFromChild = ReadyMessage | HeldMessage | FailedMessage

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Narrows what arrived from a child; undefined for anything that is not of this protocol (a child may be any program). */
export function parseMessageFromChild(value: unknown): MessageFromChild | undefined {
  if (!isRecord(value)) return undefined
  if (value['type'] === 'ready') {
    const endpoints = value['endpoints']
    if (!isRecord(endpoints) || !Object.values(endpoints).every((url) => typeof url === 'string')) return undefined
    return { type: 'ready', endpoints: endpoints as Endpoints }
  }
  if (value['type'] === 'held') {
    const { id, state } = value
    return typeof id === 'number' && isRecord(state) ? { type: 'held', id, state } : undefined
  }
  if (value['type'] === 'failed') {
    const error = value['error']
    if (!isRecord(error) || typeof error['code'] !== 'string' || typeof error['message'] !== 'string') return undefined
    return { type: 'failed', error: error as SerializedOgError }
  }
  return undefined
}
