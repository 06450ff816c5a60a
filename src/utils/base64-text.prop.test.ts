import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBase64, encodeBase64 } from './base64-text.ts'

const PIECE = 48 * 1024
/** Lengths around the borders of pieces, and any others. */
const bytes = fc
  .tuple(
    fc.oneof(
      fc.nat({ max: 300 }),
      fc.nat({ max: 8 }).map((off) => Math.max(0, PIECE * 2 - 4 + off)),
      fc.nat({ max: 3e5 }),
    ),
    fc.uint8Array({ minLength: 1, maxLength: 97 }),
  )
  .map(([length, seed]) => Buffer.from(Array.from({ length }, (_, i) => (seed[i % seed.length] as number) ^ (i >>> 3))))

test('encodes as Buffer does, and back', () => {
  fc.assert(
    fc.property(bytes, (data) => {
      const text = encodeBase64(data)
      expect(Buffer.from(text).toString('latin1') === data.toString('base64')).toBe(true)
      expect(decodeBase64(text).equals(data)).toBe(true)
      expect(decodeBase64(data.toString('base64')).equals(data)).toBe(true)
    }),
    { numRuns: 60 },
  )
})

test('decodes any text as Buffer does, base64 or not', () => {
  const character = fc.constantFrom(...'ABCabc019+/-_=\n é\u0000'.split(''))
  const text = fc
    .tuple(fc.array(character, { minLength: 1, maxLength: 40 }), fc.constantFrom(1, 7, 20_000), fc.nat({ max: 5 }))
    .map(([characters, times, extra]) => characters.join('').repeat(times) + 'A'.repeat(extra))
  fc.assert(
    fc.property(text, (value) => {
      const ascii = new Uint8Array(Buffer.from(value, 'latin1'))
      expect(decodeBase64(ascii).equals(Buffer.from(value, 'base64'))).toBe(true)
    }),
    { numRuns: 200 },
  )
})
