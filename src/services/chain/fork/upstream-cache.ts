import { appendFileSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { ogError } from '../../../errors/og-error.ts'
import type { ForkPin } from './fork-pin.ts'

/**
 * What the engine asks of the network it forks, answered from a file where it was asked before. Below the pinned block nothing ever
 * changes, so every answer is kept for ever: a fork that was used once starts and replays without the network.
 */
export type UpstreamCache = {
  /** a loopback URL for the engine */
  url: string
  close: () => Promise<void>
}

const FILE = 'upstream.ndjson'
const ANSWER_MS = 30_000
const ATTEMPTS = 3
const RETRY_PAUSE_MS = 250
const UPSTREAM_FAILED = -32_050
const METHOD_NOT_FOUND = -32_601

type Request = { id?: unknown; method: string; params?: readonly unknown[] }
type Reply = { result: unknown } | { error: unknown }

/** Opens the answers kept in `dataDir` and listens for the engine. */
export async function openUpstreamCache(dataDir: string, pin: ForkPin): Promise<UpstreamCache> {
  const path = join(dataDir, FILE)
  const known = readAnswers(path)
  const pinned = `0x${pin.blockNumber.toString(16)}`

  const ask = async (request: Request): Promise<Reply> => {
    const { method } = request
    // The engine must not see the network move on.
    if (method === 'eth_blockNumber') return { result: pinned }
    if (method === 'eth_chainId') return { result: `0x${pin.chainId.toString(16)}` }
    if (method === 'net_version') return { result: String(pin.chainId) }
    // anvil races it against three plain methods, and a restart would ask in the way whose answers are not kept.
    if (method === 'eth_getAccountInfo') return { error: { code: METHOD_NOT_FOUND, message: `no ${method} here` } }
    const params = (request.params ?? []).map((param) => (isMovingTag(param) ? pinned : param))
    const key = JSON.stringify([method, params])
    const found = known.get(key)
    if (found !== undefined) return { result: JSON.parse(found) }
    const reply = await askUpstream(pin.url, method, params)
    if (!('result' in reply)) return reply
    const text = JSON.stringify(reply.result)
    known.set(key, text)
    appendFileSync(path, `${JSON.stringify([key, text])}\n`, { mode: 0o600 })
    return reply
  }
  const answer = async (request: Request) => ({ jsonrpc: '2.0', id: request.id ?? null, ...(await ask(request)) })

  const server = createServer((request, response) => {
    handle(request, response, answer).catch((error: Error) => {
      if (!response.headersSent) response.writeHead(500)
      response.end(error.message)
    })
  })
  server.keepAliveTimeout = 65_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port: 0 }, resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: Request) => Promise<object>,
): Promise<void> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) text += chunk
  const message = JSON.parse(text) as Request | Request[]
  const reply = Array.isArray(message) ? await Promise.all(message.map(answer)) : await answer(message)
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(reply))
}

const isMovingTag = (param: unknown): boolean =>
  param === 'latest' || param === 'pending' || param === 'safe' || param === 'finalized'

/** Answers of earlier runs; a line that a crash cut short is asked again. */
function readAnswers(path: string): Map<string, string> {
  const answers = new Map<string, string>()
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return answers
    throw error
  }
  for (const line of text.split('\n')) {
    try {
      const [key, result] = JSON.parse(line) as [string, string]
      answers.set(key, result)
    } catch {
      // the torn last line, or the empty text behind it
    }
  }
  return answers
}

/** One request to the network, tried again while it does not answer. An answer that is an error is the network's own. */
async function askUpstream(url: string, method: string, params: readonly unknown[]): Promise<Reply> {
  let reason = ''
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (attempt > 0) await new Promise((resolve) => setTimeout(resolve, RETRY_PAUSE_MS * attempt))
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
        signal: AbortSignal.timeout(ANSWER_MS),
      })
      const reply = (await response.json()) as Record<string, unknown>
      if ('result' in reply) return { result: reply['result'] }
      if ('error' in reply) return { error: reply['error'] }
      reason = `HTTP ${response.status}`
    } catch (error) {
      const { cause, message } = error as Error
      reason = cause instanceof Error ? cause.message : message
    }
  }
  const error = ogError('FORK_UNREACHABLE', { url, reason })
  return { error: { code: UPSTREAM_FAILED, message: `${error.message} (${error.hint})`, data: { og: error.toJSON() } } }
}
