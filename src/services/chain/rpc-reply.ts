import type { OgError } from '../../errors/og-error.ts'

/** JSON text of a reply without its id: `{"result":…}` or `{"error":…}`. What travels from the engine to the socket unparsed. */
export type ReplyBody = string

export const RPC_CODES = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  server: -32000,
  /** EIP-1474 execution error as geth numbers it */
  reverted: 3,
} as const

/** A reply with a result. */
export function resultBody(result: unknown): ReplyBody {
  return `{"result":${JSON.stringify(result)}}`
}

/** A reply with an error. */
export function errorBody(code: number, message: string, data?: unknown): ReplyBody {
  return JSON.stringify({ error: { code, message, ...(data === undefined ? {} : { data }) } })
}

/** An error of our catalogue as a JSON-RPC error; `data` lets our own client raise the same error again. */
export function ogErrorBody(error: OgError): ReplyBody {
  return errorBody(RPC_CODES.internal, error.message, { og: error.toJSON() })
}

/** Whether a body is a result. The engine puts `result` first, so the text need not be parsed. */
export function isResult(body: ReplyBody): boolean {
  return body.startsWith('{"result":')
}

/** The result of a body, parsed; undefined when it is an error. */
export function parseResult<T>(body: ReplyBody): T | undefined {
  return isResult(body) ? (JSON.parse(body) as { result: T }).result : undefined
}

/** The complete reply: version and id in front of the body. `id` is JSON text, exactly as the client wrote it. */
export function withId(id: string, body: ReplyBody): string {
  return `{"jsonrpc":"2.0","id":${id},${body.slice(1)}`
}
