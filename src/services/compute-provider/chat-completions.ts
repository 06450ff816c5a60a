import { createHash, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { isOgError } from '../../errors/og-error.ts'
import { chatFee, formatUsage, type Pricing, type Usage } from '../../protocol/compute/fee.ts'
import { sha256Hex } from '../../protocol/compute/response-signature.ts'
import type { Admission, Caller } from './admission.ts'
import { type ChatRequest, parseChatRequest } from './chat-request.ts'
import type { Engine, FinishReason, GenerateEvent } from './engine/engine.ts'
import type { FeeBook } from './fee-book.ts'
import { HttpError, readBody } from './http-reply.ts'
import type { Limits } from './limits.ts'

export type ChatService = {
  engine: Engine
  book: FeeBook
  admission: Admission
  limits: Limits
  model: string
  contextLength: number
  pricing: Pricing
  maxBodyBytes: number
  onFee: (user: Caller['user']) => void
}

type Exchange = {
  chatId: string
  completionId: string
  created: number
  caller: Caller
  requestHash: string
  request: ChatRequest
}

/**
 * `POST /v1/proxy/chat/completions`: admits, generates, bills and signs one answer (0G compute spec §4.3–4.7). Its fee is on disk
 * and its signature can be fetched before the last byte leaves. A client that goes away is billed for what was generated.
 */
export async function answerChat(service: ChatService, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const { admission, limits } = service
  const body = await readBody(req, service.maxBodyBytes)
  const releases = [limits.enter()]
  try {
    const caller = await admission.authenticate(req)
    releases.push(limits.enterAs(caller.user))
    const request = parseChatRequest(body)
    if (request.model !== undefined && request.model !== service.model) {
      throw new HttpError(400, `model ${request.model} is not served by this provider, it serves ${service.model}`)
    }
    releases.push(await admission.reserve(caller, largestFee(service, request)))
    const id = randomUUID()
    const requestHash = sha256Hex(body)
    const created = Math.floor(Date.now() / 1000)
    await generate(service, res, { chatId: id, completionId: `chatcmpl-${id}`, created, caller, requestHash, request })
  } finally {
    for (const release of releases) release()
  }
}

/** What the request can cost at most: a prompt never has more tokens than bytes, and prompt and answer share the context. */
function largestFee({ contextLength, pricing }: ChatService, { messages, maxTokens }: ChatRequest): bigint {
  const bytes = messages.reduce((sum, message) => sum + Buffer.byteLength(message.content) + 16, 0)
  const usage = {
    promptTokens: Math.min(bytes, contextLength),
    completionTokens: Math.min(maxTokens, contextLength),
    cachedTokens: 0,
  }
  return chatFee(usage, pricing).feeWei
}

async function generate(service: ChatService, res: ServerResponse, exchange: Exchange): Promise<void> {
  const { request } = exchange
  const gone = new AbortController()
  res.on('close', () => {
    if (!res.writableFinished) gone.abort()
  })
  const events = service.engine.generate(request, { signal: gone.signal })[Symbol.asyncIterator]()
  // The head is sent with the first event, so that a prompt the model refuses is still answered with a status of its own.
  const first = await events.next().catch((error: unknown) => {
    throw gone.signal.aborted ? new HttpError(499, 'the client went away') : asHttpError(error)
  })
  const sink = request.stream ? streamedAnswer(res, exchange, service.model) : wholeAnswer(res, exchange, service.model)
  for (let event: IteratorResult<GenerateEvent> = first; !event.done; event = await events.next()) {
    if (event.value.type === 'text') await sink.text(event.value.text)
    else await finish(service, exchange, sink, event.value)
  }
}

async function finish(
  { book, pricing, onFee }: ChatService,
  { caller, chatId, completionId, requestHash }: Exchange,
  sink: AnswerSink,
  { finishReason, usage }: { finishReason: FinishReason; usage: Usage },
): Promise<void> {
  const last = sink.last(finishReason, usage)
  const { feeWei, inputFeeWei, outputFeeWei } = chatFee(usage, pricing)
  await book.add({
    chatId,
    completionId,
    user: caller.user,
    requestHash,
    responseHash: sink.responseHash(last),
    usage,
    feeWei: `${feeWei}`,
    inputFeeWei: `${inputFeeWei}`,
    outputFeeWei: `${outputFeeWei}`,
    createdAt: new Date().toISOString(),
  })
  sink.end(last)
  onFee(caller.user)
}

type AnswerSink = {
  text(piece: string): Promise<void>
  /** the bytes that end the answer */
  last(finishReason: FinishReason, usage: Usage): string
  /** sha256 of everything sent, ending with `last` */
  responseHash(last: string): string
  end(last: string): void
}

/** An answer as server-sent events, one per piece of text. Usage is always in it: as its own chunk when asked for, else in the last one. */
function streamedAnswer(
  res: ServerResponse,
  { chatId, completionId: id, created, request }: Exchange,
  model: string,
): AnswerSink {
  const hash = createHash('sha256')
  const chunk = (fields: object): string =>
    `data: ${JSON.stringify({ id, object: 'chat.completion.chunk', created, model, ...fields })}\n\n`
  const choice = (delta: object, finish: string | null) => ({ choices: [{ index: 0, delta, finish_reason: finish }] })
  const send = async (text: string): Promise<void> => {
    hash.update(text)
    if (res.destroyed) return
    if (!res.write(text)) await Promise.race([once(res, 'drain'), once(res, 'close')])
  }
  res.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'zg-res-key': chatId,
  })
  void send(chunk(choice({ role: 'assistant', content: '' }, null)))
  return {
    text: (piece) => send(chunk(choice({ content: piece }, null))),
    last(finishReason, usage) {
      const end = choice({}, apiReason(finishReason))
      const usageField = { usage: formatUsage(usage) }
      const ending = request.includeUsage
        ? chunk(end) + chunk({ choices: [], ...usageField })
        : chunk({ ...end, ...usageField })
      return `${ending}data: [DONE]\n\n`
    },
    responseHash: (last) => hash.copy().update(last).digest('hex'),
    end(last) {
      res.end(last)
    },
  }
}

/** An answer as one JSON object. */
function wholeAnswer(res: ServerResponse, { chatId, completionId: id, created }: Exchange, model: string): AnswerSink {
  let content = ''
  return {
    async text(piece) {
      content += piece
    },
    last(finishReason, usage) {
      const message = { role: 'assistant', content }
      const choices = [{ index: 0, message, finish_reason: apiReason(finishReason) }]
      return JSON.stringify({ id, object: 'chat.completion', created, model, choices, usage: formatUsage(usage) })
    },
    responseHash: (last) => createHash('sha256').update(last).digest('hex'),
    end(last) {
      res.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(last),
        'zg-res-key': chatId,
      })
      res.end(last)
    },
  }
}

/** OpenAI knows no reason for an abort, and nobody is left to read it. */
function apiReason(reason: FinishReason): string {
  return reason === 'abort' ? 'stop' : reason
}

function asHttpError(error: unknown): unknown {
  if (!isOgError(error)) return error
  if (error.code === 'PROMPT_TOO_LONG') return new HttpError(400, error.message)
  if (error.code === 'ENGINE_BUSY') {
    return new HttpError(503, 'Server is currently processing too many requests. Please try again later.')
  }
  return error
}
