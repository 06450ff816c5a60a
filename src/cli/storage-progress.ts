import type { OnStorageProgress } from '../client/storage/progress.ts'
import { formatDuration, formatSize } from './format-progress.ts'
import type { Sink } from './sink.ts'

const TITLES = { hash: 'hashing', upload: 'uploading', download: 'downloading' } as const
/** Small files come and go too fast to be worth a line each. */
const MIN_SHOWN_BYTES = 8 * 1024 ** 2
const MIN_INTERVAL_MS = 100
/** Before this much time the rate says nothing about the time that is left. */
const MIN_MEASURED_MS = 500

/** Turns what a storage operation tells into progress events: amounts, rate and time left, for files large enough to wait for. */
export function storageProgress(sink: Sink): OnStorageProgress {
  const starts = new Map<string, { at: number; doneBytes: number }>()
  let lastAt = Number.NEGATIVE_INFINITY
  return (progress) => {
    if (progress.phase === 'submit') {
      if (progress.files > 1)
        sink.emit({ type: 'note', message: `submitting ${progress.files} files in one transaction` })
      return
    }
    if (progress.phase === 'resume') {
      const { skippedBytes, totalBytes } = progress
      const percent = Math.floor((skippedBytes / totalBytes) * 100)
      const message = `resumed at ${percent} %: ${formatSize(skippedBytes)} of ${formatSize(totalBytes)} are there already`
      sink.emit({ type: 'note', message })
      return
    }
    const { phase, label, doneBytes, totalBytes } = progress
    if (totalBytes < MIN_SHOWN_BYTES) return
    const id = `${phase} ${label}`
    const now = performance.now()
    const start = starts.get(id) ?? { at: now, doneBytes }
    starts.set(id, start)
    if (now - lastAt < MIN_INTERVAL_MS && doneBytes < totalBytes) return
    lastAt = now
    const title = [TITLES[phase], ...pace(now - start.at, doneBytes - start.doneBytes, totalBytes - doneBytes)].join(
      ' ',
    )
    sink.emit({ type: 'progress', id, title, done: doneBytes, total: totalBytes, unit: 'bytes' })
  }
}

/** Rate and time left, as far as they can be told: what was there before the start has no part in them. */
function pace(elapsedMs: number, doneBytes: number, leftBytes: number): string[] {
  if (elapsedMs <= 0 || doneBytes <= 0) return []
  const bytesPerMs = doneBytes / elapsedMs
  const rate = `${formatSize(bytesPerMs * 1000)}/s`
  if (leftBytes === 0 || elapsedMs < MIN_MEASURED_MS) return [rate]
  return [`${rate},`, `${formatDuration(leftBytes / bytesPerMs)} left`]
}
