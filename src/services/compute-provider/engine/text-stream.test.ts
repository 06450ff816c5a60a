import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createTextStream } from './text-stream.ts'

/** A byte-level tokenizer: every token is one byte of UTF-8, the hardest case for streaming. */
const decode = (tokens: readonly number[]) => new TextDecoder().decode(Uint8Array.from(tokens))
const bytesOf = (text: string) => [...new TextEncoder().encode(text)]

function stream(text: string, stop?: string[]) {
  const out = createTextStream(decode, stop)
  const pieces = bytesOf(text).map((byte) => out.push(byte))
  return { pieces: [...pieces, out.flush()], isStopped: out.isStopped }
}

test('pieces join to the whole text and never split a character', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const { pieces } = stream(text)
      expect(pieces.join('')).toBe(text)
      for (const piece of pieces) expect(piece.includes('�') && !text.includes('�')).toBe(false)
    }),
  )
})

test('text stops right before the first stop sequence, wherever pieces end', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', 'b', 'é') }),
      fc.constantFrom('ab', 'aab', 'bé'),
      (text, stop) => {
        const { pieces, isStopped } = stream(text, [stop])
        const at = text.indexOf(stop)
        expect(pieces.join('')).toBe(at < 0 ? text : text.slice(0, at))
        expect(isStopped).toBe(at >= 0)
      },
    ),
  )
})

test('bytes that never become a character do not hold the stream back for ever', () => {
  const out = createTextStream(decode)
  const pieces = Array.from({ length: 20 }, () => out.push(0xff))
  expect(pieces.join('')).not.toBe('')
})
