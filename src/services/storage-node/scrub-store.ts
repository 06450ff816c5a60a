import type { Logger } from 'pino'
import type { SegmentStore } from './segment-store.ts'

/** Slow enough not to be felt beside requests: 10 GiB take five minutes. */
const BYTES_PER_SECOND = 32 * 1024 ** 2
const BURST_BYTES = 1024 ** 2

/** How far the check of the disk is, in records. */
export type ScrubProgress = { total: number; checked: number; damaged: number; isDone: boolean }

/**
 * Reads everything that is stored once, at a bounded speed, so that damage is found before somebody needs the segment. What is
 * damaged the store forgets, and whoever listens to it fetches it anew. `progress` is kept up to date.
 */
export async function scrubStore(
  store: SegmentStore,
  options: { log: Logger; signal: AbortSignal; progress: ScrubProgress; bytesPerSecond?: number },
): Promise<void> {
  const { log, signal, progress } = options
  const bytesPerSecond = options.bytesPerSecond ?? BYTES_PER_SECOND
  const all = [...store.stored()]
  progress.total = all.length
  let owedBytes = 0
  for (const { root, index, sizeBytes } of all) {
    if (signal.aborted) return
    if (store.has(root, index) && !(await store.read(root, index))) progress.damaged += 1
    progress.checked += 1
    owedBytes += sizeBytes
    if (owedBytes < BURST_BYTES) continue
    await pause((owedBytes / bytesPerSecond) * 1000, signal)
    owedBytes = 0
  }
  progress.isDone = true
  const { checked, damaged } = progress
  if (damaged > 0) log.error({ checked, damaged }, 'damaged segments found on disk')
  else log.debug({ checked }, 'every segment on disk is whole')
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    timer.unref()
    signal.addEventListener('abort', done, { once: true })
  })
}
