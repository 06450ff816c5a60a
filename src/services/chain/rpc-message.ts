import type { Call } from './method-aliases.ts'
import type { Dispatch } from './rpc-methods.ts'
import { errorBody, type ReplyBody, RPC_CODES, withId } from './rpc-reply.ts'

/** A batch is answered as a whole, so its size is bounded. */
const MAX_BATCH = 5_000

type Message = { id?: unknown; method?: unknown; params?: unknown }

/**
 * Answers the text of one request or one batch (JSON-RPC 2.0). Undefined when nothing is to be sent: only notifications.
 * Requests of a batch are applied in order, as a client that sends transactions with rising nonces expects.
 */
export async function answer(text: string, dispatch: Dispatch): Promise<string | undefined> {
  let message: unknown
  try {
    message = JSON.parse(text)
  } catch {
    return withId('null', errorBody(RPC_CODES.parse, 'the request is not valid JSON'))
  }
  if (!Array.isArray(message)) return await answerOne(message, dispatch, text)
  if (message.length === 0) return withId('null', errorBody(RPC_CODES.invalidRequest, 'the batch is empty'))
  if (message.length > MAX_BATCH) {
    return withId('null', errorBody(RPC_CODES.invalidRequest, `a batch may hold ${MAX_BATCH} requests`))
  }
  const replies: string[] = []
  for (const entry of message) {
    const reply = await answerOne(entry, dispatch)
    if (reply !== undefined) replies.push(reply)
  }
  return replies.length > 0 ? `[${replies.join(',')}]` : undefined
}

async function answerOne(value: unknown, dispatch: Dispatch, text?: string): Promise<string | undefined> {
  const call = asCall(value)
  const id = idText(value, text)
  if (!call) return withId(id ?? 'null', errorBody(RPC_CODES.invalidRequest, 'not a JSON-RPC request'))
  // The engine reads a request as it came, but insists on an id and on params, which clients may leave out.
  const isComplete = id !== undefined && (value as Message).params === call.params
  const body = await dispatch(call, isComplete ? text : undefined).catch(refused)
  return id === undefined ? undefined : withId(id, body)
}

/** A request that cannot be handled (nested deeper than the stack, say) fails alone: not its batch, and not its socket. */
function refused(error: unknown): ReplyBody {
  const reason = error instanceof Error ? error.message : String(error)
  return errorBody(RPC_CODES.internal, `the request could not be handled: ${reason}`)
}

function asCall(value: unknown): Call | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { method, params } = value as Message
  if (typeof method !== 'string') return undefined
  if (params === undefined || params === null) return { method, params: [] }
  return Array.isArray(params) ? { method, params } : undefined
}

/** The id as JSON text. A number that JavaScript cannot hold is taken from the source, digit by digit. */
function idText(value: unknown, text: string | undefined): string | undefined {
  if (typeof value !== 'object' || value === null || !('id' in value)) return undefined
  const { id } = value
  if (typeof id === 'number' && !Number.isSafeInteger(id) && text !== undefined) {
    const source = /"id"\s*:\s*(-?\d[\d.eE+-]*)/.exec(text)?.[1]
    if (source !== undefined) return source
  }
  return typeof id === 'object' && id !== null ? 'null' : JSON.stringify(id)
}
