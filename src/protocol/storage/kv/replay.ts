import type { Hex } from '../units.ts'
import { hasAccount } from './access-ops.ts'
import { type AccessControl, decodeStreamData, type StreamData } from './stream-data.ts'
import { rightOf, type StreamState } from './stream-state.ts'

/** A submission that names streams, as its turn comes. */
export type StreamTransaction = {
  txSeq: number
  /** who signed the transaction, lower case */
  sender: Hex
  /** the streams its tags name */
  streamIds: readonly Hex[]
}

export const COMMIT = 'Commit'
const MAX_SHOWN_KEY = 32

type Change = { streamId: Hex; op: AccessControl['op']; account: Hex; key: Uint8Array | undefined }

/** True when nothing in the file could be allowed: its data need not be waited for (0G storage spec §8.3). */
export function isHopeless(state: StreamState, { sender, streamIds }: StreamTransaction): boolean {
  return streamIds.every((streamId) => !state.canWriteToStream(sender, streamId))
}

export const NO_WRITE_PERMISSION = 'SenderNoWritePermission'

/** The result of a file that cannot be parsed. */
export function parseFailure(problem: string): string {
  return `DataParseError: ${problem}`
}

/**
 * Carries out one KV file, wholly or not at all, and returns its result as `kv_getTransactionResult` tells it: `Commit`, or why
 * it was refused (0G storage spec §8.3). Every stream is monitored here, so reads may name any.
 */
export function replay(state: StreamState, transaction: StreamTransaction, bytes: Uint8Array): string {
  const decoded = decodeStreamData(bytes)
  if ('problem' in decoded) return parseFailure(decoded.problem)
  const data = decoded.value
  const refusal =
    versionRefusal(state, data.version, data.reads) ??
    writeRefusal(state, transaction, data) ??
    accessRefusal(state, transaction, data.accessControls)
  if (refusal !== undefined) return refusal
  const { txSeq } = transaction
  for (const { streamId, key, data: value } of data.writes) {
    const place = { offset: value.byteOffset - bytes.byteOffset, sizeBytes: value.length }
    state.write(streamId, key, { version: txSeq, value: place })
  }
  for (const change of changesOf(state, transaction, data.accessControls)) {
    state.changeAccess(change.streamId, change, txSeq)
  }
  return COMMIT
}

function versionRefusal(
  state: StreamState,
  version: bigint,
  keys: readonly { streamId: Hex; key: Uint8Array }[],
): string | undefined {
  const isNewer = keys.some(({ streamId, key }) => BigInt(state.versionOf(streamId, key)) > version)
  return isNewer ? 'VersionConfliction' : undefined
}

function writeRefusal(state: StreamState, transaction: StreamTransaction, data: StreamData): string | undefined {
  for (const write of data.writes) {
    const { streamId, key } = write
    if (!transaction.streamIds.includes(streamId)) return 'TagsMismatch'
    const conflict = versionRefusal(state, data.version, [write])
    if (conflict !== undefined) return conflict
    if (!state.hasWritePermission(transaction.sender, streamId, key)) {
      return `WritePermissionDenied: stream: ${streamId}, key: ${shownKey(key)}`
    }
  }
  return undefined
}

function accessRefusal(
  state: StreamState,
  { sender, streamIds }: StreamTransaction,
  controls: readonly AccessControl[],
): string | undefined {
  for (const control of controls) {
    const { op, streamId, key, account = sender } = control
    if (!streamIds.includes(streamId)) return 'TagsMismatch'
    if (isAllowed(state, sender, control)) continue
    const named = key ? shownKey(key) : 'NONE'
    return `AccessControlPermissionDenied: operation: ${op}, stream: ${streamId}, key: ${named}, account: ${account}`
  }
  return undefined
}

/** The first transaction on a stream makes its sender admin, and counts as admin itself. */
function isAllowed(state: StreamState, sender: Hex, { op, streamId, key }: AccessControl): boolean {
  if (op.startsWith('RENOUNCE_') || state.isNew(streamId) || state.isAdmin(sender, streamId)) return true
  if (op === 'GRANT_WRITER_ROLE') return state.isWriterOfStream(sender, streamId)
  return op === 'GRANT_SPECIAL_WRITER_ROLE' && key !== undefined && state.isWriterOfKey(sender, streamId, key)
}

/** What a transaction changes about rights: of changes of the same right only the last one is carried out. */
function changesOf(
  state: StreamState,
  { sender, streamIds }: StreamTransaction,
  controls: readonly AccessControl[],
): Change[] {
  const changes = new Map<string, Change>()
  const put = (change: Change): void => void changes.set(`${change.streamId}/${rightOf(change)}`, change)
  for (const streamId of streamIds) {
    if (state.isNew(streamId)) put({ streamId, op: 'GRANT_ADMIN_ROLE', account: sender, key: undefined })
  }
  for (const { op, streamId, key, account } of controls) {
    if (op === 'GRANT_ADMIN_ROLE' && account === sender) continue
    put({ streamId, op, account: hasAccount(op) && account ? account : sender, key })
  }
  return [...changes.values()]
}

/** A key as the messages show it: its text, cut short, or UNKNOWN when it is none. */
function shownKey(key: Uint8Array): string {
  try {
    return [...new TextDecoder('utf-8', { fatal: true }).decode(key)].slice(0, MAX_SHOWN_KEY).join('')
  } catch {
    return 'UNKNOWN'
  }
}
