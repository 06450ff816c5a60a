import type { IncomingMessage, ServerResponse } from 'node:http'
import { encodeLongTextJson, parseLongTextJson } from '../../utils/long-text-json.ts'
import { mapLimit } from '../../utils/map-limit.ts'
import type { ByteGate } from './byte-gate.ts'

/** A JSON-RPC 2.0 error object. */
export type RpcErrorBody = { code: number; message: string; data?: unknown }

/** Thrown by a method to answer with a JSON-RPC error of its own choosing. */
export class RpcFault extends Error {
  readonly body: RpcErrorBody

  constructor(body: RpcErrorBody) {
    super(body.message)
    this.body = body
  }
}

/** `origin`: the web page that asks, when it is one; `address`: IP address the request comes from. */
export type RpcCaller = {
  userAgent: string
  signal: AbortSignal
  origin?: string | undefined
  address?: string | undefined
}
export type RpcMethod = (params: unknown[], caller: RpcCaller) => unknown
export type RpcMethods = Readonly<Record<string, RpcMethod>>

export type JsonRpcOptions = {
  methods: RpcMethods
  /** larger bodies get HTTP 413 */
  maxBodyBytes: number
  /** turns anything a method throws (other than an RpcFault) into an answer */
  onError: (error: unknown, method: string) => RpcErrorBody
  /** long strings come as bytes in parameters, and bytes in results go out as strings: see utils/long-text-json.ts */
  longTexts?: boolean
  /** bounds the bodies that are in memory at once, all requests together; small ones pass beside it */
  gate?: ByteGate
}

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'content-type, authorization',
  'access-control-max-age': '86400',
} as const

const UNGATED_BYTES = 64 * 1024
/** A body of which nothing came for this long will not come. */
const STALLED_MS = 30_000

/** A batch is answered as a whole, from memory: how many calls it may hold, and after how much answer the rest is refused. */
const MAX_BATCH = 1_000
const BATCH_AT_ONCE = 16
const MAX_BATCH_ANSWER_BYTES = 100 * 1024 ** 2
const BATCH_TOO_LARGE: RpcErrorBody = { code: -32003, message: 'the answers before this one fill the batch: ask again' }

/**
 * Answers one HTTP request as a JSON-RPC 2.0 server: single or batch, any content type, ids echoed as they were written,
 * HTTP 200 for every JSON-RPC error, open CORS. Anything but POST and OPTIONS is 405.
 */
export async function handleJsonRpc(
  request: IncomingMessage,
  response: ServerResponse,
  options: JsonRpcOptions,
): Promise<void> {
  if (request.method === 'OPTIONS') return sendText(response, 204, '')
  if (request.method !== 'POST') return sendText(response, 405, 'JSON-RPC is spoken with POST\n', 'text/plain')
  if (Number(request.headers['content-length'] ?? 0) > options.maxBodyBytes) return refuseBody(response)
  const leave = await enterGate(request, options)
  try {
    await answerBody(request, response, options)
  } finally {
    leave()
  }
}

function refuseBody(response: ServerResponse): void {
  response.setHeader('connection', 'close')
  sendText(response, 413, errorText('null', { code: -32701, message: 'Request is too big' }))
}

/** Waits until there is room for the body; a length that is not told counts as the largest. */
async function enterGate(request: IncomingMessage, { gate, maxBodyBytes }: JsonRpcOptions): Promise<() => void> {
  const length = Number(request.headers['content-length'] ?? maxBodyBytes)
  return gate && length > UNGATED_BYTES ? await gate.enter(length) : () => undefined
}

async function answerBody(request: IncomingMessage, response: ServerResponse, options: JsonRpcOptions): Promise<void> {
  const body = await readBytes(request, options.maxBodyBytes)
  if (body === undefined) return refuseBody(response)
  const abort = new AbortController()
  response.once('close', () => abort.abort())
  const { 'user-agent': userAgent = '', origin } = request.headers
  const caller = { userAgent, origin, address: request.socket.remoteAddress, signal: abort.signal }
  send(response, 200, await answerJsonRpc(body, options, caller))
}

/** The answer to one JSON-RPC text, in pieces; empty for notifications only. */
export async function answerJsonRpc(body: Buffer, options: JsonRpcOptions, caller: RpcCaller): Promise<Uint8Array[]> {
  let parsed: unknown
  try {
    parsed = options.longTexts ? parseLongTextJson(body) : JSON.parse(body.toString('utf8'))
  } catch {
    return [Buffer.from(errorText('null', { code: -32700, message: 'Parse error' }))]
  }
  let ids: (string | undefined)[] | undefined
  const rawId = (i: number): string | undefined => {
    ids ??= rawIds(body)
    return ids[i]
  }
  if (!Array.isArray(parsed)) return await answerOne(parsed, () => rawId(0), options, caller)
  if (parsed.length === 0) return [Buffer.from(errorText('null', { code: -32600, message: 'Invalid request' }))]
  if (parsed.length > MAX_BATCH) {
    const message = `Invalid request: a batch may hold ${MAX_BATCH} calls`
    return [Buffer.from(errorText('null', { code: -32600, message }))]
  }
  let sizeBytes = 0
  const answers = await mapLimit(parsed, BATCH_AT_ONCE, async (one: unknown, i) => {
    if (sizeBytes > MAX_BATCH_ANSWER_BYTES)
      return [
        Buffer.from(
          errorText(
            idText(one, () => rawId(i)),
            BATCH_TOO_LARGE,
          ),
        ),
      ]
    const answer = await answerOne(one, () => rawId(i), options, caller)
    for (const piece of answer) sizeBytes += piece.length
    return answer
  })
  const given = answers.filter((answer) => answer.length > 0)
  return [
    Buffer.from('['),
    ...given.flatMap((answer, i) => (i > 0 ? [Buffer.from(','), ...answer] : answer)),
    Buffer.from(']'),
  ]
}

