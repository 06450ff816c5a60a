import { utf8ToBytes } from '@noble/hashes/utils.js'
import { parseUsage, type Usage } from '../../protocol/compute/fee.ts'
import { createChatStreamReader } from './chat-stream.ts'

/** Text and usage of a recorded answer, streamed or whole; undefined when it is neither. */
export function answerOf(response: string): { text: string; usage: Usage | undefined } | undefined {
  if (response.startsWith('data:')) {
    const reader = createChatStreamReader()
    const text = reader.push(utf8ToBytes(response))
    return { text, usage: reader.usage }
  }
  try {
    const body = JSON.parse(response) as { choices?: { message?: { content?: unknown } }[]; usage?: unknown }
    const content = body.choices?.[0]?.message?.content
    return { text: typeof content === 'string' ? content : '', usage: parseUsage(body.usage) }
  } catch {
    return undefined
  }
}
