import { parseUsage, type Usage } from '../../protocol/compute/fee.ts'

/** What a streamed chat completion said, read from its raw bytes (OpenAI's server-sent events). */
export type ChatStreamReader = {
  /** feed bytes as they arrive; returns the text they complete */
  push(bytes: Uint8Array): string
  readonly usage: Usage | undefined
  readonly finishReason: string | undefined
  /** the stream said `[DONE]` */
  readonly isDone: boolean
  /** an event that is not JSON of the expected shape */
  readonly problem: string | undefined
}

type Chunk = {
  choices?: { delta?: { content?: unknown }; finish_reason?: unknown }[]
  usage?: unknown
  error?: unknown
}

/** Reads server-sent events incrementally; events may be split anywhere, even inside a character. */
export function createChatStreamReader(): ChatStreamReader {
  const decoder = new TextDecoder()
  let rest = ''
  let usage: Usage | undefined
  let finishReason: string | undefined
  let isDone = false
  let problem: string | undefined

  const readEvent = (event: string): string => {
    const data = event
      .split('\n')
      .filter((line) => line.startsWith('data:'))
      .map((line) => line.slice(5).trimStart())
      .join('\n')
    if (data === '') return ''
    if (data === '[DONE]') {
      isDone = true
      return ''
    }
    let chunk: Chunk
    try {
      chunk = JSON.parse(data) as Chunk
    } catch {
      problem ??= `an event is not JSON: ${data.slice(0, 80)}`
      return ''
    }
    if (chunk.error !== undefined)
      problem ??= typeof chunk.error === 'string' ? chunk.error : JSON.stringify(chunk.error)
    usage = parseUsage(chunk.usage) ?? usage
    const choice = chunk.choices?.[0]
    if (typeof choice?.finish_reason === 'string') finishReason = choice.finish_reason
    return typeof choice?.delta?.content === 'string' ? choice.delta.content : ''
  }

  return {
    push(bytes) {
      rest += decoder.decode(bytes, { stream: true }).replaceAll('\r\n', '\n')
      let text = ''
      for (let end = rest.indexOf('\n\n'); end >= 0; end = rest.indexOf('\n\n')) {
        text += readEvent(rest.slice(0, end))
        rest = rest.slice(end + 2)
      }
      return text
    },
    get usage() {
      return usage
    },
    get finishReason() {
      return finishReason
    },
    get isDone() {
      return isDone
    },
    get problem() {
      return problem
    },
  }
}
