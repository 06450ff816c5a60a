import { keccak_256 } from '@noble/hashes/sha3.js'
import type { Hex } from '../../../client/chain/rpc.ts'
import type { ArchivedLog, BlockRecord } from './block-archive.ts'
import type { History } from './history.ts'

/** What eth_getLogs looks for: any of the addresses, and in each place any of the topics (undefined: whatever). */
export type LogQuery = { addresses: readonly string[] | undefined; topics: readonly (readonly string[] | undefined)[] }

type FoundLog = ArchivedLog & { blockTimestamp: Hex }

/** Milliseconds after which a long search lets others have their turn. */
const SLICE_MS = 8

/** The query of a filter object; undefined when it is not one (the engine then says so). */
export function logQuery({ address, topics }: { address?: unknown; topics?: unknown }): LogQuery | undefined {
  const addresses = alternatives(address)
  const places =
    topics === undefined || topics === null ? [] : Array.isArray(topics) ? topics.map(alternatives) : undefined
  if (addresses === false || !places || places.includes(false)) return undefined
  return { addresses, topics: places as (readonly string[] | undefined)[] }
}

function alternatives(value: unknown): readonly string[] | undefined | false {
  if (value === undefined || value === null) return undefined
  const values = Array.isArray(value) ? value : [value]
  if (!values.every((entry): entry is string => typeof entry === 'string')) return false
  return values.length === 0 ? undefined : values.map((entry) => entry.toLowerCase())
}

/** The logs of archived blocks that a query asks for, in order. */
export async function pastLogs(history: History, first: number, last: number, query: LogQuery): Promise<FoundLog[]> {
  const mayHold = bloomTest(query)
  const logs: FoundLog[] = []
  let sliceEnds = performance.now() + SLICE_MS
  for (const segment of history.segmentsBetween(first, last)) {
    const to = Math.min(last, segment.last)
    for (const records of segment.blocks.scan(first, to, mayHold)) {
      for (const record of records) logs.push(...logsOf(record, query))
      if (performance.now() < sliceEnds) continue
      await new Promise((resolve) => setImmediate(resolve))
      sliceEnds = performance.now() + SLICE_MS
    }
  }
  return logs
}

function logsOf({ block, receipts }: BlockRecord, query: LogQuery): FoundLog[] {
  const found = receipts.flatMap(({ logs }) => logs.filter((log) => matches(log, query)))
  return found.map((log) => asFound(log, block.timestamp))
}

/** A log of a receipt in the form in which the engine answers eth_getLogs. */
function asFound(log: ArchivedLog, blockTimestamp: Hex): FoundLog {
  const { logIndex, transactionIndex, transactionHash, blockHash, blockNumber, address, data, topics } = log
  const place = { logIndex, transactionIndex, transactionHash, blockHash, blockNumber, blockTimestamp }
  return { removed: false, ...place, address, data, topics }
}

function matches({ address, topics }: ArchivedLog, query: LogQuery): boolean {
  if (query.addresses && !query.addresses.includes(address.toLowerCase())) return false
  return query.topics.every((wanted, at) => {
    const topic = topics[at]
    return topic !== undefined && (wanted === undefined || wanted.includes(topic.toLowerCase()))
  })
}

/** Whether a bloom filter (yellow paper §4.3.1) may hold what the query asks for. */
function bloomTest({ addresses, topics }: LogQuery): (bloom: Uint8Array) => boolean {
  const places = [addresses, ...topics].filter((place): place is readonly string[] => place !== undefined)
  const bits = places.map((place) => place.map((value) => bloomBits(value as Hex)))
  return (bloom) =>
    bits.every((place) => place.some((value) => value.every(([at, bit]) => ((bloom[at] ?? 0) & bit) !== 0)))
}

function bloomBits(value: Hex): [index: number, bit: number][] {
  const hash = keccak_256(Buffer.from(value.slice(2), 'hex'))
  return [0, 2, 4].map((at) => {
    const bit = (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 2047
    return [255 - (bit >> 3), 1 << (bit & 7)]
  })
}
