import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { FetchJob, FetchReply, FetchTask } from './fetch-worker.ts'
import type { PartialFile } from './partial-file.ts'
import type { StoredFile } from './stored-file.ts'

/** Below this, starting threads takes longer than they save. */
const THREADS_FROM_BYTES = 32 * 1024 ** 2
const MAX_THREADS = 4
/** Segments to a job, and jobs a thread has at once: the next is there when one ends. */
const JOB_SEGMENTS = 8
const JOBS_PER_THREAD = 2
/** Small, so that the collector comes often: what it frees are the buffers of the network, which are large and live outside. */
const YOUNG_MIB = 1

/**
 * Fetches missing blocks of a large file in threads: each asks the nodes itself, proves what they answer and writes it into the partial
 * file, so no data passes between threads. What a thread could not get stays missing, for the caller to fetch and to explain.
 */
export async function fetchInThreads(
  stored: StoredFile,
  partial: PartialFile,
  options: { signal?: AbortSignal | undefined; onBlocks: (indexes: readonly number[]) => void },
): Promise<void> {
  const indexes = partial.missing
  const worker = workerFile()
  const count = Math.min(availableParallelism(), MAX_THREADS)
  if (count < 2 || indexes.length * partial.blockBytes(0) < THREADS_FROM_BYTES || !existsSync(worker)) return
  options.signal?.throwIfAborted()
  const workerData = taskOf(stored, partial.path)
  const workers = Array.from(
    { length: count },
    () => new Worker(worker, { workerData, resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB } }),
  )
  const jobs: number[][] = []
  for (let at = 0; at < indexes.length; at += JOB_SEGMENTS) jobs.push(indexes.slice(at, at + JOB_SEGMENTS))
  const take = ({ done }: FetchReply): void => {
    for (const index of done) partial.written(index)
    options.onBlocks(done)
  }
  try {
    await Promise.all(workers.map((one) => drain(one, jobs, take, options.signal)))
  } finally {
    await Promise.all(workers.map((one) => one.terminate()))
  }
  options.signal?.throwIfAborted()
}

/** Gives jobs to a thread until there are none, it dies, or all is called off. */
function drain(
  worker: Worker,
  jobs: number[][],
  take: (reply: FetchReply) => void,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve) => {
    let open = 0
    const next = (): void => {
      const indexes = signal?.aborted ? undefined : jobs.shift()
      if (indexes) {
        open += 1
        worker.postMessage({ indexes } satisfies FetchJob)
      } else if (open === 0) resolve()
    }
    worker.on('message', (reply: FetchReply) => {
      open -= 1
      take(reply)
      next()
    })
    worker.on('error', () => resolve()).on('exit', () => resolve())
    signal?.addEventListener('abort', () => resolve(), { once: true })
    for (let i = 0; i < JOBS_PER_THREAD; i++) next()
  })
}

function taskOf({ root, submission, nodes }: StoredFile, path: string): FetchTask {
  const { sizeBytes, txSeq, startEntryIndex } = submission
  const holders = nodes.all.map(({ url, config }) => ({ url, config }))
  holders.sort((a, b) => b.config.numShard - a.config.numShard)
  return { root, sizeBytes, txSeq, startEntryIndex, nodes: holders, path }
}

/** The worker's file lies beside this one, as source (.ts) or built (.js); not where this one was bundled into another. */
function workerFile(): string {
  const here = import.meta.url
  return fileURLToPath(new URL(`./fetch-worker${here.endsWith('.ts') ? '.ts' : '.js'}`, here))
}
