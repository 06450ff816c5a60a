import { encodeRlp, hexlify } from 'ethers'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { type RlpItem, rlpData, rlpEncode, rlpQuantity } from './rlp.ts'

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
