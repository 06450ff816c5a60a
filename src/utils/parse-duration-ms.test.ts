import { expect, test } from 'vitest'
import { parseDurationMs } from './parse-duration-ms.ts'

test.each([
  ['500ms', 500],
  ['30s', 30_000],
  ['30', 30_000],
  ['0', 0],
  ['5m', 300_000],
  ['1.5h', 5_400_000],
  ['1d', 86_400_000],
  ['', undefined],
  ['-1s', undefined],
  ['soon', undefined],
  ['1w', undefined],
])('%s is %s ms', (text, expected) => {
  expect(parseDurationMs(text)).toBe(expected)
})
