import type { WebSocket } from 'ws'
import type { Hex } from '../../client/chain/rpc.ts'
import type { Chain } from './chain.ts'
import { translateErrors } from './error-translation.ts'
import type { Dispatch } from './rpc-methods.ts'
import { parseResult, resultBody } from './rpc-reply.ts'

/** Which socket gets the events of which `eth_subscribe`. */
export type Subscriptions = {
  /** The dispatch of one socket: like the server's, plus eth_subscribe and eth_unsubscribe. */
  forSocket(socket: WebSocket, dispatch: Dispatch): Dispatch
}

/** Connects the engine's subscriptions with WebSocket clients; those of a closed socket end with it. */
export function createSubscriptions(chain: Chain): Subscriptions {
  const owners = new Map<Hex, WebSocket>()

  chain.onEvent((subscription, result) => {
    const socket = owners.get(subscription)
    if (socket?.readyState !== socket?.OPEN) return
    for (const event of eventsOf(result)) {
      const params = { subscription, result: event }
      socket?.send(JSON.stringify({ jsonrpc: '2.0', method: 'eth_subscription', params }))
    }
  })

  return {
    forSocket(socket, dispatch) {
      const own = new Set<Hex>()
      socket.on('close', () => {
        for (const id of own) {
          owners.delete(id)
          void chain.read('eth_unsubscribe', [id])
        }
      })
      return async (call, text) => {
        const { method, params } = call
        if (method === 'eth_subscribe') {
          const body = await chain.read(method, params)
          const id = parseResult<Hex>(body)
          if (id === undefined) return translateErrors(method, body)
          own.add(id)
          owners.set(id, socket)
          return body
        }
        if (method === 'eth_unsubscribe') {
          const id = params[0] as Hex
          if (!own.delete(id)) return resultBody(false)
          owners.delete(id)
          return await chain.read(method, params)
        }
        return await dispatch(call, text)
      }
    },
  }
}

/** A subscriber to logs gets one event per log; the engine reports them by block, also when there are none. */
function eventsOf(result: unknown): unknown[] {
  return Array.isArray(result) ? result : [result]
}
