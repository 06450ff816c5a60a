import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Logger } from 'pino'
import { responseText, signResponse } from '../../protocol/compute/response-signature.ts'
import { checksumAddress, type Hex, isSameAddress } from '../../protocol/ecdsa.ts'
import type { AttestationReport } from './attestation.ts'
import { answerChat, type ChatService } from './chat-completions.ts'
import { CORS_HEADERS, HttpError, sendJson } from './http-reply.ts'

export type BrokerOptions = ChatService & {
  provider: Hex
  signer: { address: Hex; privateKey: Hex }
  attestation: AttestationReport
  models: object
  log: Logger
}

type Reply = (req: IncomingMessage, res: ServerResponse, rest: string) => void | Promise<void>

/**
 * The provider's HTTP server (0G compute spec §4.1, §4.2): quote, models, fees, the billing proxy and the signatures of answers.
 * Errors are `{"error": text}` with the statuses of the network; 5xx texts tell nothing of the inside.
 */
export function createBroker(options: BrokerOptions): Server {
  const { provider, log } = options
  const headers = { ...CORS_HEADERS, provider: checksumAddress(provider) }
  const server = createServer((req, res) => {
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value)
    res.on('error', () => {})
    handle(options, req, res).catch((error: unknown) => fail(res, error, log))
  })
  server.keepAliveTimeout = 30_000
  return server
}

async function handle(options: BrokerOptions, req: IncomingMessage, res: ServerResponse): Promise<void> {
  if (req.method === 'OPTIONS') {
    res.writeHead(204).end()
    return
  }
  const path = (req.url ?? '/').replace(/[?#].*$/, '').replace(/\/+$/, '')
  if (path === '/health') {
    sendJson(res, 200, { status: 'ok', model: options.model, provider: checksumAddress(options.provider) })
    return
  }
  options.limits.countRequest(addressOf(req))
  const { reply, rest } = route(options, req.method ?? 'GET', path)
  await reply(req, res, rest)
}

function route(options: BrokerOptions, method: string, path: string): { reply: Reply; rest: string } {
  const fixed: Record<string, Reply> = {
    'GET /v1/quote': (_req, res) => sendJson(res, 200, options.attestation),
    'GET /v1/models': (_req, res) => sendJson(res, 200, options.models),
    'GET /v1/proxy/models': (_req, res) => sendJson(res, 200, options.models),
    'GET /v1/proxy/attestation/report': (_req, res) => sendJson(res, 200, options.attestation),
    'POST /v1/proxy/chat/completions': (req, res) => answerChat(options, req, res),
  }
  // OpenAI clients append /v1 to their base URL: /v1/proxy/v1/… is the same as /v1/proxy/….
  const plain = path.replace(/^\/v1\/proxy\/v1(?=\/)/, '/v1/proxy')
  const reply = fixed[`${method} ${plain}`]
  if (reply) return { reply, rest: '' }

  const prefixes: [RegExp, Reply][] = [
    [/^\/v1\/proxy\/signature\/(.+)$/, (_req, res, id) => sendSignature(options, res, id)],
    [/^\/v1\/user\/([^/]+)\/unsettledfee$/, (req, res, user) => sendUnsettledFee(options, req, res, user)],
    [/^\/v1\/settlement\/(.+)$/, (_req, res, id) => sendSettlement(options, res, id)],
  ]
  for (const [pattern, prefixReply] of prefixes) {
    const match = method === 'GET' ? pattern.exec(plain) : null
    if (match?.[1] !== undefined) return { reply: prefixReply, rest: decodeId(match[1]) }
  }
  if (plain.startsWith('/v1/proxy/')) throw new HttpError(400, 'unsupported endpoint')
  throw new HttpError(404, `no such endpoint: ${method} ${path}`)
}

/** The signature of an answer, by ZG-Res-Key or completion id. It is made anew from the journal, so it survives a restart. */
function sendSignature({ book, signer }: BrokerOptions, res: ServerResponse, id: string): void {
  const row = book.find(id)
  if (!row) throw new HttpError(400, 'Chat id not found or expired, chat_id_not_found')
  const text = responseText(row.requestHash, row.responseHash)
  sendJson(res, 200, signResponse(text, signer.privateKey, checksumAddress(signer.address)))
}

async function sendUnsettledFee(
  options: BrokerOptions,
  req: IncomingMessage,
  res: ServerResponse,
  user: string,
): Promise<void> {
  const caller = await options.admission.authenticate(req)
  if (!isSameAddress(caller.user, user)) throw new HttpError(403, 'you can only query your own unsettled fee')
  sendJson(res, 200, {
    userAddress: checksumAddress(caller.user),
    unsettledFee: `${options.book.unsettledWei(caller.user)}`,
  })
}

/**
 * How the fee of an answer was settled: our addition to the network's routes. With it a user can recompute the requests hash that
 * the settlement on chain carries and find the own answer in it. It names no other request's content.
 */
function sendSettlement({ book }: BrokerOptions, res: ServerResponse, id: string): void {
  const row = book.find(id)
  if (!row) throw new HttpError(404, 'no such answer')
  const settlement = book.settlementOf(row.chatId)
  const { order, outcome, requests } = settlement ?? {}
  sendJson(res, 200, {
    chatId: row.chatId,
    feeWei: row.feeWei,
    status: outcome ? 'settled' : 'pending',
    nonce: order?.nonce ?? null,
    requestsHash: order?.requestsHash ?? null,
    txHash: outcome?.txHash ?? null,
    requests: (requests ?? []).map((request) => ({
      requestHash: request.requestHash,
      feeWei: `${request.feeWei}`,
      inputFeeWei: `${request.inputFeeWei}`,
      outputFeeWei: `${request.outputFeeWei}`,
    })),
  })
}

function fail(res: ServerResponse, error: unknown, log: Logger): void {
  const isKnown = error instanceof HttpError
  if (!isKnown) log.error({ err: error }, 'a request failed')
  if (res.destroyed || res.headersSent) {
    res.destroy()
    return
  }
  const status = isKnown ? error.status : 500
  sendJson(res, status, { error: isKnown ? error.message : 'Internal Server Error' })
}

function addressOf(req: IncomingMessage): string {
  const forwarded = req.headers['x-forwarded-for']
  const first = (Array.isArray(forwarded) ? forwarded[0] : forwarded)?.split(',')[0]?.trim()
  return first || req.socket.remoteAddress || ''
}

/** Official clients send ids unescaped; a stray percent sign must not fail the request. */
function decodeId(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
