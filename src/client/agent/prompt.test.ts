import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { composePrompt, shrinkMemory } from './prompt.ts'

describe('prompt', () => {
  test('persona first, then memory with its paths, then the task apart', () => {
    const messages = composePrompt({
      name: 'scout',
      persona: 'You guide ships.\n',
      memory: [{ path: 'a.md', text: 'The harbour opens at nine.\n' }],
      task: 'when?',
    })
    expect(messages).toEqual([
      { role: 'system', content: 'You guide ships.\n\nWhat you remember:\n\n# a.md\nThe harbour opens at nine.' },
      { role: 'user', content: 'when?' },
    ])
  })

  test('an agent without persona knows its name', () => {
    const [system] = composePrompt({ name: 'scout', persona: undefined, memory: [], task: 'x' })
    expect(system?.content).toBe('You are scout.')
  })

  test('shortening keeps order, stays in bounds, and never halves a character', () => {
    const file = fc.record({ path: fc.string(), text: fc.string({ unit: 'grapheme', maxLength: 40 }) })
    fc.assert(
      fc.property(fc.array(file, { maxLength: 5 }), fc.nat({ max: 120 }), (memory, limit) => {
        const kept = shrinkMemory(memory, limit)
        expect(kept.reduce((sum, { text }) => sum + text.length, 0)).toBeLessThanOrEqual(limit)
        for (const { path, text } of kept) {
          expect(text.isWellFormed()).toBe(true)
          expect(memory.some((original) => original.path === path && original.text.startsWith(text))).toBe(true)
        }
      }),
    )
    const whole = [
      { path: 'a', text: 'one' },
      { path: 'b', text: 'two' },
    ]
    expect(shrinkMemory(whole, 6)).toEqual(whole)
    expect(shrinkMemory(whole, 4)).toEqual([
      { path: 'a', text: 'one' },
      { path: 'b', text: 't' },
    ])
  })
})
