import { ogError } from '../../errors/og-error.ts'
import { COMMIT } from '../../protocol/storage/kv/replay.ts'
import {
  type AccessControl,
  ANY_VERSION,
  encodeStreamData,
  isKeyLength,
  type StreamData,
} from '../../protocol/storage/kv/stream-data.ts'
import { encodeStreamTags } from '../../protocol/storage/kv/stream-tags.ts'
import type { KvPair, KvValue } from '../../protocol/storage/kv/wire.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import { createRpc, type RpcClient } from '../chain/rpc.ts'
import type { NetworkProfile } from '../profile.ts'
import { putBytes } from './put.ts'
import type { PutOptions, PutResult } from './put-sources.ts'

/** What one request may ask for of a value (0G storage spec §8.4). */
const PAGE_BYTES = 256 * 1024
const PAUSE_MS = 100
/** A write that waits for another's missing data is given up: its own data is stored, and replayed once the other is there. */
const REPLAY_TIMEOUT_MS = 60_000
/** A service that crashed is back within two seconds. */
const RETRY_FOR_MS = 2_500

/** A value as it was at a version; `version` is the sequence number of the submission that wrote it. */
export type StoredValue = { version: number; value: Uint8Array }

/** A stream id as typed by a person: 32 bytes of 0x hex, filled up with zeros on the left. @throws OgError KV_STREAM_INVALID */
export function parseStreamId(text: string): Hex {
  if (!/^0x[0-9a-fA-F]{1,64}$/.test(text)) throw ogError('KV_STREAM_INVALID', { stream: text })
  return `0x${text.slice(2).toLowerCase().padStart(64, '0')}`
}

/** The bytes of a key as typed by a person. @throws OgError KV_KEY_INVALID */
export function parseKey(text: string): Uint8Array {
  const key = new TextEncoder().encode(text)
  if (!isKeyLength(key.length)) throw ogError('KV_KEY_INVALID', { length: key.length })
  return key
}

/** The KV node of a network, or the one at `url`. @throws OgError KV_NODE_MISSING */
export function kvNodeOf(profile: NetworkProfile, url: string | undefined = profile.kv): RpcClient {
  if (!url) throw ogError('KV_NODE_MISSING', { network: profile.name })
  return createRpc(url, { retryForMs: RETRY_FOR_MS })
}

/**
 * Writes values to a stream in one submission and waits until the KV node has carried it out. An empty value deletes its key.
 * @throws OgError KV_REFUSED (version, tags or rights), TIMEOUT, and those of putBytes
 * @example await putValues(node, streamId, [{ key, value }], { profile, wallet })
 */
export async function putValues(
  node: RpcClient,
  streamId: Hex,
  entries: readonly { key: Uint8Array; value: Uint8Array }[],
  options: PutOptions,
): Promise<PutResult> {
  const writes = entries.map(({ key, value }) => ({ streamId, key, data: value }))
  return await writeStream(node, streamId, { writes, accessControls: [] }, options)
}

/** A change of rights on a stream (0G storage spec §8.2), as `changeAccess` takes it. */
export type AccessChange = Omit<AccessControl, 'streamId'>

/**
 * Changes rights on a stream, as putValues writes. Giving up a right that one does not have is no error.
 * @throws OgError as putValues
 */
export async function changeAccess(
  node: RpcClient,
  streamId: Hex,
  changes: readonly AccessChange[],
  options: PutOptions,
): Promise<PutResult> {
  const accessControls = changes.map((change) => ({ ...change, streamId }))
  return await writeStream(node, streamId, { writes: [], accessControls }, options)
}

/** What an account may do with a stream, and with a key of it when one is given. */
export type StreamRights = { isAdmin: boolean; isWriter: boolean; key: KeyRights | null }
/** `isSpecial`: only its own writers may write it */
type KeyRights = { isSpecial: boolean; isWriter: boolean; mayWrite: boolean }

