import fc from 'fast-check'
import { expect, test } from 'vitest'
import { editDistance, nearest } from './nearest.ts'

const word = fc.string({ unit: fc.constantFrom(...'abcde-'), minLength: 3, maxLength: 12 })

test('a word with one character replaced, dropped or added is one edit away and is found', () => {
  fc.assert(
    fc.property(word, fc.nat(), fc.constantFrom('replace', 'drop', 'add'), (original, position, edit) => {
      const at = position % original.length
      const rest = original.slice(at + (edit === 'add' ? 0 : 1))
      const typed = `${original.slice(0, at)}${edit === 'drop' ? '' : 'z'}${rest}`
      expect(editDistance(typed, original)).toBe(1)
      expect(nearest(typed, [original])).toBe(original)
    }),
  )
})

test('is symmetric, zero only for equal words, and bounded by the limit', () => {
  fc.assert(
    fc.property(word, word, fc.integer({ min: 0, max: 6 }), (a, b, limit) => {
      const distance = editDistance(a, b, limit)
      expect(distance).toBe(editDistance(b, a, limit))
      expect(distance === 0).toBe(a === b)
      expect(distance).toBeLessThanOrEqual(limit + 1)
    }),
  )
})
