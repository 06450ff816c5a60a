import { expect, test } from 'vitest'
import { formatAmount, formatDuration, formatSize } from './format-progress.ts'

test.each([
  [0, '0 ms'],
  [87.4, '87 ms'],
  [999.4, '999 ms'],
  [999.7, '1.0 s'],
  [1400, '1.4 s'],
  [59_949, '59.9 s'],
  [59_990, '1 min 00 s'],
  [60_000, '1 min 00 s'],
  [119_600, '2 min 00 s'],
  [125_000, '2 min 05 s'],
])('%d ms is shown as %s', (durationMs, text) => {
  expect(formatDuration(durationMs)).toBe(text)
})

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1024 * 1024 - 1, '1.0 MiB'],
  [5.1 * 1024 * 1024, '5.1 MiB'],
])('%d bytes are shown as %s', (sizeBytes, text) => {
  expect(formatSize(sizeBytes)).toBe(text)
})

test('amounts carry their unit, and a percentage when the total is known', () => {
  expect(formatAmount({ done: 512, total: 1024, unit: 'bytes' })).toBe('512 B/1.0 KiB (50 %)')
  expect(formatAmount({ done: 12, unit: 'tokens' })).toBe('12 tokens')
  expect(formatAmount({ done: 0, total: 0, unit: 'items' })).toBe('0/0 items (100 %)')
})
