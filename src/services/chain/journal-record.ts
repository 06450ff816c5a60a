import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { Hex } from '../../client/chain/rpc.ts'

/**
 * What the journal holds, in order: one header, then every request that changed the chain with the wall clock it met, and
 * now and then the head the chain had reached, so that a replay can be checked against the past.
 */
export type JournalHeader = {
  kind: 'header'
  format: 1
  /** engine and version whose replay gives the same block hashes */
  engine: string
  /** version of 0g that wrote it */
  writer: string
  chainId: number
  hardfork: string
  /** seconds since 1970 of block 0 */
  genesisTime: number
  /** SHA-256 of the genesis allocation */
  genesisHash: string
  /** a fork: the network and the block whose state the chain began with */
  fork?: { url: string; blockNumber: number; blockHash: Hex }
}

export type JournalRequest = {
  kind: 'request'
  /** seconds since 1970 on the clock of the machine when the request was applied */
  wallSeconds: number
  method: string
  params: readonly unknown[]
}

/** Requests that were applied in one turn: all of them or none. */
type JournalGroup = { kind: 'group'; requests: readonly JournalRequest[] }

type JournalCheckpoint = { kind: 'checkpoint'; blockNumber: bigint; blockHash: Hex }

/** Here the chain went on in a fresh engine that began with the state of the block named. */
export type JournalRotation = {
  kind: 'rotation'
  checkpoint: number
  blockNumber: number
  blockHash: Hex
  stateRoot: Hex
}

export type JournalRecord = JournalHeader | JournalRequest | JournalGroup | JournalCheckpoint | JournalRotation

/** First byte of a record. Raw transactions have a form of their own: half the size of JSON and the bulk of every journal. */
const KIND = { header: 0, rawTransaction: 1, request: 2, checkpoint: 3, group: 4, rotation: 5 } as const

const text = new TextEncoder()

/** Bytes of a record. Layout: kind(1) · wall clock(6, big endian seconds; requests only) · content. */
export function encodeRecord(record: JournalRecord): Uint8Array {
  if (record.kind === 'header' || record.kind === 'rotation') {
    return withKind(KIND[record.kind], text.encode(JSON.stringify(record)))
  }
  if (record.kind === 'checkpoint') {
    const body = new Uint8Array(40)
    new DataView(body.buffer).setBigUint64(0, record.blockNumber)
    body.set(hexToBytes(record.blockHash.slice(2)), 8)
    return withKind(KIND.checkpoint, body)
  }
  if (record.kind === 'group') {
    const content = record.requests.map(({ wallSeconds, method, params }) => [wallSeconds, method, params])
    return withKind(KIND.group, text.encode(JSON.stringify(content)))
  }
  const raw = rawTransaction(record)
  const content = raw ?? text.encode(JSON.stringify([record.method, record.params]))
  const body = new Uint8Array(6 + content.length)
  const view = new DataView(body.buffer)
  view.setUint16(0, Math.floor(record.wallSeconds / 2 ** 32))
  view.setUint32(2, record.wallSeconds % 2 ** 32)
  body.set(content, 6)
  return withKind(raw ? KIND.rawTransaction : KIND.request, body)
}

function withKind(kind: number, body: Uint8Array): Uint8Array {
  const out = new Uint8Array(1 + body.length)
  out[0] = kind
  out.set(body, 1)
  return out
}

/** The bytes of a well-formed `eth_sendRawTransaction`; anything else is kept as JSON, word for word. */
function rawTransaction({ method, params }: JournalRequest): Uint8Array | undefined {
  const [raw] = params
  if (method !== 'eth_sendRawTransaction' || params.length !== 1 || typeof raw !== 'string') return undefined
  return /^0x(?:[0-9a-f]{2})+$/.test(raw) ? hexToBytes(raw.slice(2)) : undefined
}

/**
 * The record of some bytes.
 * @throws Error when they are not one (the caller knows the offset and raises STATE_CORRUPT)
 */
export function decodeRecord(bytes: Uint8Array): JournalRecord {
  const kind = bytes[0]
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (kind === KIND.header || kind === KIND.rotation) {
    return JSON.parse(decodeText(bytes.subarray(1))) as JournalHeader | JournalRotation
  }
  if (kind === KIND.checkpoint) {
    return {
      kind: 'checkpoint',
      blockNumber: view.getBigUint64(1),
      blockHash: `0x${bytesToHex(bytes.subarray(9, 41))}`,
    }
  }
  if (kind === KIND.group) {
    const content = JSON.parse(decodeText(bytes.subarray(1))) as [number, string, unknown[]][]
    const requests = content.map(([wallSeconds, method, params]) => ({
      kind: 'request' as const,
      wallSeconds,
      method,
      params,
    }))
    return { kind: 'group', requests }
  }
  if (kind !== KIND.rawTransaction && kind !== KIND.request) throw new Error(`unknown record kind ${kind}`)
  const wallSeconds = view.getUint16(1) * 2 ** 32 + view.getUint32(3)
  const content = bytes.subarray(7)
  if (kind === KIND.rawTransaction) {
    return { kind: 'request', wallSeconds, method: 'eth_sendRawTransaction', params: [`0x${bytesToHex(content)}`] }
  }
  const [method, params] = JSON.parse(decodeText(content)) as [string, unknown[]]
  return { kind: 'request', wallSeconds, method, params }
}

function decodeText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}
