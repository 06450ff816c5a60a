import { toHex } from '../keccak.ts'
import type { Hex } from '../units.ts'
import type { AccessOp } from './access-ops.ts'
import { latestAt, record, type Versioned } from './key-history.ts'

/** Where a value lies in the file of the submission that wrote it; one of no bytes is a deletion. */
type ValuePlace = { offset: number; sizeBytes: number }

/** A key with where its value at the version asked for lies: `version` is the submission's number. */
export type StreamEntry = { key: Uint8Array; version: number; place: ValuePlace }

type KeyRows = { key: Uint8Array; rows: Versioned<ValuePlace>[] }

/** One stream: every version of its keys, and every change of its rights. */
type Stream = {
  keys: Map<Hex, KeyRows>
  /** hex of the keys in order; hex sorts as the bytes do */
  order: Hex[]
  access: Map<string, Versioned<AccessOp>[]>
  /** version of the first change of rights; before it anyone may write */
  ownedSince: number | undefined
}

/** Latest version there can be; stands for "now" in a query. */
export const LATEST = Number.MAX_SAFE_INTEGER

/**
 * Streams as replay leaves them, with all their versions (0G storage spec §8.3): a query with a version sees what was written
 * at or before it. Holds keys and rights; values stay in the files they came in, and only their places are known here.
 */
export class StreamState {
  readonly #streams = new Map<Hex, Stream>()

  /** Ids of the streams written to so far, ascending. */
  get streamIds(): Hex[] {
    return [...this.#streams.keys()].sort()
  }

  /** Where the value of a key lies; undefined when it was never written, of no bytes when it is deleted. */
  get(streamId: Hex, key: Uint8Array, version = LATEST): StreamEntry | undefined {
    const found = this.#streams.get(streamId)?.keys.get(toHex(key))
    return found && entryAt(found, version)
  }

  /** Version of the last write to a key; 0 when there is none. */
  versionOf(streamId: Hex, key: Uint8Array): number {
    return this.get(streamId, key)?.version ?? 0
  }

  /** The next key in a direction that is not deleted, from `key` or, without one, from the end that lies behind. */
  find(
    streamId: Hex,
    options: { key?: Uint8Array; isInclusive?: boolean; direction: 1 | -1; version: number },
  ): StreamEntry | undefined {
    const stream = this.#streams.get(streamId)
    if (!stream) return undefined
    const { direction, version } = options
    for (let at = startOf(stream.order, options); at >= 0 && at < stream.order.length; at += direction) {
      const entry = entryAt(stream.keys.get(stream.order[at] as Hex) as KeyRows, version)
      if (entry && entry.place.sizeBytes > 0) return entry
    }
    return undefined
  }

  /** True until a transaction has touched the stream: then its sender owns it. */
  isNew(streamId: Hex, version = LATEST): boolean {
    const since = this.#streams.get(streamId)?.ownedSince
    return since === undefined || since > version
  }

  isAdmin(account: Hex, streamId: Hex, version = LATEST): boolean {
    return this.#last(streamId, adminRight(account), version) === 'GRANT_ADMIN_ROLE'
  }

  isSpecialKey(streamId: Hex, key: Uint8Array, version = LATEST): boolean {
    return this.#last(streamId, keyRight(key), version) === 'SET_KEY_TO_SPECIAL'
  }

  isWriterOfStream(account: Hex, streamId: Hex, version = LATEST): boolean {
    return this.#last(streamId, writerRight(account), version) === 'GRANT_WRITER_ROLE'
  }

  isWriterOfKey(account: Hex, streamId: Hex, key: Uint8Array, version = LATEST): boolean {
    return this.#last(streamId, keyWriterRight(key, account), version) === 'GRANT_SPECIAL_WRITER_ROLE'
  }

  hasWritePermission(account: Hex, streamId: Hex, key: Uint8Array, version = LATEST): boolean {
    if (this.isNew(streamId, version) || this.isAdmin(account, streamId, version)) return true
    return this.isSpecialKey(streamId, key, version)
      ? this.isWriterOfKey(account, streamId, key, version)
      : this.isWriterOfStream(account, streamId, version)
  }

  /** True when an account may write something to the stream, whatever the key. */
  canWriteToStream(account: Hex, streamId: Hex): boolean {
    if (this.isNew(streamId) || this.isAdmin(account, streamId) || this.isWriterOfStream(account, streamId)) return true
    const rights = this.#streams.get(streamId)?.access ?? new Map<string, Versioned<AccessOp>[]>()
    for (const [right, rows] of rights) {
      if (right.endsWith(`/${account}`) && rows.at(-1)?.value === 'GRANT_SPECIAL_WRITER_ROLE') return true
    }
    return false
  }

  /** Records a write; versions come in ascending order, and within one the last value counts. */
  write(streamId: Hex, key: Uint8Array, row: Versioned<ValuePlace>): void {
    const stream = this.#stream(streamId)
    const id = toHex(key)
    let found = stream.keys.get(id)
    if (!found) {
      // A copy: the key of a decoded file would keep the whole file in memory.
      found = { key: key.slice(), rows: [] }
      stream.keys.set(id, found)
      stream.order.splice(lowerBound(stream.order, id), 0, id)
    }
    if (found.rows.at(-1)?.version === row.version) found.rows.pop()
    found.rows.push(row)
  }

  /** Records a change of rights. */
  changeAccess(
    streamId: Hex,
    change: { op: AccessOp; account: Hex; key: Uint8Array | undefined },
    version: number,
  ): void {
    const stream = this.#stream(streamId)
    stream.ownedSince ??= version
    record(stream.access, rightOf(change), { version, value: change.op })
  }

  #last(streamId: Hex, right: string, version: number): AccessOp | undefined {
    return latestAt(this.#streams.get(streamId)?.access.get(right), version)?.value
  }

  #stream(streamId: Hex): Stream {
    let stream = this.#streams.get(streamId)
    if (!stream) {
      stream = { keys: new Map(), order: [], access: new Map(), ownedSince: undefined }
      this.#streams.set(streamId, stream)
    }
    return stream
  }
}

