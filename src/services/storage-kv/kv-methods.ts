import { fromHex, toHex } from '../../protocol/storage/keccak.ts'
import { LATEST, type StreamEntry } from '../../protocol/storage/kv/stream-state.ts'
import type { KvPair, KvValue, ReplayProgress } from '../../protocol/storage/kv/wire.ts'
import { invalidParams, malformedParams } from '../../protocol/storage/rpc-faults.ts'
import { type Parsed, parseHash, parseIndex } from '../../protocol/storage/rpc-params.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import { type RpcCaller, RpcFault, type RpcMethods } from '../../runtime/child/json-rpc-http.ts'
import type { KvNode } from './kv-node.ts'

/** Bytes of a value that one request may ask for (0G storage spec §8.4). */
const MAX_QUERY_BYTES = 256 * 1024

/** Sends keys of streams as 0x hex, and takes them for hex in answers (0G storage spec §8.5); everybody else uses base64. */
const HEX_KEY_CLIENTS = /^0g-py-sdk\//

/**
 * The `kv_*` methods, and `kv_IsAdmin` as official clients spell it (§8.5). `refresh` is awaited before anything is said of a
 * stream, so that a write is visible once its transaction and data are there.
 */
export function kvMethods(node: KvNode, refresh: () => Promise<void>): RpcMethods {
  const isAdmin = async ([account, streamId, version]: unknown[]): Promise<boolean> => {
    const params = [takeAccount(account), takeStream(streamId), takeVersion(version)] as const
    await refresh()
    return node.state.isAdmin(...params)
  }

  const find = async (
    direction: 1 | -1,
    streamId: unknown,
    range: { start: unknown; length: unknown; version: unknown },
    caller: RpcCaller,
    from?: { key: unknown; isInclusive: unknown },
  ): Promise<KvPair | null> => {
    const id = takeStream(streamId)
    const slice = takeSlice(range.start, range.length)
    const version = takeVersion(range.version)
    const at = from && { key: takeKey(from.key, caller), isInclusive: takeBoolean(from.isInclusive, 'inclusive') }
    await refresh()
    const entry = node.state.find(id, { ...at, direction, version })
    if (!entry) return null
    const key = HEX_KEY_CLIENTS.test(caller.userAgent) ? toHex(entry.key) : toBase64(entry.key)
    return { key, ...(await slicedValue(node, entry, slice)) }
  }

  return {
    kv_getStatus: () => true,

    kv_getValue: async ([streamId, key, start, length, version], caller): Promise<KvValue> => {
      const params = [takeStream(streamId), takeKey(key, caller), takeVersion(version)] as const
      const slice = takeSlice(start, length)
      await refresh()
      const entry = node.state.get(...params)
      return entry ? await slicedValue(node, entry, slice) : { version: 0, data: '', size: 0 }
    },
    kv_getNext: ([streamId, key, start, length, isInclusive, version], caller) =>
      find(1, streamId, { start, length, version }, caller, { key, isInclusive }),
    kv_getPrev: ([streamId, key, start, length, isInclusive, version], caller) =>
      find(-1, streamId, { start, length, version }, caller, { key, isInclusive }),
    kv_getFirst: ([streamId, start, length, version], caller) => find(1, streamId, { start, length, version }, caller),
    kv_getLast: ([streamId, start, length, version], caller) => find(-1, streamId, { start, length, version }, caller),

    kv_getTransactionResult: async ([txSeq]) => {
      const seq = take(parseIndex(toNumber(txSeq), 'tx_seq'))
      await refresh()
      return node.resultOf(seq) ?? null
    },
    kv_getHoldingStreamIds: async () => {
      await refresh()
      return node.state.streamIds
    },
    kv_getReplayProgress: async (): Promise<ReplayProgress> => {
      await refresh()
      return { appliedSeq: node.nextSeq, firstTxSeq: node.firstSeq }
    },

    kv_hasWritePermission: async ([account, streamId, key, version], caller) => {
      const params = [takeAccount(account), takeStream(streamId), takeKey(key, caller), takeVersion(version)] as const
      await refresh()
      return node.state.hasWritePermission(...params)
    },
    kv_isAdmin: isAdmin,
    kv_IsAdmin: isAdmin,
    kv_isSpecialKey: async ([streamId, key, version], caller) => {
      const params = [takeStream(streamId), takeKey(key, caller), takeVersion(version)] as const
      await refresh()
      return node.state.isSpecialKey(...params)
    },
    kv_isWriterOfKey: async ([account, streamId, key, version], caller) => {
      const params = [takeAccount(account), takeStream(streamId), takeKey(key, caller), takeVersion(version)] as const
      await refresh()
      return node.state.isWriterOfKey(...params)
    },
    kv_isWriterOfStream: async ([account, streamId, version]) => {
      const params = [takeAccount(account), takeStream(streamId), takeVersion(version)] as const
      await refresh()
      return node.state.isWriterOfStream(...params)
    },
  }
}

type Slice = { start: number; length: number }

async function slicedValue(node: KvNode, entry: StreamEntry, { start, length }: Slice): Promise<KvValue> {
  const { sizeBytes: size } = entry.place
  if (start > size) {
    throw new RpcFault(invalidParams('start_index', 'start index is greater than value length'))
  }
  const data = await node.readValue(entry, start, Math.min(size, start + length))
  return { version: entry.version, data: toBase64(data), size }
}

function takeSlice(start: unknown, length: unknown): Slice {
  const slice = { start: take(parseIndex(start, 'start_index')), length: take(parseIndex(length, 'len')) }
  if (slice.length > MAX_QUERY_BYTES) throw new RpcFault(invalidParams('len', 'query length too large'))
  return slice
}

function takeKey(value: unknown, { userAgent }: RpcCaller): Uint8Array {
  if (HEX_KEY_CLIENTS.test(userAgent) && typeof value === 'string' && /^0x([0-9a-fA-F]{2})+$/.test(value)) {
    return fromHex(value)
  }
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) {
    throw new RpcFault(malformedParams('key: expected a base64 string'))
  }
  const key = Buffer.from(value, 'base64')
  if (key.length === 0) throw new RpcFault(invalidParams('key', 'key is empty'))
  return key
}

function takeStream(value: unknown): Hex {
  return take(parseHash(value, 'stream_id'))
}

function takeAccount(value: unknown): Hex {
  if (typeof value === 'string' && /^0x[0-9a-fA-F]{40}$/.test(value)) return value.toLowerCase() as Hex
  throw new RpcFault(malformedParams('account: expected 20 bytes of 0x hex'))
}

/** Inclusive upper bound of what is looked at; any u64, and now when left out. */
function takeVersion(value: unknown): number {
  return value === undefined || value === null ? LATEST : take(parseIndex(toNumber(value), 'version'))
}

function takeBoolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw new RpcFault(malformedParams(`${name}: expected a boolean`))
  return value
}

/** Clients send numbers as decimal strings, too. */
function toNumber(value: unknown): unknown {
  return typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
}

function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

function take<T>(parsed: Parsed<T>): T {
  if ('problem' in parsed) throw new RpcFault(malformedParams(parsed.problem))
  return parsed.value
}
