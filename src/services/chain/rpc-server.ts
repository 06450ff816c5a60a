import type { Server as HttpServer } from 'node:http'
import { createServer as createIpcServer, type Server as IpcServer } from 'node:net'
import type { Logger } from 'pino'
import { WebSocketServer } from 'ws'
import { createHttpServer, MAX_REQUEST_BYTES } from './http-endpoint.ts'
import { JsonStream } from './json-stream.ts'
import { answer } from './rpc-message.ts'
import type { Dispatch } from './rpc-methods.ts'
import { errorBody, RPC_CODES, withId } from './rpc-reply.ts'
import type { EventSink, Subscriptions } from './subscriptions.ts'

/** A connection that lets more than this wait to be sent reads too slowly, and is dropped. */
const MAX_BACKLOG_BYTES = 64 * 1024 * 1024
/** Requests one connection may have waiting for their turn before nothing more is read from it. */
const MAX_WAITING_REQUESTS = 256

export type RpcServer = {
  /** for the caller to bind: HTTP, and WebSocket on the same port */
  http: HttpServer
  /** for the caller to bind to a path: JSON texts one after the other, as geth's IPC */
  ipc: IpcServer
  /** stops listening and drops every connection */
  close(): Promise<void>
}

export type RpcServerOptions = { dispatch: Dispatch; subscriptions: Subscriptions; log: Logger }

/** What WebSocket and IPC have in common: texts in, texts out, in order, and events in between. */
type Connection = {
  send(text: string): void
  drop(): void
  /** bytes that wait to be sent */
  backlog(): number
  pause(): void
  resume(): void
}

/** JSON-RPC over HTTP (POST, any path), over WebSocket on the same port, and over a local socket. */
export function createRpcServer({ dispatch, subscriptions, log }: RpcServerOptions): RpcServer {
  const http = createHttpServer(dispatch, log)
  const sockets = new WebSocketServer({ server: http, maxPayload: MAX_REQUEST_BYTES })
  sockets.on('error', () => {
    // the HTTP server reports its own errors; ws repeats them
  })
  const serve = (kind: string, connection: Connection) => {
    const closed: (() => void)[] = []
    const send = (text: string) => {
      if (connection.backlog() > MAX_BACKLOG_BYTES) {
        log.warn({ kind, backlogBytes: connection.backlog() }, 'a client that reads too slowly was dropped')
        connection.drop()
      } else connection.send(text)
    }
    const sink: EventSink = { send, onClose: (listener) => closed.push(listener) }
    const ownDispatch = subscriptions.forConnection(sink, dispatch)
    // One after the other: a connection's requests are answered in order, which HTTP clients get from awaiting.
    let turn: Promise<unknown> = Promise.resolve()
    let waiting = 0
    return {
      take(text: string) {
        if (++waiting === MAX_WAITING_REQUESTS) connection.pause()
        turn = turn
          .then(() => answer(text, ownDispatch))
          .then((reply) => reply !== undefined && send(reply))
          .catch((error: unknown) => log.error({ err: error }, `${kind} request failed`))
          .finally(() => {
            if (waiting-- === MAX_WAITING_REQUESTS) connection.resume()
          })
      },
      closed: () => {
        for (const listener of closed) listener()
      },
    }
  }

  sockets.on('connection', (socket) => {
    const { take, closed } = serve('websocket', {
      send: (text) => socket.readyState === socket.OPEN && socket.send(text),
      drop: () => socket.terminate(),
      backlog: () => socket.bufferedAmount,
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    })
    socket.on('message', (data) => take(String(data)))
    socket.on('close', closed)
    socket.on('error', (error) => log.debug({ err: error }, 'websocket closed with an error'))
  })

  const local = new Set<import('node:net').Socket>()
  const ipc = createIpcServer((socket) => {
    local.add(socket)
    const { take, closed } = serve('ipc', {
      send: (text) => socket.writable && socket.write(`${text}\n`),
      drop: () => socket.destroy(),
      backlog: () => socket.writableLength,
      pause: () => socket.pause(),
      resume: () => socket.resume(),
    })
    const texts = new JsonStream(MAX_REQUEST_BYTES)
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => {
      try {
        for (const text of texts.take(String(chunk))) take(text)
      } catch {
        // Where a text that is no JSON, or is too large, ends nobody knows: the rest of the connection cannot be read.
        socket.end(`${withId('null', errorBody(RPC_CODES.parse, 'not a JSON-RPC request'))}\n`)
        socket.removeAllListeners('data')
      }
    })
    socket.on('close', () => {
      local.delete(socket)
      closed()
    })
    socket.on('error', (error) => log.debug({ err: error }, 'ipc closed with an error'))
  })

  return {
    http,
    ipc,
    async close() {
      const closed = Promise.all([endOf(http), endOf(ipc)])
      // An upgraded connection is no longer the HTTP server's to close, yet it waits for it.
      for (const socket of sockets.clients) socket.terminate()
      sockets.close()
      for (const socket of local) socket.destroy()
      http.closeAllConnections()
      await closed
    },
  }
}

function endOf(server: HttpServer | IpcServer): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}
