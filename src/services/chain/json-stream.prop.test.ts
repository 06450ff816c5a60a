import fc from 'fast-check'
import { expect, test } from 'vitest'
import { JsonStream } from './json-stream.ts'

const text = fc
  .oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()))
  .chain((value) => fc.constantFrom(JSON.stringify(value), JSON.stringify(value, null, 2)))

test('finds the texts of any stream, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(text),
      fc.constantFrom('', ' ', '\n', '\r\n\t'),
      fc.array(fc.nat(40)),
      (texts, between, cuts) => {
        const stream = new JsonStream(1_000_000)
        const found: string[] = []
        let rest = texts.join(between)
        for (const cut of cuts) {
          found.push(...stream.take(rest.slice(0, cut)))
          rest = rest.slice(cut)
        }
        found.push(...stream.take(rest))
        expect(found).toEqual(texts)
      },
    ),
  )
})

test.each(['x', '}', '5', '"text"', '{} ]', 'null'])('refuses %s', (stream) => {
  expect(() => new JsonStream(100).take(stream)).toThrow(RangeError)
})

test('refuses a text that never ends', () => {
  expect(() => new JsonStream(100).take(`["${'x'.repeat(200)}`)).toThrow(RangeError)
})
