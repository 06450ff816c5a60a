import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteGate } from './byte-gate.ts'

test('never more inside than the limit, nobody forgotten, in the order they came', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 30 }), async (sizes) => {
      const gate = new ByteGate(100)
      let inside = 0
      const entered: number[] = []
      await Promise.all(
        sizes.map(async (size, i) => {
          const leave = await gate.enter(size)
          const counted = Math.min(size, 100)
          inside += counted
          entered.push(i)
          expect(inside).toBeLessThanOrEqual(100)
          await new Promise(setImmediate)
          inside -= counted
          leave()
        }),
      )
      expect(entered).toEqual(sizes.map((_, i) => i))
    }),
  )
})
