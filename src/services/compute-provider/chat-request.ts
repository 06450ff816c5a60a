import type { ChatMessage } from './engine/engine.ts'
import { HttpError } from './http-reply.ts'

/** A chat completion request as the engine needs it. */
export type ChatRequest = {
  /** as the client wrote it; the provider's own when it wrote none */
  model: string | undefined
  messages: ChatMessage[]
  maxTokens: number
  temperature: number
  topP: number
  stop: string[]
  stream: boolean
  /** the client wants usage as a chunk of its own (OpenAI's stream_options.include_usage) */
  includeUsage: boolean
}

const DEFAULT_MAX_TOKENS = 256

/** Reads the JSON body of a chat completion request; throws a 400 that names the field it cannot accept. */
export function parseChatRequest(bytes: Uint8Array): ChatRequest {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    throw invalid('the request body is not JSON')
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('the request body is not an object')
  const body = value as Record<string, unknown>
  refuseUnsupported(body)
  const streamOptions = body['stream_options'] as { include_usage?: unknown } | null | undefined
  return {
    model: body['model'] === undefined ? undefined : text(body['model'], 'model'),
    messages: parseMessages(body['messages']),
    maxTokens:
      number(body['max_completion_tokens'] ?? body['max_tokens'], 'max_tokens', 1, 1_000_000) ?? DEFAULT_MAX_TOKENS,
    temperature: number(body['temperature'], 'temperature', 0, 2) ?? 0,
    topP: number(body['top_p'], 'top_p', 0, 1) ?? 1,
    stop: parseStop(body['stop']),
    stream: body['stream'] === true,
    includeUsage: streamOptions?.include_usage === true,
  }
}

/** What would change the answer's shape and is not done is refused rather than ignored. */
function refuseUnsupported(body: Record<string, unknown>): void {
  const format = (body['response_format'] as { type?: unknown } | null | undefined)?.type
  const isSet = (key: string) => Array.isArray(body[key]) && body[key].length > 0
  if (typeof body['n'] === 'number' && body['n'] > 1) throw invalid('n: this model answers one choice per request')
  if (isSet('tools') || isSet('functions')) throw invalid('tools: this model cannot call tools')
  if (body['logprobs'] === true) throw invalid('logprobs: not available from this model')
  if (format !== undefined && format !== 'text') throw invalid('response_format: this model answers plain text')
}

function parseMessages(value: unknown): ChatMessage[] {
  if (!Array.isArray(value) || value.length === 0) throw invalid('messages: at least one message is needed')
  return value.map((item: unknown, index) => {
    const { role, content } = (item ?? {}) as { role?: unknown; content?: unknown }
    const known = role === 'developer' ? 'system' : role
    if (known !== 'system' && known !== 'user' && known !== 'assistant') {
      throw invalid(`messages[${index}].role: expected system, user or assistant`)
    }
    return { role: known, content: contentText(content, `messages[${index}].content`) }
  })
}

/** Content is text, or a list of text parts. */
function contentText(content: unknown, field: string): string {
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) throw invalid(`${field}: expected text`)
  return content
    .map((part: unknown) => {
      const { type, text: value } = (part ?? {}) as { type?: unknown; text?: unknown }
      if (type !== 'text' || typeof value !== 'string') throw invalid(`${field}: this model reads text only`)
      return value
    })
    .join('')
}

function parseStop(value: unknown): string[] {
  if (value === undefined || value === null) return []
  const stops = Array.isArray(value) ? value : [value]
  if (stops.length > 4) throw invalid('stop: at most 4 sequences')
  return stops.map((item) => text(item, 'stop'))
}

function text(value: unknown, field: string): string {
  if (typeof value !== 'string') throw invalid(`${field}: expected text`)
  return value
}

function number(value: unknown, field: string, min: number, max: number): number | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max) {
    throw invalid(`${field}: expected a number from ${min} to ${max}`)
  }
  return field === 'max_tokens' ? Math.floor(value) : value
}

function invalid(reason: string): HttpError {
  return new HttpError(400, `invalid request: ${reason}`)
}
