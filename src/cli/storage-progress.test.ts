import { afterEach, expect, test, vi } from 'vitest'
import type { StorageProgress } from '../client/storage/progress.ts'
import type { ProgressEvent } from './sink.ts'
import { storageProgress } from './storage-progress.ts'

const MIB = 1024 ** 2

afterEach(() => {
  vi.useRealTimers()
})

/** What is shown of steps `[after ms, progress]`. */
function shown(steps: readonly (readonly [number, StorageProgress])[]): string[] {
  vi.useFakeTimers({ toFake: ['performance'] })
  const events: ProgressEvent[] = []
  const report = storageProgress({ emit: (event) => void events.push(event), close: async () => undefined })
  for (const [afterMs, progress] of steps) {
    vi.advanceTimersByTime(afterMs)
    report(progress)
  }
  return events.map((event) => ('title' in event ? event.title : 'message' in event ? event.message : ''))
}

const upload = (doneBytes: number, totalBytes = 100 * MIB): StorageProgress => ({
  phase: 'upload',
  label: 'f',
  doneBytes,
  totalBytes,
})

test('rate and time left', () => {
  expect(
    shown([
      [0, upload(0)],
      [1000, upload(20 * MIB)],
      [1000, upload(40 * MIB)],
      [3000, upload(100 * MIB)],
    ]),
  ).toEqual([
    'uploading',
    'uploading 20.0 MiB/s, 4.0 s left',
    'uploading 20.0 MiB/s, 3.0 s left',
    'uploading 20.0 MiB/s',
  ])
})

test('what was there before a resumed transfer does not count as fast', () => {
  const resume: StorageProgress = { phase: 'resume', label: 'f', skippedBytes: 50 * MIB, totalBytes: 100 * MIB }
  expect(
    shown([
      [0, resume],
      [0, upload(51 * MIB)],
      [1000, upload(61 * MIB)],
    ]),
  ).toEqual([
    'resumed at 50 %: 50.0 MiB of 100.0 MiB are there already',
    'uploading',
    'uploading 10.0 MiB/s, 3.9 s left',
  ])
})

test('small files get no line, one transaction for many files does', () => {
  expect(
    shown([
      [0, upload(1, 2)],
      [0, { phase: 'submit', files: 1, feeWei: 1n }],
    ]),
  ).toEqual([])
  expect(shown([[0, { phase: 'submit', files: 50, feeWei: 1n }]])).toEqual(['submitting 50 files in one transaction'])
})
