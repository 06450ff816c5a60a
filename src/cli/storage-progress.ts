import type { OnStorageProgress } from '../client/storage/progress.ts'
import { formatSize } from './format-progress.ts'
import type { Sink } from './sink.ts'

const TITLES = { hash: 'hashing', upload: 'uploading', download: 'downloading' } as const
/** Small files come and go too fast to be worth a line each. */
const MIN_SHOWN_BYTES = 8 * 1024 ** 2
const MIN_INTERVAL_MS = 100

/** Turns what a storage operation tells into progress events: amounts with their rate, for files large enough to wait for. */
export function storageProgress(sink: Sink): OnStorageProgress {
  const startedAt = new Map<string, number>()
  let lastAt = 0
  return (progress) => {
    if (progress.phase === 'submit') {
      if (progress.files > 1)
        sink.emit({ type: 'note', message: `submitting ${progress.files} files in one transaction` })
      return
    }
    if (progress.phase === 'resume') {
      const { skippedBytes, totalBytes } = progress
      const message = `resumed: ${formatSize(skippedBytes)} of ${formatSize(totalBytes)} are there already`
      sink.emit({ type: 'note', message })
      return
    }
    const { phase, label, doneBytes, totalBytes } = progress
    if (totalBytes < MIN_SHOWN_BYTES) return
    const id = `${phase} ${label}`
    const now = performance.now()
    if (!startedAt.has(id)) startedAt.set(id, now)
    if (now - lastAt < MIN_INTERVAL_MS && doneBytes < totalBytes) return
    lastAt = now
    const seconds = (now - (startedAt.get(id) ?? now)) / 1000
    const rate = seconds > 0 ? ` ${formatSize(doneBytes / seconds)}/s` : ''
    sink.emit({
      type: 'progress',
      id,
      title: `${TITLES[phase]}${rate}`,
      done: doneBytes,
      total: totalBytes,
      unit: 'bytes',
    })
  }
}
