import { fromHex, toHex } from '../keccak.ts'
import { HASH_BYTES, type Hex } from '../units.ts'
import { ACCESS_OPS, type AccessOp, accessOpOf, hasAccount, hasKey } from './access-ops.ts'

/** Declared version of a write that does not care what was written before. */
export const ANY_VERSION = 2n ** 64n - 1n

const MAX_ITEMS = 65_536
const MAX_KEY_BYTES = 2 ** 24 - 1
const ADDRESS_BYTES = 20

type StreamRead = { streamId: Hex; key: Uint8Array }
/** A value of no bytes deletes the key. */
type StreamWrite = { streamId: Hex; key: Uint8Array; data: Uint8Array }
export type AccessControl = { op: AccessOp; streamId: Hex; key?: Uint8Array; account?: Hex }

/** The content of a KV file (0G storage spec §8.2). */
export type StreamData = {
  /** keys read or written must not have changed after this version (u64) */
  version: bigint
  reads: StreamRead[]
  writes: StreamWrite[]
  accessControls: AccessControl[]
}

export type DecodedStreamData = { value: StreamData } | { problem: string }

/** Raised inside the reader only; leaves this module as a `problem`. */
class Malformed extends Error {}

/** True when a key has a length that the encoding can carry. */
export function isKeyLength(bytes: number): boolean {
  return bytes >= 1 && bytes <= MAX_KEY_BYTES
}

/** Bytes of the file that carries out a KV write; keys must satisfy `isKeyLength`. */
export function encodeStreamData({ version, reads, writes, accessControls }: StreamData): Uint8Array {
  const parts: Uint8Array[] = [uint(version, 8), uint(reads.length, 4)]
  const pushKey = (key: Uint8Array): void => void parts.push(uint(key.length, 3), key)
  for (const { streamId, key } of reads) {
    parts.push(fromHex(streamId))
    pushKey(key)
  }
  parts.push(uint(writes.length, 4))
  for (const { streamId, key, data } of writes) {
    parts.push(fromHex(streamId))
    pushKey(key)
    parts.push(uint(data.length, 8))
  }
  for (const { data } of writes) parts.push(data)
  parts.push(uint(accessControls.length, 4))
  for (const { op, streamId, key, account } of accessControls) {
    parts.push(Uint8Array.of(ACCESS_OPS[op]), fromHex(streamId))
    if (key) pushKey(key)
    if (account) parts.push(fromHex(account))
  }
  return concat(parts)
}

/** Reads a KV file; the problem is what the real node says of it (§8.3). Bytes after the end are not looked at. */
export function decodeStreamData(bytes: Uint8Array): DecodedStreamData {
  const reader = new Reader(bytes)
  try {
    const version = reader.uint(8)
    const reads = reader.list('read', () => ({ streamId: reader.hash(), key: reader.key() }))
    const heads = reader.list('write', () => ({
      streamId: reader.hash(),
      key: reader.key(),
      sizeBytes: Number(reader.uint(8)),
    }))
    const writes = heads.map(({ streamId, key, sizeBytes }) => ({ streamId, key, data: reader.take(sizeBytes) }))
    const accessControls = reader.list('access_control', () => reader.accessControl())
    return { value: { version, reads, writes, accessControls } }
  } catch (error) {
    if (error instanceof Malformed) return { problem: error.message }
    throw error
  }
}

class Reader {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  take(count: number): Uint8Array {
    if (count > this.#bytes.length - this.#at) throw new Malformed('Invalid stream data')
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  uint(width: number): bigint {
    return this.take(width).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n)
  }

  hash(): Hex {
    return toHex(this.take(HASH_BYTES))
  }

  key(): Uint8Array {
    const length = Number(this.uint(3))
    if (length === 0) throw new Malformed('Invalid stream data')
    return this.take(length)
  }

  list<T>(name: string, readItem: () => T): T[] {
    const count = Number(this.uint(4))
    if (count > MAX_ITEMS) throw new Malformed(`Stream ${name} list too long`)
    const items: T[] = []
    while (items.length < count) items.push(readItem())
    return items
  }

  accessControl(): AccessControl {
    const op = accessOpOf(Number(this.uint(1)))
    if (!op) throw new Malformed('Invalid stream data')
    const control: AccessControl = { op, streamId: this.hash() }
    if (hasKey(op)) control.key = this.key()
    if (hasAccount(op)) control.account = toHex(this.take(ADDRESS_BYTES))
    return control
  }
}

function uint(value: number | bigint, width: number): Uint8Array {
  const bytes = new Uint8Array(width)
  let rest = BigInt(value)
  for (let i = width - 1; i >= 0; i--) {
    bytes[i] = Number(rest & 0xffn)
    rest >>= 8n
  }
  return bytes
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
