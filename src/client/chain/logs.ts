import * as AbiEvent from 'ox/AbiEvent'
import { ogError } from '../../errors/og-error.ts'
import type { NetworkProfile } from '../profile.ts'
import { abiAt, type NamedItem, namedItems, topicOf } from './abi-of.ts'
import { type DecodedValue, decodeLog } from './decode-abi.ts'
import { nameOf } from './names.ts'
import { parseArgument } from './parse-argument.ts'
import { createRpc, type Hex, type RpcClient } from './rpc.ts'
import type { RpcLog } from './transaction.ts'
import { resolveAddress } from './wallet.ts'

/** What a person asks for: a contract, an event by name or signature, `name=value` of indexed parameters, and a range. */
export type LogQuery = {
  contract?: string | undefined
  event?: string | undefined
  where?: readonly string[]
  /** number, or a negative number of the latest blocks */
  fromBlock?: number
  toBlock?: number | undefined
}

export type LogView = {
  blockNumber: number
  logIndex: number
  txHash: Hex
  address: Hex
  contract: string
  /** null when no ABI knows it */
  event: string | null
  args: DecodedValue[]
  topics: readonly Hex[]
  data: Hex
}

type Options = { profile: NetworkProfile; signal?: AbortSignal | undefined }
type Head = { number: number; hash: Hex }
type Filter = { address?: Hex; topics: (Hex | null)[] }

/** How often the head is looked at while following: a local node answers in a millisecond. */
const FOLLOW_MS = 100
const FOLLOW_PUBLIC_MS = 1000
/** how far a chain can be rewound while it is followed, in looks at its head */
const REMEMBERED_HEADS = 1000
/** blocks looked at on a public network when no range is given */
const PUBLIC_RANGE = 1000

/** Logs of a range, oldest first, decoded by the ABIs at hand. @throws OgError UNKNOWN_ACCOUNT, VALUE_INVALID */
export async function findLogs(query: LogQuery, { profile, signal }: Options): Promise<LogView[]> {
  const rpc = createRpc(profile.rpc)
  const filter = filterOf(profile, query)
  const { number: head } = await headOf(rpc, signal)
  const from = startOf(query, head, profile)
  return await logsBetween(profile, rpc, filter, from, query.toBlock ?? head, signal)
}

/**
 * Logs as they are written, after those of the range, until `signal` aborts (the end, not an error). A chain that was rewound is
 * read on from where it stands now.
 */
export async function* followLogs(query: LogQuery, { profile, signal }: Options): AsyncGenerator<LogView> {
  const rpc = createRpc(profile.rpc)
  const filter = filterOf(profile, query)
  const pauseMs = profile.mnemonic === undefined ? FOLLOW_PUBLIC_MS : FOLLOW_MS
  const seen: Head[] = []
  try {
    const first = startOf(query, (await headOf(rpc, signal)).number, profile)
    while (!signal?.aborted) {
      const head = await headOf(rpc, signal)
      if (head.hash !== seen.at(-1)?.hash) {
        const next = await resumeAt(rpc, seen, first, signal)
        yield* await logsBetween(profile, rpc, filter, next, head.number, signal)
        seen.push(head)
        if (seen.length > REMEMBERED_HEADS) seen.shift()
      }
      await pause(pauseMs, signal)
    }
  } catch (error) {
    if (!signal?.aborted) throw error
  }
}

/** The block after the latest seen head that the chain still has; heads it has no more are forgotten. */
async function resumeAt(rpc: RpcClient, seen: Head[], first: number, signal: AbortSignal | undefined): Promise<number> {
  for (let last = seen.at(-1); last; last = seen.at(-1)) {
    const tag = `0x${last.number.toString(16)}`
    const block = await rpc.request<{ hash: Hex } | null>('eth_getBlockByNumber', [tag, false], { signal })
    if (block?.hash === last.hash) return last.number + 1
    seen.pop()
  }
  return first
}

/** A devnet has few blocks, so all are looked at unless told otherwise; public nodes refuse long ranges. */
function startOf({ fromBlock: wanted }: LogQuery, head: number, { mnemonic }: NetworkProfile): number {
  const fromBlock = wanted ?? (mnemonic === undefined ? -PUBLIC_RANGE : 0)
  return fromBlock >= 0 ? fromBlock : Math.max(0, head + 1 + fromBlock)
}

