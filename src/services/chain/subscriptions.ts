import { randomBytes } from 'node:crypto'
import type { Hex } from '../../client/chain/rpc.ts'
import type { Chain } from './chain.ts'
import type { HeadChange } from './chain-turn.ts'
import { logCriteria } from './methods/filters.ts'
import { toQuantity } from './methods/params.ts'
import { ask, invalidParams, RpcFault, refusal } from './methods/rpc-fault.ts'
import type { PendingFeed } from './pending-feed.ts'
import type { Dispatch } from './rpc-methods.ts'
import { resultBody } from './rpc-reply.ts'

/** Where the events of one connection go. */
export type EventSink = { send(text: string): void; onClose(listener: () => void): void }

/** Gives each connection its own `eth_subscribe`. */
export type Subscriptions = {
  /** The dispatch of one connection: like the server's, plus eth_subscribe and eth_unsubscribe. */
  forConnection(sink: EventSink, dispatch: Dispatch): Dispatch
}

const MAX_PER_CONNECTION = 1_000
/** After a jump of more blocks than this, only these last ones are told: clients ask for the rest by range. */
const MAX_BLOCKS_TOLD = 1_000

/** Subscriptions hang on the chain's own head changes, so that they survive whatever the engine is replaced by. */
export function createSubscriptions(chain: Chain, pending: PendingFeed): Subscriptions {
  return {
    forConnection(sink, dispatch) {
      const own = new Map<Hex, () => void>()
      let isClosed = false
      sink.onClose(() => {
        isClosed = true
        for (const stop of own.values()) stop()
        own.clear()
      })
      return async (call, text) => {
        const { method, params } = call
        if (method === 'eth_unsubscribe') {
          own.get(params[0] as Hex)?.()
          return resultBody(own.delete(params[0] as Hex))
        }
        if (method !== 'eth_subscribe') return await dispatch(call, text)
        if (own.size >= MAX_PER_CONNECTION)
          return refusal(`one connection may have ${MAX_PER_CONNECTION} subscriptions`).body
        const id: Hex = `0x${randomBytes(16).toString('hex')}`
        const tell = (result: unknown) =>
          sink.send(
            JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params: { subscription: id, result } }),
          )
        try {
          const stop = await start(chain, pending, params, tell)
          // Requests that waited when the connection closed are still answered, to nobody.
          if (isClosed) stop()
          else own.set(id, stop)
          return resultBody(id)
        } catch (error) {
          if (error instanceof RpcFault) return error.body
          throw error
        }
      }
    },
  }
}

/** @returns ends it */
async function start(
  chain: Chain,
  pending: PendingFeed,
  [kind, option]: readonly unknown[],
  tell: (result: unknown) => void,
): Promise<() => void> {
  if (kind === 'newHeads') return inOrder(chain, (change) => tellHeads(chain, change, tell))
  if (kind === 'logs') {
    const criteria = logCriteria(option)
    await ask(chain, 'eth_getLogs', { ...criteria, fromBlock: 'latest', toBlock: 'latest' })
    return inOrder(chain, (change) => tellLogs(chain, criteria, change, tell))
  }
  if (kind === 'newPendingTransactions') {
    return pending.onAccepted((hash) => {
      if (option === true) void ask(chain, 'eth_getTransactionByHash', hash).then(tell, () => undefined)
      else tell(hash)
    })
  }
  throw invalidParams('expected newHeads, logs or newPendingTransactions')
}

/** Calls `work` for one change of the head after the other. */
function inOrder(chain: Chain, work: (change: HeadChange) => Promise<void>): () => void {
  let turn: Promise<void> = Promise.resolve()
  return chain.onBlocks((change) => {
    // A change whose blocks were undone meanwhile has nothing left to tell.
    turn = turn.then(() => work(change)).catch(() => undefined)
  })
}

async function tellHeads(chain: Chain, { ancestor, head }: HeadChange, tell: (result: unknown) => void): Promise<void> {
  for (let number = firstTold(ancestor, head); number <= head; number++) {
    const block = await ask<Record<string, unknown> | null>(chain, 'eth_getBlockByNumber', toQuantity(number), false)
    if (!block) return
    const { transactions: _, uncles: __, size: ___, totalDifficulty: ____, withdrawals: _____, ...header } = block
    tell(header)
  }
}

async function tellLogs(
  chain: Chain,
  criteria: Record<string, unknown>,
  { ancestor, head }: HeadChange,
  tell: (result: unknown) => void,
): Promise<void> {
  if (head <= ancestor) return
  const range = { ...criteria, fromBlock: toQuantity(firstTold(ancestor, head)), toBlock: toQuantity(head) }
  for (const log of await ask<unknown[]>(chain, 'eth_getLogs', range)) tell(log)
}

function firstTold(ancestor: number, head: number): number {
  return Math.max(ancestor + 1, head - MAX_BLOCKS_TOLD + 1)
}
