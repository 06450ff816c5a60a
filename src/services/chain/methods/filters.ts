import { randomBytes } from 'node:crypto'
import type { Hex } from '../../../client/chain/rpc.ts'
import type { Chain } from '../chain.ts'
import type { PendingFeed } from '../pending-feed.ts'
import { errorBody, RPC_CODES, resultBody } from '../rpc-reply.ts'
import { heightOf } from './block-lookup.ts'
import type { Family } from './method.ts'
import { objectParam, toQuantity } from './params.ts'
import { ask, invalidParams, RpcFault, refusal, resultOf } from './rpc-fault.ts'

type Filter = { usedAt: number; stop: () => void } & (
  | { kind: 'blocks' | 'logs'; criteria: Record<string, unknown>; seen: number }
  | { kind: 'pending'; hashes: Hex[] }
)

/** One that nobody asks for this long is gone, as in geth. */
const IDLE_MS = 5 * 60_000
const MAX_FILTERS = 1_000
const MAX_PENDING = 10_000
/** Blocks whose hashes one answer lists; the rest comes with the next. */
const MAX_BLOCKS = 10_000

/**
 * Filters of clients that poll. A filter remembers how far its client has seen, not what it missed: blocks and logs are read when it asks,
 * so that a thousand forgotten filters cost nothing.
 */
export const filters: Family = ({ chain, pending }) => {
  const known = new Map<Hex, Filter>()
  const add = (filter: Filter): string => {
    for (const [id, { usedAt }] of known) if (Date.now() - usedAt > IDLE_MS) remove(known, id)
    if (known.size >= MAX_FILTERS) {
      filter.stop()
      throw refusal(`there are ${MAX_FILTERS} filters already: uninstall some`)
    }
    const id: Hex = `0x${randomBytes(16).toString('hex')}`
    known.set(id, filter)
    return resultBody(id)
  }
  const find = (id: unknown): Filter => {
    const filter = known.get(id as Hex)
    if (!filter) throw new RpcFault(errorBody(RPC_CODES.server, 'filter not found'))
    filter.usedAt = Date.now()
    return filter
  }
  return {
    eth_newBlockFilter: async () => add(await watchHead(chain, 'blocks', {})),
    eth_newFilter: async ([criteria]) => {
      const wanted = logCriteria(criteria)
      // The engine says what is wrong with a filter; a range of no block finds nothing else.
      await ask(chain, 'eth_getLogs', { ...wanted, fromBlock: 'latest', toBlock: 'latest' })
      return add(await watchHead(chain, 'logs', wanted))
    },
    eth_newPendingTransactionFilter: () => add(watchPending(pending)),
    eth_uninstallFilter: ([id]) => resultBody(remove(known, id as Hex)),
    eth_getFilterChanges: async ([id]) => await changes(chain, find(id)),
    eth_getFilterLogs: async ([id]) => {
      const filter = find(id)
      if (filter.kind !== 'logs') throw refusal('not a filter of logs')
      return await chain.read('eth_getLogs', [filter.criteria])
    },
  }
}

function remove(known: Map<Hex, Filter>, id: Hex): boolean {
  known.get(id)?.stop()
  return known.delete(id)
}

async function watchHead(chain: Chain, kind: 'blocks' | 'logs', criteria: Record<string, unknown>): Promise<Filter> {
  const filter: Filter = { kind, criteria, seen: await heightOf(chain), usedAt: Date.now(), stop: () => {} }
  // Blocks that were undone are to be told again when others stand in their place.
  filter.stop = chain.onBlocks(({ ancestor }) => {
    filter.seen = Math.min(filter.seen, ancestor)
  })
  return filter
}

function watchPending(pending: PendingFeed): Filter {
  const hashes: Hex[] = []
  const stop = pending.onAccepted((hash) => {
    hashes.push(hash)
    if (hashes.length > MAX_PENDING) hashes.shift()
  })
  return { kind: 'pending', hashes, usedAt: Date.now(), stop }
}

async function changes(chain: Chain, filter: Filter): Promise<string> {
  if (filter.kind === 'pending') return resultBody(filter.hashes.splice(0))
  const from = filter.seen + 1
  const head = await heightOf(chain)
  if (from > head) return resultBody([])
  if (filter.kind === 'logs') {
    filter.seen = head
    return await newLogs(chain, filter.criteria, from, head)
  }
  const to = Math.min(head, filter.seen + MAX_BLOCKS)
  filter.seen = to
  const hashes: Hex[] = []
  for (let number = from; number <= to; number++) {
    hashes.push((await ask<{ hash: Hex }>(chain, 'eth_getBlockByNumber', toQuantity(number), false)).hash)
  }
  return resultBody(hashes)
}

/** Logs of new blocks that lie in the filter's own range. */
async function newLogs(chain: Chain, criteria: Record<string, unknown>, from: number, head: number): Promise<string> {
  const bound = (tag: unknown, otherwise: number) =>
    typeof tag === 'string' && tag.startsWith('0x') ? Number(tag) : otherwise
  const fromBlock = Math.max(from, bound(criteria['fromBlock'], from))
  const toBlock = Math.min(head, bound(criteria['toBlock'], head))
  if (fromBlock > toBlock) return resultBody([])
  const range = { ...criteria, fromBlock: toQuantity(fromBlock), toBlock: toQuantity(toBlock) }
  const body = await chain.read('eth_getLogs', [range])
  resultOf('eth_getLogs', body)
  return body
}

/** What a filter or a subscription asks of logs. @throws RpcFault */
export function logCriteria(criteria: unknown): Record<string, unknown> {
  const wanted = objectParam(criteria ?? {}, 'a filter')
  if ('blockHash' in wanted) throw invalidParams('a filter watches new blocks: it takes no blockHash')
  return wanted
}
