import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createChatStreamReader } from './chat-stream.ts'

const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const chunk = (fields: object) => `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', ...fields })}\n\n`
const delta = (content: string, finish: string | null = null) =>
  chunk({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] })

test('the text does not depend on how the network cuts the bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat()), (pieces, cuts) => {
      const stream = `${pieces.map((piece) => delta(piece)).join('')}${delta('', 'stop')}${chunk({ choices: [], usage })}data: [DONE]\n\n`
      const bytes = new TextEncoder().encode(stream)
      const reader = createChatStreamReader()
      const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
      let text = ''
      let from = 0
      for (const end of [...ends, bytes.length]) {
        text += reader.push(bytes.subarray(from, end))
        from = end
      }
      expect(text).toBe(pieces.join(''))
      expect(reader).toMatchObject({ isDone: true, finishReason: 'stop', problem: undefined })
      expect(reader.usage).toEqual({ promptTokens: 3, completionTokens: 2, cachedTokens: 0 })
    }),
  )
})

test('comments and CRLF are read, an error inside the stream is kept', () => {
  const reader = createChatStreamReader()
  const text = reader.push(
    new TextEncoder().encode(`: ping\r\n\r\n${delta('a').replaceAll('\n', '\r\n')}data: {"error":"out of memory"}\n\n`),
  )
  expect(text).toBe('a')
  expect(reader.problem).toBe('out of memory')
  expect(reader.isDone).toBe(false)
})

test('arbitrary bytes never throw', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void createChatStreamReader().push(bytes)))
})
