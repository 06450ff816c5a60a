import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { readSubmission } from '../../client/storage/read-submission.ts'
import { fileTreeOf } from '../../protocol/storage/file-tree.ts'
import type { FlowSubmission } from '../../protocol/storage/submission.ts'
import { writeFileAtomic } from '../../utils/write-file-atomic.ts'

/** Files held in memory together; a larger one is held alone. */
const MAX_RECENT_BYTES = 32 * 1024 ** 2

/**
 * The files of KV writes: from this node's disk, else from the storage nodes. What is on disk is only trusted when it hashes
 * to the root on the chain, so a torn or damaged file costs a download and nothing else.
 */
export class StreamFiles {
  /** Files read last, oldest first: a long value is asked for in pieces, and an iteration stays in a few files. */
  readonly #recent = new Map<string, Uint8Array>()
  #recentBytes = 0
  readonly #directory: string
  readonly #indexer: string
  readonly #log: Logger

  private constructor(options: { directory: string; indexer: string; log: Logger }) {
    this.#directory = options.directory
    this.#indexer = options.indexer
    this.#log = options.log
  }

  static async open(options: { directory: string; indexer: string; log: Logger }): Promise<StreamFiles> {
    await mkdir(options.directory, { recursive: true })
    return new StreamFiles(options)
  }

  /** Bytes of a submission. Throws while no storage node has all of them. */
  async read(submission: FlowSubmission, signal: AbortSignal): Promise<Uint8Array> {
    const name = `${submission.root}-${submission.sizeBytes}`
    const bytes = this.#recent.get(name) ?? (await this.#readAnew(submission, join(this.#directory, name), signal))
    this.#remember(name, bytes)
    return bytes
  }

  /** Keeps a file in memory as the one read last, and lets go of others beyond the limit. */
  #remember(name: string, bytes: Uint8Array): void {
    if (!this.#recent.delete(name)) this.#recentBytes += bytes.length
    this.#recent.set(name, bytes)
    for (const [oldest, old] of this.#recent) {
      if (this.#recentBytes <= MAX_RECENT_BYTES || oldest === name) break
      this.#recent.delete(oldest)
      this.#recentBytes -= old.length
    }
  }

  async #readAnew(submission: FlowSubmission, path: string, signal: AbortSignal): Promise<Uint8Array> {
    const kept = await readFile(path).catch(() => undefined)
    if (kept && isContentOf(kept, submission)) return kept
    const bytes = await readSubmission(submission, { indexer: this.#indexer, signal })
    // A disk that is full costs a download after the next start, not the write.
    await writeFileAtomic(path, bytes).catch((error: unknown) => {
      this.#log.warn({ path, error: String(error) }, 'a stream file was not kept')
    })
    return bytes
  }
}

function isContentOf(bytes: Uint8Array, { root, sizeBytes }: FlowSubmission): boolean {
  return bytes.length === sizeBytes && fileTreeOf(bytes).root === root
}
