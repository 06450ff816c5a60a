import { CallGate } from './call-gate.ts'
import { translateErrors } from './error-translation.ts'
import { ENGINE_READS } from './methods/engine-reads.ts'
import type { MethodContext } from './methods/method.ts'
import { oneInput, TAKES_CALL } from './methods/one-input.ts'
import { CONNECTION_METHODS, ownMethods } from './methods/registry.ts'
import { RpcFault } from './methods/rpc-fault.ts'
import { UNSUPPORTED } from './methods/unsupported.ts'
import { withYParity } from './methods/y-parity.ts'
import { ReadCache } from './read-cache.ts'
import { errorBody, type ReplyBody, RPC_CODES } from './rpc-reply.ts'

/** One request. */
export type Call = { method: string; params: readonly unknown[] }

/** Answers one request, without its id. `text` is the request as it arrived, when it arrived alone. */
export type Dispatch = (call: Call, text?: string) => Promise<ReplyBody> | ReplyBody

/** The JSON-RPC surface of the chain: the methods made here, and for all other reads the engine itself. */
export function createDispatch(context: MethodContext): Dispatch {
  const { chain } = context
  const own = ownMethods(context)
  const gate = new CallGate()
  const cache = new ReadCache(chain)
  const answer = async (method: string, params: readonly unknown[], text: string | undefined): Promise<ReplyBody> => {
    try {
      const run = own.get(method)
      if (run) return await (CallGate.isHeavy(method) ? gate.pass(() => run(params)) : run(params))
      if (!ENGINE_READS.has(method)) return notThere(method)
      const body = text === undefined ? chain.read(method, params) : chain.readText(text, method, params)
      return withYParity(method, translateErrors(method, await body))
    } catch (error) {
      if (error instanceof RpcFault) return error.body
      throw error
    }
  }
  return (call, text) => {
    const { method } = call
    const params = TAKES_CALL.has(method) ? oneInput(call.params) : call.params
    return cache.answer(method, params, () => answer(method, params, params === call.params ? text : undefined))
  }
}

function notThere(method: string): ReplyBody {
  if ((CONNECTION_METHODS as readonly string[]).includes(method)) {
    return errorBody(RPC_CODES.methodNotFound, 'subscriptions need a WebSocket (same port) or IPC connection')
  }
  const reason = Object.hasOwn(UNSUPPORTED, method) ? UNSUPPORTED[method] : undefined
  return errorBody(
    RPC_CODES.methodNotFound,
    reason === undefined ? `the method ${method} does not exist` : `the method ${method} is not supported: ${reason}`,
  )
}