/** Reads a body as text, or undefined once it exceeds the limit. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  return (await readBytes(request, maxBytes))?.toString('utf8')
}

async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const parts: Buffer[] = []
  let size = 0
  const stalled = setTimeout(() => request.destroy(), STALLED_MS)
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      stalled.refresh()
      size += part.length
      if (size > maxBytes) return undefined
      parts.push(part)
    }
  } finally {
    clearTimeout(stalled)
  }
  return Buffer.concat(parts, size)
}

/** Writes a whole answer with the open CORS headers. */
export function sendText(response: ServerResponse, status: number, text: string, type = 'application/json'): void {
  send(response, status, [Buffer.from(text)], type)
}

function send(response: ServerResponse, status: number, pieces: Uint8Array[], type = 'application/json'): void {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0)
  response.writeHead(status, { ...CORS, 'content-type': type, 'content-length': length })
  response.cork()
  for (const piece of pieces) response.write(piece)
  response.end()
}

async function answerOne(
  call: unknown,
  rawId: () => string | undefined,
  options: JsonRpcOptions,
  caller: RpcCaller,
): Promise<Uint8Array[]> {
  const request = asRequest(call)
  if (!request) return [Buffer.from(errorText(idText(call, rawId), { code: -32600, message: 'Invalid request' }))]
  const method = Object.hasOwn(options.methods, request.method) ? options.methods[request.method] : undefined
  const id = idText(call, rawId)
  const answer = await run(request, method, options, caller)
  if (!('id' in request)) return []
  if ('error' in answer) return [Buffer.from(errorText(id, answer.error))]
  const result = options.longTexts
    ? encodeLongTextJson(answer.result)
    : [Buffer.from(JSON.stringify(answer.result ?? null))]
  return [Buffer.from(`{"jsonrpc":"2.0","id":${id},"result":`), ...result, Buffer.from('}')]
}

async function run(
  request: RpcRequest,
  method: RpcMethod | undefined,
  options: JsonRpcOptions,
  caller: RpcCaller,
): Promise<{ result: unknown } | { error: RpcErrorBody }> {
  if (!method) return { error: { code: -32601, message: 'Method not found' } }
  try {
    return { result: await method(request.params ?? [], caller) }
  } catch (error) {
    return { error: error instanceof RpcFault ? error.body : options.onError(error, request.method) }
  }
}

type RpcRequest = { method: string; params?: unknown[]; id?: unknown }

function asRequest(call: unknown): RpcRequest | undefined {
  if (typeof call !== 'object' || call === null) return undefined
  const { method, params } = call as { method?: unknown; params?: unknown }
  if (typeof method !== 'string') return undefined
  if (params !== undefined && params !== null && typeof params !== 'object') return undefined
  // By-name parameters are taken in the order they were written.
  const list = Array.isArray(params) ? params : Object.values(params ?? {})
  return { ...(call as object), method, params: list }
}

function errorText(id: string, error: RpcErrorBody): string {
  return `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify(error)}}`
}

function idText(call: unknown, rawId: () => string | undefined): string {
  const id = typeof call === 'object' && call !== null ? (call as { id?: unknown }).id : undefined
  if (typeof id === 'string') return JSON.stringify(id)
  if (typeof id !== 'number') return 'null'
  return Number.isSafeInteger(id) ? String(id) : (rawId() ?? String(id))
}

/** The ids of a text as they were written: JavaScript would round those above 2^53 that some clients send. */
function rawIds(body: Buffer): (string | undefined)[] {
  class Raw {
    readonly text: string
    constructor(text: string) {
      this.text = text
    }
  }
  const keepSource = function (this: unknown, key: string, value: unknown, context?: { source?: string }): unknown {
    return key === 'id' && typeof value === 'number' && context?.source !== undefined ? new Raw(context.source) : value
  } as (this: unknown, key: string, value: unknown) => unknown
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString('utf8'), keepSource)
  } catch {
    // A reviver walks by recursion, the parser does not: text nested deeper than the stack keeps its rounded ids.
    return []
  }
  const calls = Array.isArray(parsed) ? parsed : [parsed]
  return calls.map((call: { id?: unknown } | null) => (call?.id instanceof Raw ? call.id.text : undefined))
}
