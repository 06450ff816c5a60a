import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeWorld, encodeWorld, type WorldState } from './world-state.ts'

const hex = (sizeBytes: number) =>
  fc
    .uint8Array({ minLength: sizeBytes, maxLength: sizeBytes })
    .map((bytes) => `0x${Buffer.from(bytes).toString('hex')}` as const)
const quantity = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n })
const slots = fc
  .array(fc.tuple(quantity, quantity), { maxLength: 8 })
  .map((pairs) => new Map(pairs.map(([index, value]) => [`0x${index.toString(16)}`, `0x${value.toString(16)}`])))
const account = fc.record({
  balance: quantity,
  nonce: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  code: fc.nat({ max: 300 }).chain(hex),
  storage: slots,
})

test('a state comes back from its bytes', async () => {
  const world = fc.array(fc.tuple(hex(20), account), { maxLength: 12 }).map((entries): WorldState => new Map(entries))
  const comesBack = fc.property(world, (state) => {
    expect(decodeWorld(encodeWorld(state))).toEqual(state)
  })
  await fc.assert(comesBack)
})
