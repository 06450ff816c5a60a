import { expect, test } from 'vitest'
import { mapLimit } from './map-limit.ts'

test('results keep the order, and no more than the limit run at once', async () => {
  let running = 0
  let most = 0
  const results = await mapLimit([5, 4, 3, 2, 1], 2, async (n) => {
    running += 1
    most = Math.max(most, running)
    for (let turn = 0; turn < n; turn++) await Promise.resolve()
    running -= 1
    return n * 10
  })
  expect(results).toEqual([50, 40, 30, 20, 10])
  expect(most).toBe(2)
  expect(await mapLimit([], 3, async () => 1)).toEqual([])
})

test('after a failure nothing new is started', async () => {
  const started: number[] = []
  const work = mapLimit([0, 1, 2, 3, 4, 5], 2, async (n) => {
    started.push(n)
    await Promise.resolve()
    if (n === 1) throw new Error('one')
  })
  await expect(work).rejects.toThrow('one')
  expect(started.length).toBeLessThan(6)
})