const EMPTY = new Uint8Array()

/** What a change of rights is about: of changes of the same right the last one counts. */
export function rightOf(change: { op: AccessOp; account: Hex; key: Uint8Array | undefined }): string {
  const { op, account, key = EMPTY } = change
  if (op.endsWith('ADMIN_ROLE')) return adminRight(account)
  if (op.endsWith('SPECIAL_WRITER_ROLE')) return keyWriterRight(key, account)
  return op.endsWith('WRITER_ROLE') ? writerRight(account) : keyRight(key)
}

const adminRight = (account: Hex): string => `admin/${account}`
const writerRight = (account: Hex): string => `writer/${account}`
const keyRight = (key: Uint8Array): string => `key/${toHex(key)}`
const keyWriterRight = (key: Uint8Array, account: Hex): string => `key-writer/${toHex(key)}/${account}`

function entryAt({ key, rows }: KeyRows, version: number): StreamEntry | undefined {
  const row = latestAt(rows, version)
  return row && { key, version: row.version, place: row.value }
}

function startOf(
  order: readonly Hex[],
  { key, isInclusive, direction }: { key?: Uint8Array; isInclusive?: boolean; direction: 1 | -1 },
): number {
  if (!key) return direction === 1 ? 0 : order.length - 1
  const id = toHex(key)
  const at = lowerBound(order, id)
  const isThere = order[at] === id
  if (isThere && isInclusive) return at
  if (direction === -1) return at - 1
  return isThere ? at + 1 : at
}

/** First index whose id is not below `id`. */
function lowerBound(order: readonly Hex[], id: Hex): number {
  let low = 0
  let high = order.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((order[middle] as Hex) < id) low = middle + 1
    else high = middle
  }
  return low
}
