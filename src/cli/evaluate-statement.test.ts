import { createContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { evaluateStatement } from './evaluate-statement.ts'

const context = createContext({ later: async (value: unknown) => value, list: [] as number[] })
const run = (code: string) => evaluateStatement(code, context)

describe('a statement', () => {
  test.each<[string, unknown]>([
    ['1 + 1', 2],
    ['later(3)', 3],
    ['await later(4) + 1;', 5],
    ['{ a: 1 }', { a: 1 }],
    ['for (const n of [1, 2]) list.push(n)', undefined],
    ['list.length', 2],
    ['const a = await later(7), b = a * 2', undefined],
    ['a + b', 21],
    ['let { x, y: [z] } = { x: 1, y: [2] }', undefined],
    ['x + z', 3],
    ['async function twice(n) { return 2 * (await later(n)) }', undefined],
    ['twice(21)', 42],
    ['class P { q = 1 }', undefined],
    ['new P().q', 1],
    ['if (a > 1) list.push(9)', undefined],
    ['list.at(-1)', 9],
  ])('%s', async (code, value) => {
    expect(await run(code)).toEqual(value)
  })

  test('what it throws is thrown, and bad syntax is told from unfinished code', async () => {
    await expect(run('nothing.there')).rejects.toMatchObject({ name: 'ReferenceError' })
    await expect(run('later(')).rejects.toMatchObject({ isIncomplete: true })
    await expect(run('for (;;) {')).rejects.toMatchObject({ isIncomplete: true })
    await expect(run('1 1')).rejects.toMatchObject({ isIncomplete: false })
  })
})
