import { encodeRlp, getBytes, hexlify } from 'ethers'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type RlpItem, rlpData, rlpEncode, rlpQuantity } from './rlp.ts'
import { rlpDecode } from './rlp-decode.ts'

const { item } = fc.letrec<{ item: RlpItem }>((tie) => ({
  item: fc.oneof({ depthSize: 'small' }, fc.uint8Array({ maxLength: 70 }), fc.array(tie('item'), { maxLength: 6 })),
}))

test('encodes as another implementation does', async () => {
  await fc.assert(
    fc.property(item, (value) => {
      expect(hexlify(rlpEncode(value))).toBe(encodeRlp(value as Parameters<typeof encodeRlp>[0]))
    }),
    { seed: 20261122 },
  )
})

test('long strings and lists carry their length in as many bytes as it needs', () => {
  for (const size of [55, 56, 255, 256, 65_535, 65_536]) {
    const bytes = new Uint8Array(size).fill(7)
    expect(hexlify(rlpEncode(bytes))).toBe(encodeRlp(hexlify(bytes)))
    expect(hexlify(rlpEncode([bytes, bytes]))).toBe(encodeRlp([hexlify(bytes), hexlify(bytes)]))
  }
})

test('quantities have no leading zeros, data keeps them', () => {
  expect(rlpQuantity('0x0')).toEqual(new Uint8Array())
  expect(rlpQuantity('0x0400')).toEqual(Uint8Array.of(4, 0))
  expect(rlpQuantity(undefined)).toEqual(new Uint8Array())
  expect(rlpData('0x0004')).toEqual(Uint8Array.of(0, 4))
  expect(rlpData(null)).toEqual(new Uint8Array())
})

test('decodes what another implementation encodes', async () => {
  await fc.assert(
    fc.property(item, (value) => {
      expect(rlpDecode(getBytes(encodeRlp(value as Parameters<typeof encodeRlp>[0])))).toEqual(value)
    }),
    { seed: 20261122 },
  )
})

test('what is accepted is the one encoding of its item', async () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    item.chain((value) => {
      const encoded = rlpEncode(value)
      return fc.tuple(fc.nat(encoded.length - 1), fc.nat(255)).map(([at, byte]) => encoded.with(at, byte))
    }),
  )
  await fc.assert(
    fc.property(bytes, (input) => {
      let decoded: RlpItem
      try {
        decoded = rlpDecode(input)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
        return
      }
      expect(rlpEncode(decoded)).toEqual(input)
    }),
    { seed: 20261122, numRuns: 5_000 },
  )
  for (const invalid of [
    '0x',
    '0x8101',
    '0xb800',
    '0xb83701',
    '0xc1',
    '0xc28080ff',
    '0xf90000',
    '0xbf00ffffffffffffff',
  ]) {
    expect(() => rlpDecode(getBytes(invalid))).toThrow(RangeError)
  }
  expect(() => rlpDecode(new Uint8Array(200).fill(0xc1))).toThrow(RangeError)
})
