import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { answer } from './rpc-message.ts'
import type { Dispatch } from './rpc-methods.ts'
import { errorBody, RPC_CODES, withId } from './rpc-reply.ts'

/** Room for a 128 KiB contract or a large batch; a body beyond it is refused without being read. */
export const MAX_REQUEST_BYTES = 32 * 1024 * 1024
const KEEP_ALIVE_MS = 65_000

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST, GET, OPTIONS',
  'access-control-allow-headers': '*',
  'access-control-max-age': '86400',
}

/** JSON-RPC over HTTP: POST to any path. */
export function createHttpServer(dispatch: Dispatch, log: Logger): Server {
  const server = createServer((request, response) => {
    void handleHttp(request, response, dispatch).catch((error: unknown) => {
      log.error({ err: error }, 'request failed')
      if (!response.headersSent) send(response, 500, withId('null', errorBody(RPC_CODES.internal, 'internal error')))
    })
  })
  server.keepAliveTimeout = KEEP_ALIVE_MS
  return server
}
async function handleHttp(request: IncomingMessage, response: ServerResponse, dispatch: Dispatch): Promise<void> {
  if (request.method === 'OPTIONS') {
    response.writeHead(204, CORS).end()
    return
  }
  if (request.method !== 'POST') {
    const body = withId('null', errorBody(RPC_CODES.invalidRequest, 'this is a JSON-RPC endpoint: POST requests to it'))
    send(response, 405, body, { allow: 'POST, OPTIONS' })
    return
  }
  const text = await readBody(request)
  if (text === undefined) {
    const body = withId('null', errorBody(RPC_CODES.invalidRequest, `a request may have ${MAX_REQUEST_BYTES} bytes`))
    send(response, 413, body, { connection: 'close' })
    request.destroy()
    return
  }
  const reply = await answer(text, dispatch)
  if (reply === undefined) response.writeHead(204, CORS).end()
  else send(response, 200, reply)
}

function send(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    ...CORS,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  })
  response.end(body)
}

/** The body as text, or undefined when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_REQUEST_BYTES) return undefined
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length
    if (sizeBytes > MAX_REQUEST_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
