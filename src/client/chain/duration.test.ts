import { expect, test } from 'vitest'
import { parseDuration } from './duration.ts'

test.each([
  ['90', 90],
  ['30s', 30],
  ['+1h', 3600],
  ['1h30m', 5400],
  ['2d', 172_800],
  ['1.5h', 5400],
])('%s', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

test.each(['', '+', '-1h', '1y', '1.5s', '1ms', 'h', '1h-', 'soon'])('refuses %j', (text) => {
  expect(() => parseDuration(text)).toThrowError(expect.objectContaining({ code: 'VALUE_INVALID' }))
})
