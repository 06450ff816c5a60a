import type { Call, Dispatch } from './rpc-methods.ts'
import { errorBody, type ReplyBody, RPC_CODES, withId } from './rpc-reply.ts'
import { sharingSync } from './shared-sync.ts'

/** A batch is answered as a whole, so its size is bounded. */
const MAX_BATCH = 5_000
/** So is what one request may be answered with: the reply is one string in the memory of both sides. */
export const MAX_REPLY_CHARS = 128 * 1024 * 1024
/** with geth's number */
const TOO_LARGE = errorBody(-32003, `the reply would be larger than ${MAX_REPLY_CHARS} characters`)

type Message = { id?: unknown; method?: unknown; params?: unknown }

/**
 * Answers the text of one request or one batch (JSON-RPC 2.0). Undefined when nothing is to be sent: only notifications. Requests of
 * a batch are started in their order, and one that changes the chain is over before the next begins, as a client that sends
 * transactions with rising nonces expects. Reads between two changes run side by side: the engine answers 100 calls in 0.6 of the time.
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
  return await sharingSync(() => answerBatch(message, dispatch))
}

async function answerBatch(entries: readonly unknown[], dispatch: Dispatch): Promise<string | undefined> {
  const replies: (string | undefined)[] = []
  let size = 0
  for (let at = 0; at < entries.length; ) {
    const together = entries.slice(at, at + Math.max(1, readsFrom(entries, at)))
    at += together.length
    const answerNext = size > MAX_REPLY_CHARS ? () => TOO_LARGE : dispatch
    for (const reply of await Promise.all(together.map((entry) => answerOne(entry, answerNext)))) {
      size += reply?.length ?? 0
      replies.push(reply)
    }
  }
  const sent = replies.filter((reply) => reply !== undefined)
  return sent.length > 0 ? `[${sent.join(',')}]` : undefined
}

/** Reads that may run at once: bounded, so that one batch does not hold the replies of thousands of large ones. */
const MAX_AT_ONCE = 128
const READ =
  /^(eth_(get(?!Filter)|call$|chainId|blockNumber|gasPrice|accounts|feeHistory|estimateGas|maxPriority|blobBase)|net_|web3_)/

function readsFrom(entries: readonly unknown[], start: number): number {
  let end = start
  while (end < entries.length && end - start < MAX_AT_ONCE && isRead(entries[end])) end++
  return end - start
}

function isRead(entry: unknown): boolean {
  const { method } = (entry ?? {}) as Message
  return typeof method === 'string' && READ.test(method)
}

async function answerOne(value: unknown, dispatch: Dispatch, text?: string): Promise<string | undefined> {
  const call = asCall(value)
  const id = idText(value, text)
  if (!call) return withId(id ?? 'null', errorBody(RPC_CODES.invalidRequest, 'not a JSON-RPC request'))
  // The engine reads a request as it came, but insists on an id and on params, which clients may leave out.
  const isComplete = id !== undefined && (value as Message).params === call.params
  let body: ReplyBody
  try {
    body = await dispatch(call, isComplete ? text : undefined)
  } catch (error) {
    body = refused(error)
  }
  if (id === undefined) return undefined
  return withId(id, body.length > MAX_REPLY_CHARS ? TOO_LARGE : body)
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
