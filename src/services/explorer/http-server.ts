import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { isOgError, toOgError } from '../../errors/og-error.ts'
import { readBody, sendText } from '../../runtime/child/json-rpc-http.ts'
import { accountActions } from './account-actions.ts'
import { Refusal } from './answer.ts'
import { blockActions, gasActions, logActions, proxyAction, statsActions, transactionActions } from './chain-actions.ts'
import { contractActions } from './contract-actions.ts'
import type { Action, Explorer } from './explorer.ts'
import type { FaucetPayment } from './faucet.ts'
import { type Parameters, parseObject, readParameters } from './parameters.ts'
import { Turns } from './turns.ts'

const MODULES: Readonly<Record<string, Readonly<Record<string, Action>>>> = {
  account: accountActions,
  block: blockActions,
  contract: contractActions,
  gastracker: gasActions,
  logs: logActions,
  stats: statsActions,
  transaction: transactionActions,
}

/** `/open/api` as on 0G's explorers, `/api` and `/v2/api` as on Etherscan. */
const API_PATHS = new Set(['/open/api', '/api', '/v2/api'])
const MAX_FAUCET_BODY_BYTES = 4_096
/** Bodies that are read at the same time: each may take tens of megabytes. The others wait unread. */
const MAX_BODIES = 8
/** How long a body may take to arrive. */
const REQUEST_TIMEOUT_MS = 30_000

export type ExplorerServerOptions = {
  explorer: Explorer
  pay: (address: unknown, amount: unknown) => Promise<FaucetPayment>
}

/** The HTTP server: Etherscan's API, the faucet and `/health`. */
export function createExplorerServer(options: ExplorerServerOptions): Server {
  const turns = new Turns(MAX_BODIES)
  const server = createServer((request, response) => {
    handle(request, response, options, turns).catch((error: unknown) => {
      options.explorer.log.debug({ error: String(error) }, 'connection broke')
      response.destroy()
    })
  })
  server.requestTimeout = REQUEST_TIMEOUT_MS
  server.keepAliveTimeout = 60_000
  return server
}

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  { explorer, pay }: ExplorerServerOptions,
  turns: Turns,
): Promise<void> {
  if (request.method === 'OPTIONS') return sendText(response, 204, '')
  const url = URL.parse(request.url ?? '/', 'http://explorer')
  const path = url?.pathname.replace(/\/+$/, '') ?? ''
  if (url && API_PATHS.has(path)) {
    if (request.method !== 'GET' && request.method !== 'POST') return notFound(response, 405)
    const parameters = await turns.run(() => readParameters(request, url))
    if (parameters) return sendJson(response, 200, await answer(explorer, parameters))
    response.setHeader('connection', 'close')
    return sendJson(response, 413, {
      status: '0',
      message: 'NOTOK',
      result: 'Error! The body is too large or not understood',
    })
  }
  if (path === '/faucet')
    return request.method === 'POST' ? await faucet(request, response, pay) : notFound(response, 405)
  if (path === '/health') return sendJson(response, 200, { indexedTo: explorer.index.head?.number ?? null })
  return notFound(response, 404)
}

/** The answer to one question: Etherscan's envelope, or JSON-RPC's for `module=proxy`. */
async function answer(explorer: Explorer, parameters: Parameters): Promise<unknown> {
  const module = parameters.get('module')?.toLowerCase() ?? ''
  const name = parameters.get('action') ?? ''
  try {
    if (module === 'proxy') {
      const action = proxyAction(name)
      if (!action) throw new Refusal('Error! Missing Or invalid Action name')
      return await action(explorer, parameters)
    }
    const actions = Object.hasOwn(MODULES, module) ? MODULES[module] : undefined
    if (!actions) throw new Refusal('Error! Missing Or invalid Module name')
    const key = Object.keys(actions).find((known) => known.toLowerCase() === name.toLowerCase())
    const action = key === undefined ? undefined : actions[key]
    if (!action) throw new Refusal('Error! Missing Or invalid Action name')
    return await action(explorer, parameters)
  } catch (error) {
    return refusal(explorer, module, error)
  }
}

function refusal(explorer: Explorer, module: string, error: unknown): unknown {
  if (error instanceof Refusal) return error.answer
  if (!isOgError(error)) explorer.log.error({ err: error }, 'request failed')
  const { message, details } = toOgError(error)
  if (module === 'proxy') {
    const { rpcCode = -32_000, data } = (details ?? {}) as { rpcCode?: number; data?: unknown }
    return { jsonrpc: '2.0', id: 1, error: { code: rpcCode, message, ...(data === undefined ? {} : { data }) } }
  }
  return { status: '0', message: 'NOTOK', result: `Error! ${message}` }
}

async function faucet(
  request: IncomingMessage,
  response: ServerResponse,
  pay: ExplorerServerOptions['pay'],
): Promise<void> {
  const body = parseObject((await readBody(request, MAX_FAUCET_BODY_BYTES)) ?? '')
  try {
    const { amountWei, ...payment } = await pay(body?.['address'], body?.['amount'])
    sendJson(response, 200, { ...payment, amountWei: amountWei.toString() })
  } catch (error) {
    const { code, message, hint, category } = toOgError(error)
    const status = code === 'FAUCET_BUSY' ? 429 : category === 'USAGE' ? 400 : 502
    sendJson(response, status, { error: { code, message, hint } })
  }
}

function notFound(response: ServerResponse, status: number): void {
  sendJson(response, status, {
    error: 'ask GET or POST /open/api?module=…&action=…, POST /faucet {"address":"0x…"}, GET /health',
  })
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  sendText(response, status, JSON.stringify(value))
}
