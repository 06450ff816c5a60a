import { decodeCustomError } from '../../contracts/decode-error.ts'
import { fromSerialized, isOgError, type OgError, ogError, type SerializedOgError } from '../../errors/og-error.ts'

export type Hex = `0x${string}`

type RequestOptions = { signal?: AbortSignal | undefined }

/** A JSON-RPC 2.0 endpoint. `request` resolves to `result` or throws an OgError. */
export type RpcClient = {
  url: string
  request<T>(method: string, params?: unknown[], options?: RequestOptions): Promise<T>
}

export type RpcOptions = {
  /** one request may take this long */
  timeoutMs?: number
  /** how long to keep trying while nothing listens at the URL (a service that is being restarted) */
  retryForMs?: number
  /** what the error calls the other side, e.g. 'the storage node' */
  headers?: Record<string, string>
  /** how a message gets there and its answer back; fetch by default */
  transport?: Transport
}

/** `reply` is undefined when the answer is not JSON. Throws a TypeError with the connection's error as cause, as fetch does. */
type Transport = (post: {
  url: string
  message: unknown
  headers: Record<string, string>
  signal: AbortSignal
}) => Promise<{ status: number; reply: unknown }>

type RpcErrorBody = { code?: number; message?: string; data?: unknown }
type RpcReply = { result?: unknown; error?: RpcErrorBody }

const DEFAULT_TIMEOUT_MS = 60_000
const RETRY_PAUSE_MS = 100

/**
 * A JSON-RPC client over HTTP. A connection that a restarted server dropped is retried once at once; with `retryForMs` a
 * server that is not there yet is waited for.
 * @throws OgError NETWORK_UNREACHABLE, TIMEOUT, RPC_ERROR (details.rpcCode), RPC_REVERTED (details.data, decoded when known)
 */
export function createRpc(url: string, options: RpcOptions = {}): RpcClient {
  let nextId = 1
  return {
    url,
    async request<T>(method: string, params: unknown[] = [], { signal }: RequestOptions = {}): Promise<T> {
      const message = { jsonrpc: '2.0', id: nextId++, method, params }
      const reply = await post(url, message, options, signal)
      if (reply.error) throw rpcError(method, reply.error)
      return reply.result as T
    },
  }
}

function bigintToHex(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `0x${value.toString(16)}` : value
}

async function post(
  url: string,
  message: { method: string },
  options: RpcOptions,
  signal: AbortSignal | undefined,
): Promise<RpcReply> {
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  const timeout = AbortSignal.timeout(timeoutMs)
  const giveUpAt = Date.now() + (options.retryForMs ?? 0)
  const transport = options.transport ?? fetchTransport
  const { headers = {} } = options
  for (let attempt = 0; ; attempt++) {
    try {
      const { status, reply } = await transport({
        url,
        message,
        headers,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
      return checkReply(url, status, reply)
    } catch (error) {
      signal?.throwIfAborted()
      if (timeout.aborted)
        throw ogError('TIMEOUT', { what: `${message.method} at ${url}`, timeoutMs }, { cause: error })
      const reason = connectionProblem(error)
      if (reason === undefined) throw error
      // A pooled connection that the other side closed while idle fails on first use; a fresh one tells the truth.
      if (attempt === 0 && reason !== 'ECONNREFUSED') continue
      if (Date.now() >= giveUpAt) throw ogError('NETWORK_UNREACHABLE', { url, reason }, { cause: error })
      await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS))
    }
  }
}

const fetchTransport: Transport = async ({ url, message, headers, signal }) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(message, bigintToHex),
    signal,
  })
  const text = await response.text()
  try {
    return { status: response.status, reply: JSON.parse(text) }
  } catch {
    return { status: response.status, reply: undefined }
  }
}

function checkReply(url: string, status: number, reply: unknown): RpcReply {
  if (typeof reply === 'object' && reply !== null && ('result' in reply || 'error' in reply)) return reply as RpcReply
  throw ogError('NETWORK_UNREACHABLE', { url, reason: `HTTP ${status} without a JSON-RPC answer` })
}

/** The system's name of a connection failure, or undefined when the error is of another kind. */
function connectionProblem(error: unknown): string | undefined {
  if (!(error instanceof TypeError)) return undefined
  const cause = error.cause as { code?: string; message?: string } | undefined
  return cause?.code ?? cause?.message ?? error.message
}

function rpcError(method: string, error: RpcErrorBody): OgError {
  const own = serializedError(error.data)
  if (own) return fromSerialized(own)
  const data = revertData(error.data)
  if (isRevert(error, data)) return revertError(method, data, error.message)
  return ogError(
    'RPC_ERROR',
    { method, reason: error.message ?? 'no reason given' },
    { details: { rpcCode: error.code, data: error.data } },
  )
}

/** Our own services put the error of the catalogue into `data.og`: it is raised again as what it was. */
function serializedError(data: unknown): SerializedOgError | undefined {
  if (typeof data !== 'object' || data === null || !('og' in data)) return undefined
  const { og } = data
  return typeof og === 'object' && og !== null && 'code' in og ? (og as SerializedOgError) : undefined
}

/** geth's code 3, a node that says so, or the general error codes with data, which other nodes use. */
function isRevert({ code, message = '' }: RpcErrorBody, data: Hex | undefined): boolean {
  return code === 3 || /revert/i.test(message) || (data !== undefined && (code === -32000 || code === -32603))
}

/** Nodes put revert data in `error.data`, some one level deeper. */
function revertData(data: unknown): Hex | undefined {
  if (typeof data === 'string') return /^0x([0-9a-f]{2})*$/i.test(data) ? (data as Hex) : undefined
  if (typeof data === 'object' && data !== null && 'data' in data) return revertData(data.data)
  return undefined
}

/**
 * An RPC_REVERTED whose reason is the decoded custom error, the `require` string, the panic, or the node's own words.
 * `details`: {data, error?: name, args?, txHash?}.
 */
export function revertError(
  what: string,
  data: Hex | undefined,
  nodeMessage: string | undefined,
  details: Record<string, unknown> = {},
): OgError {
  const decoded = data && data !== '0x' ? decodeCustomError(data) : undefined
  if (decoded) {
    return ogError(
      'RPC_REVERTED',
      { what, reason: decoded.sentence, fix: decoded.hint },
      { details: { ...details, data, error: decoded.name, args: decoded.args } },
    )
  }
  return ogError(
    'RPC_REVERTED',
    { what, reason: nodeMessage ?? 'no reason given', fix: 'check the arguments and the state of the contract' },
    { details: { ...details, data: data ?? '0x' } },
  )
}

/** Awaits a call and, when it reverts, says what refused: the function of the contract instead of the method of the node. */
export async function naming<T>(what: string, request: Promise<T>): Promise<T> {
  try {
    return await request
  } catch (error) {
    throw isOgError(error) ? renameRevert(error, what) : error
  }
}

/** The same revert under another name; any other error as it is. */
export function renameRevert(error: OgError, what: string, details: Record<string, unknown> = {}): OgError {
  if (error.code !== 'RPC_REVERTED') return error
  const reason = error.message.replace(/^the contract refused .*?: /, '')
  return revertError(what, error.details?.['data'] as Hex | undefined, reason, details)
}
