import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { HASH_BYTES } from '../../protocol/storage/units.ts'
import type { HashJob, HashReply } from './hash-worker.ts'

/** Beyond this the disk is slower than the threads, and each takes memory. */
const MAX_THREADS = 8

/** Threads that hash segments of files. Dispose ends them. */
export type HashThreads = {
  count: number
  /** Roots of a job's segments, from a free thread; undefined when it could not be done there. */
  hash: (job: HashJob) => Promise<Uint8Array[] | undefined>
} & Disposable

/** Starts a thread per core; undefined on one core, and where the worker's file does not lie beside this one. */
export function startHashThreads(cores: number = availableParallelism()): HashThreads | undefined {
  const file = workerFile()
  if (cores < 2 || !existsSync(file)) return undefined
  const workers = Array.from({ length: Math.min(cores, MAX_THREADS) }, () => {
    // Without a listener of its own an error between two jobs would end the process.
    return new Worker(file).on('error', () => undefined)
  })
  const idle = [...workers]
  return {
    count: workers.length,
    async hash(job) {
      const worker = idle.pop()
      if (!worker) return undefined
      const reply = await replyOf(worker, job)
      if (!reply) return undefined
      idle.push(worker)
      const { roots } = reply
      if (!roots) return undefined
      return Array.from({ length: job.count }, (_, i) => roots.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))
    },
    [Symbol.dispose]() {
      for (const worker of workers) void worker.terminate()
    },
  }
}

/** What a thread answers; undefined when it dies. */
function replyOf(worker: Worker, job: HashJob): Promise<HashReply | undefined> {
  return new Promise((resolve) => {
    const settle = (reply?: HashReply): void => {
      worker.off('message', settle).off('error', die).off('exit', die)
      resolve(reply)
    }
    const die = (): void => settle()
    worker.on('message', settle).on('error', die).on('exit', die)
    worker.postMessage(job)
  })
}

/** The worker's file lies beside this one, as source (.ts) or built (.js); not where this one was bundled into another. */
function workerFile(): string {
  const here = import.meta.url
  return fileURLToPath(new URL(`./hash-worker${here.endsWith('.ts') ? '.ts' : '.js'}`, here))
}
