import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { fromSerialized, ogError } from '../../errors/og-error.ts'
import type { Engine, GenerateEvent, ModelFacts } from './engine/engine.ts'
import { createGate } from './engine/gate.ts'
import type { EngineReply, EngineRequest } from './engine-worker.ts'

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
type Pending = {
  onEvent: (event: GenerateEvent) => void
  resolve: (value: unknown) => void
  reject: (error: Error) => void
}
type Thread = { worker: Worker; pending: Map<number, Pending> }

/**
 * The engine in a worker thread. One generation runs at a time, at most `maxWaiting` wait (ENGINE_BUSY beyond that). A thread
 * that dies fails what it was doing with ENGINE_FAILED; the next request starts a new one and loads the same model again.
 */
export function createEngineThread({
  maxWaiting = 32,
  startWorker = () => new Worker(workerFile()),
}: {
  maxWaiting?: number
  startWorker?: () => Worker
} = {}): Engine {
  const gate = createGate({ maxWaiting })
  let thread: Thread | undefined
  let modelDir: string | undefined
  let reloading: Promise<unknown> | undefined
  let lastId = 0
  const running = new Set<SharedArrayBuffer>()

  const start = (): Thread => {
    const started: Thread = { worker: startWorker(), pending: new Map() }
    const { worker, pending } = started
    worker.on('message', (reply: EngineReply) => {
      const waiter = pending.get(reply.id)
      if (reply.type === 'event') {
        waiter?.onEvent(reply.event)
        return
      }
      pending.delete(reply.id)
      if (pending.size === 0) worker.unref()
      if (reply.type === 'failed') waiter?.reject(fromSerialized(reply.error))
      else waiter?.resolve(reply.value)
    })
    const die = (reason: string): void => {
      if (thread === started) thread = undefined
      for (const waiter of pending.values()) waiter.reject(ogError('ENGINE_FAILED', { reason }))
      pending.clear()
    }
    worker.on('error', (error) => die(error.message))
    worker.on('exit', (code) => die(`its worker ended with code ${code}`))
    worker.unref()
    return started
  }

  const call = <T>(
    message: DistributiveOmit<EngineRequest, 'id'>,
    onEvent: (event: GenerateEvent) => void = () => {},
  ): Promise<T> => {
    thread ??= start()
    const { worker, pending } = thread
    const id = ++lastId
    return new Promise<T>((resolve, reject) => {
      pending.set(id, { onEvent, resolve: resolve as (value: unknown) => void, reject })
      // An idle engine keeps no process alive, a working one does.
      worker.ref()
      worker.postMessage({ ...message, id })
    })
  }

  const ensureLoaded = async (): Promise<void> => {
    if (reloading) await reloading
    if (thread || modelDir === undefined) return
    reloading ??= call({ type: 'load', modelDir }).finally(() => {
      reloading = undefined
    })
    await reloading
  }

  // The thread starts now, so that its imports overlap with whatever the provider does before it loads the model.
  thread = start()
  return {
    async load(dir) {
      modelDir = dir
      return await call<ModelFacts>({ type: 'load', modelDir: dir })
    },
    async *generate(request, { signal } = {}) {
      const release = await gate.enter(signal)
      const aborted = new SharedArrayBuffer(4)
      running.add(aborted)
      const abort = (): void => {
        Atomics.store(new Int32Array(aborted), 0, 1)
      }
      signal?.addEventListener('abort', abort, { once: true })
      if (signal?.aborted) abort()
      try {
        await ensureLoaded()
        yield* eventsOf((onEvent) => call({ type: 'generate', request, aborted }, onEvent))
      } finally {
        abort()
        running.delete(aborted)
        signal?.removeEventListener('abort', abort)
        release()
      }
    },
    async countTokens(messages) {
      await ensureLoaded()
      return await call<number>({ type: 'count', messages })
    },
    async unload() {
      const closing = thread
      thread = undefined
      modelDir = undefined
      if (!closing) return
      // Native inference must not be cut off: ending a thread inside onnxruntime aborts the whole process.
      for (const aborted of running) Atomics.store(new Int32Array(aborted), 0, 1)
      const id = ++lastId
      const unloaded = new Promise<unknown>((resolve, reject) => {
        closing.pending.set(id, { onEvent: () => {}, resolve, reject })
      })
      closing.worker.postMessage({ id, type: 'unload' } satisfies EngineRequest)
      await unloaded.catch(() => {})
      await closing.worker.terminate()
    },
  }
}

/** Turns a call that reports events by callback into an async iterable of them. */
async function* eventsOf(
  run: (onEvent: (event: GenerateEvent) => void) => Promise<unknown>,
): AsyncIterable<GenerateEvent> {
  const events: GenerateEvent[] = []
  let wake: (() => void) | undefined
  let isDone = false
  let failure: { error: unknown } | undefined
  const finished = run((event) => {
    events.push(event)
    wake?.()
  })
    .catch((error: unknown) => {
      failure = { error }
    })
    .finally(() => {
      isDone = true
      wake?.()
    })
  for (;;) {
    const event = events.shift()
    if (event) yield event
    else if (isDone) break
    else
      await new Promise<void>((resolve) => {
        wake = resolve
      })
  }
  await finished
  if (failure) throw failure.error
}

/** The worker's file lies beside this one, as source (.ts) or built (.js). */
function workerFile(): string {
  const here = import.meta.url
  return fileURLToPath(new URL(`./engine-worker${here.endsWith('.ts') ? '.ts' : '.js'}`, here))
}
