import { closeSync, fstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

const MAX_SIZE_BYTES = 10 * 1024 * 1024
/** The current file and two older ones. */
const FILES = 3

/** Older files of a rotated log, oldest first, then the current one. */
export function rotatedPaths(path: string): string[] {
  return [...Array.from({ length: FILES - 1 }, (_, index) => `${path}.${FILES - 1 - index}`), path]
}

/**
 * An append-only log that is rotated at 10 MiB, three files in all. Writes are synchronous: what a dying process said last is in
 * the page cache before anybody acts on its death. A disk that refuses to take more loses log lines, never the network.
 */
export class LogFile {
  readonly path: string
  readonly #maxSizeBytes: number
  #fd: number | undefined
  #sizeBytes = 0

  constructor(path: string, maxSizeBytes = MAX_SIZE_BYTES) {
    this.path = path
    this.#maxSizeBytes = maxSizeBytes
  }

  append(text: string): void {
    try {
      this.#fd ??= this.#open()
      this.#sizeBytes += writeSync(this.#fd, text)
      if (this.#sizeBytes >= this.#maxSizeBytes) this.#rotate()
    } catch {
      this.close()
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #open(): number {
    mkdirSync(dirname(this.path), { recursive: true })
    const fd = openSync(this.path, 'a', 0o600)
    this.#sizeBytes = fstatSync(fd).size
    return fd
  }

  #rotate(): void {
    this.close()
    const paths = rotatedPaths(this.path)
    const [oldest] = paths
    if (oldest) rmSync(oldest, { force: true })
    for (const [index, path] of paths.entries()) {
      const older = paths[index - 1]
      if (older) {
        try {
          renameSync(path, older)
        } catch {
          // this generation does not exist yet
        }
      }
    }
  }
}
