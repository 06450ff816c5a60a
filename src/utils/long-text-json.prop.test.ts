import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeLongTextJson, parseLongTextJson } from './long-text-json.ts'

const LONG = 32 * 1024
const ascii = (length: number): Uint8Array => new Uint8Array(Buffer.alloc(length, 'abcdefghij+/'))
const encode = (value: unknown): Buffer => Buffer.concat(encodeLongTextJson(value))

/** JSON with texts as bytes at any place. */
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue({ maxDepth: 1 }),
    fc.nat({ max: 50 }).map(ascii),
    fc.constantFrom(LONG - 1, LONG, LONG + 1, LONG * 3).map(ascii),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

/** The same with every text as a string. */
function asStrings(part: unknown): unknown {
  if (part instanceof Uint8Array) return Buffer.from(part).toString('latin1')
  if (Array.isArray(part)) return part.map(asStrings)
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, asStrings(inner)]))
}

describe('JSON with long texts', () => {
  test('is the JSON of the same value with strings', () => {
    fc.assert(
      fc.property(value, (message) => {
        expect(encode(message).toString()).toBe(JSON.stringify(asStrings(message)))
      }),
    )
  })

  test('is read as JSON.parse reads it, long strings as bytes', () => {
    fc.assert(
      fc.property(value, (message) => {
        const body = encode(message)
        expect(asStrings(parseLongTextJson(body))).toEqual(JSON.parse(body.toString()))
      }),
    )
  })

  test('any other text is refused exactly when JSON.parse refuses it', () => {
    const broken = fc
      .tuple(value, fc.nat(), fc.constantFrom('', '"', '\\', '\0', '{', ',', 'é'))
      .map(([message, at, piece]) => {
        const text = encode(message).toString('latin1')
        const cut = at % (text.length + 1)
        return Buffer.from(text.slice(0, cut) + piece + text.slice(cut + 1))
      })
    fc.assert(
      fc.property(broken, (body) => {
        let expected: unknown
        try {
          expected = JSON.parse(body.toString())
        } catch {
          // A control character inside a long text is the one thing not looked at.
          return
        }
        // Beyond ASCII the bytes of a long text are its UTF-8.
        if (body.every((byte) => byte < 128)) expect(asStrings(parseLongTextJson(body))).toEqual(expected)
      }),
    )
  })

  test('long strings come as bytes, short ones and escaped ones as strings', () => {
    const long = Buffer.from(ascii(LONG * 2)).toString()
    const read = (message: unknown) => parseLongTextJson(Buffer.from(JSON.stringify(message)))
    expect(read({ a: 'x', b: long })).toEqual({ a: 'x', b: ascii(LONG * 2) })
    expect(read({ a: 'é', b: long })).toEqual({ a: 'é', b: ascii(LONG * 2) })
    expect(read({ a: '"', b: long })).toEqual({ a: '"', b: long })
  })

  test.each(['{"a":', `["${'a'.repeat(LONG * 2)}`, `{"${'a'.repeat(LONG * 2)}"}`, '"\\u0000', ''])(
    'broken JSON is refused',
    (text) => {
      expect(() => parseLongTextJson(Buffer.from(text))).toThrow(SyntaxError)
    },
  )
})
