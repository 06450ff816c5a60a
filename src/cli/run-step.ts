import type { Sink } from './sink.ts'

/** Shows one step of the work and passes its outcome on. */
export async function runStep<T>(sink: Sink, title: string, work: () => Promise<T>): Promise<T> {
  const startedMs = performance.now()
  sink.emit({ type: 'step', id: title, status: 'started', title })
  try {
    const result = await work()
    sink.emit({ type: 'step', id: title, status: 'done', title, durationMs: performance.now() - startedMs })
    return result
  } catch (error) {
    sink.emit({ type: 'step', id: title, status: 'failed', title })
    throw error
  }
}
