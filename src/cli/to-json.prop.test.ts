import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toJson } from './to-json.ts'

const value = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: true,
})

test('whatever a command returns becomes JSON that reads back as itself', () => {
  fc.assert(
    fc.property(value, (input) => {
      const json = toJson(input)
      expect(JSON.parse(JSON.stringify(json))).toEqual(json)
    }),
  )
})

test('a bigint is its decimal string, bytes are 0x hex', () => {
  fc.assert(
    fc.property(fc.bigInt(), fc.uint8Array(), (number, bytes) => {
      const json = toJson({ number, bytes }) as { number: string; bytes: string }
      expect(BigInt(json.number)).toBe(number)
      expect(json.bytes).toBe(`0x${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`)
    }),
  )
})

test('minus zero reads back as the zero that JSON has', () => {
  expect((toJson([-0]) as number[]).map((number) => Object.is(number, 0))).toEqual([true])
})