/** @throws OgError NETWORK_UNREACHABLE, RPC_ERROR */
export async function readRights(
  node: RpcClient,
  streamId: Hex,
  who: { account: Hex; key?: Uint8Array | undefined; signal?: AbortSignal | undefined },
): Promise<StreamRights> {
  const { account, signal } = who
  const ask = (method: string, ...params: unknown[]) => node.request<boolean>(method, params, { signal })
  const [isAdmin, isWriter] = await Promise.all([
    ask('kv_isAdmin', account, streamId),
    ask('kv_isWriterOfStream', account, streamId),
  ])
  if (!who.key) return { isAdmin, isWriter, key: null }
  const key = Buffer.from(who.key).toString('base64')
  const [isSpecial, isWriterOfKey, mayWrite] = await Promise.all([
    ask('kv_isSpecialKey', streamId, key),
    ask('kv_isWriterOfKey', account, streamId, key),
    ask('kv_hasWritePermission', account, streamId, key),
  ])
  return { isAdmin, isWriter, key: { isSpecial, isWriter: isWriterOfKey, mayWrite } }
}

/** Stores a KV file and waits until the KV node has carried it out. */
async function writeStream(
  node: RpcClient,
  streamId: Hex,
  { writes, accessControls }: Pick<StreamData, 'writes' | 'accessControls'>,
  options: PutOptions,
): Promise<PutResult> {
  const bytes = encodeStreamData({ version: ANY_VERSION, reads: [], writes, accessControls })
  const stored = await putBytes(bytes, { ...options, tags: encodeStreamTags([streamId]) })
  const { txSeq } = stored
  const giveUpAt = Date.now() + REPLAY_TIMEOUT_MS
  for (;;) {
    options.signal?.throwIfAborted()
    const result = await node.request<string | null>('kv_getTransactionResult', [txSeq], { signal: options.signal })
    if (result === COMMIT) return stored
    if (result !== null) throw ogError('KV_REFUSED', { txSeq, reason: result })
    if (Date.now() >= giveUpAt) {
      throw ogError('TIMEOUT', { what: `the KV node replaying write ${txSeq}`, timeoutMs: REPLAY_TIMEOUT_MS })
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
  }
}

/**
 * Reads a key, at a version when one is given: what was written by that submission or before it.
 * @throws OgError KV_KEY_UNKNOWN when it was not written or is deleted
 */
export async function getValue(
  node: RpcClient,
  streamId: Hex,
  key: Uint8Array,
  options: { version?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<StoredValue> {
  const { signal } = options
  const keyText = Buffer.from(key).toString('base64')
  const read = (start: number, version?: number): Promise<KvValue> => {
    const params = [streamId, keyText, start, PAGE_BYTES, ...(version === undefined ? [] : [version])]
    return node.request<KvValue>('kv_getValue', params, { signal })
  }
  const first = await read(0, options.version)
  if (first.size === 0) throw ogError('KV_KEY_UNKNOWN', { stream: streamId, key: new TextDecoder().decode(key) })
  const parts = [Buffer.from(first.data, 'base64')]
  // The rest is read at the version of the first part, so that a write in between does not mix two values.
  for (let done = parts[0]?.length ?? 0; done < first.size; done += parts.at(-1)?.length ?? 0) {
    const next = Buffer.from((await read(done, first.version)).data, 'base64')
    if (next.length === 0) throw ogError('RPC_ERROR', { method: 'kv_getValue', reason: 'the value ends too early' })
    parts.push(next)
  }
  return { version: first.version, value: Buffer.concat(parts) }
}

/** Every key of a stream that is not deleted, in order, with its version and size; no values. */
export async function* listKeys(
  node: RpcClient,
  streamId: Hex,
  signal?: AbortSignal,
): AsyncGenerator<{ key: Uint8Array; version: number; sizeBytes: number }> {
  let pair = await node.request<KvPair | null>('kv_getFirst', [streamId, 0, 0], { signal })
  while (pair) {
    yield { key: Buffer.from(pair.key, 'base64'), version: pair.version, sizeBytes: pair.size }
    pair = await node.request<KvPair | null>('kv_getNext', [streamId, pair.key, 0, 0, false], { signal })
  }
}
