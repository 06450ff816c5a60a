import { translateErrors } from '../error-translation.ts'
import { errorBody, parseResult, type ReplyBody, RPC_CODES } from '../rpc-reply.ts'
import type { Reader } from './method.ts'
import { withYParity } from './y-parity.ts'

/** A request that ends with a JSON-RPC error: thrown by methods, made a reply by the dispatch. */
export class RpcFault extends Error {
  readonly body: ReplyBody

  constructor(body: ReplyBody) {
    super(body)
    this.body = body
  }
}

/** A fault with -32602. */
export function invalidParams(message: string): RpcFault {
  return new RpcFault(errorBody(RPC_CODES.invalidParams, message))
}

/** A fault with -32000, the code nodes use for what the state of the chain forbids. */
export function refusal(message: string): RpcFault {
  return new RpcFault(errorBody(RPC_CODES.server, message))
}

/** The result of a read. @throws RpcFault with the error the reader answered */
export async function ask<T>(reader: Reader, method: string, ...params: readonly unknown[]): Promise<T> {
  return resultOf<T>(method, withYParity(method, await reader.read(method, params)))
}

/** The result in a reply to `method`. @throws RpcFault with the reply's error */
export function resultOf<T>(method: string, body: ReplyBody): T {
  const result = parseResult<T>(body)
  if (result === undefined) throw new RpcFault(translateErrors(method, body))
  return result
}