async function headOf(rpc: RpcClient, signal: AbortSignal | undefined): Promise<Head> {
  const { number, hash } = await rpc.request<{ number: Hex; hash: Hex }>('eth_getBlockByNumber', ['latest', false], {
    signal,
  })
  return { number: Number(number), hash }
}

async function logsBetween(
  profile: NetworkProfile,
  rpc: RpcClient,
  filter: Filter,
  from: number,
  to: number,
  signal: AbortSignal | undefined,
): Promise<LogView[]> {
  if (to < from) return []
  const range = { fromBlock: `0x${from.toString(16)}`, toBlock: `0x${to.toString(16)}` }
  const logs = await rpc.request<RpcLog[]>('eth_getLogs', [{ ...filter, ...range }], { signal })
  return logs.map((log) => viewOf(profile, log))
}

function viewOf(profile: NetworkProfile, log: RpcLog): LogView {
  const decoded = decodeLog(profile, log)
  return {
    blockNumber: Number(log.blockNumber),
    logIndex: Number(log.logIndex),
    txHash: log.transactionHash,
    address: log.address,
    contract: nameOf(profile, log.address) ?? log.address,
    event: decoded?.name ?? null,
    args: decoded?.args ?? [],
    topics: log.topics,
    data: log.data,
  }
}

function filterOf(profile: NetworkProfile, { contract, event, where = [] }: LogQuery): Filter {
  const address = contract === undefined ? undefined : resolveAddress(profile, contract)
  const item = event === undefined ? undefined : findEvent(profile, address, event)
  if (!item && where.length > 0) {
    throw ogError('VALUE_INVALID', {
      value: where[0] ?? '',
      expected: 'a filter of this query: no event is named',
      example:
        'name the event whose parameters you filter by, for example `0g chain logs Flow Submit --where sender=alice`',
    })
  }
  return { ...(address ? { address } : {}), topics: item ? topicsOf(profile, item, where) : [] }
}

function findEvent(profile: NetworkProfile, address: Hex | undefined, text: string): NamedItem {
  if (text.includes('(')) return parseEvent(text)
  const abi = address === undefined ? undefined : abiAt(profile, address)
  const events = namedItems(abi ?? []).filter(({ type }) => type === 'event')
  const found = events.find(({ name }) => name === text)
  if (found) return found
  throw ogError('VALUE_INVALID', {
    value: text,
    expected: abi ? `an event of ${nameOf(profile, address)}` : 'an event of a contract whose ABI is known',
    example: abi
      ? `it has ${events.map(({ name }) => name).join(', ') || 'none'}`
      : "give the signature, for example 'Transfer(address indexed from, address indexed to, uint256 value)'",
  })
}

function parseEvent(text: string): NamedItem {
  try {
    return AbiEvent.from(text.startsWith('event ') ? text : `event ${text}`) as unknown as NamedItem
  } catch (cause) {
    const example = "for example 'Transfer(address indexed from, address indexed to, uint256 value)', in quotes"
    throw ogError('VALUE_INVALID', { value: JSON.stringify(text), expected: 'an event signature', example }, { cause })
  }
}

function topicsOf(profile: NetworkProfile, item: NamedItem, where: readonly string[]): (Hex | null)[] {
  const indexed = item.inputs.filter((input) => input.indexed)
  const values = new Map<string, unknown>()
  for (const text of where) {
    const [, name = '', value = ''] = /^([^=]+)=(.*)$/s.exec(text) ?? []
    const input = indexed.find((entry) => entry.name === name)
    if (!input) {
      throw ogError('VALUE_INVALID', {
        value: text,
        expected: `a filter on an indexed parameter of ${item.name}`,
        example: `name=value with one of: ${indexed.map((entry) => entry.name).join(', ') || 'none is indexed'}`,
      })
    }
    values.set(name, parseArgument(profile, input, value))
  }
  if (values.size === 0) return [topicOf(item)]
  const event = item as unknown as AbiEvent.AbiEvent
  return [...AbiEvent.encode(event, Object.fromEntries(values) as never).topics] as (Hex | null)[]
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms)
    function done() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    signal?.addEventListener('abort', done)
  })
}
