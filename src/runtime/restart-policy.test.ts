import { describe, expect, test } from 'vitest'
import { RestartPolicy } from './restart-policy.ts'

describe('restart policy', () => {
  test('delays grow, and the sixth crash within a minute is the last', () => {
    const policy = new RestartPolicy()
    const delays = [0, 1, 2, 3, 4, 5].map((second) => policy.crashed(second * 1000, undefined))
    expect(delays).toEqual([50, 200, 500, 1000, 2000, undefined])
  })

  test('crashes that are a minute apart go on for ever', () => {
    const policy = new RestartPolicy()
    const delays = Array.from({ length: 20 }, (_, index) => policy.crashed(index * 60_000, undefined))
    expect(delays.every((delay) => delay !== undefined)).toBe(true)
  })

  test('30 s of health start the delays anew', () => {
    const policy = new RestartPolicy()
    policy.crashed(0, undefined)
    policy.crashed(1_000, 900)
    expect(policy.crashed(40_000, 2_000)).toBe(50)
  })

  test('a start by hand forgives', () => {
    const policy = new RestartPolicy()
    for (const second of [0, 1, 2, 3, 4, 5]) policy.crashed(second, undefined)
    policy.reset()
    expect(policy.crashed(6, undefined)).toBe(50)
  })
})
