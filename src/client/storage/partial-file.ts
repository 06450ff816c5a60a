import { constants } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { SEGMENT_BYTES } from '../../protocol/storage/units.ts'
import { claimPartial, releasePartial } from './partial-place.ts'

/** How much may wait for the disk before it is told to go on: the flush at the end is then a short one. */
const FLUSH_EVERY_BYTES = 32 * 1024 ** 2
const PRESENT = Uint8Array.of(1)

/**
 * A file on its way: blocks of a segment's size, written in any order, and behind the content one byte for each block that is there. So
 * a killed process leaves what the next one needs to go on; whether its bytes are right is for the next one to check.
 */
export class PartialFile {
  readonly path: string
  readonly sizeBytes: number
  /** blocks that an earlier process left */
  readonly leftBlocks: number
  readonly #file: FileHandle
  readonly #present: Uint8Array
  #sinceFlush = 0
  #flushing: Promise<void> | undefined

  private constructor(options: { path: string; sizeBytes: number; file: FileHandle; present: Uint8Array }) {
    this.path = options.path
    this.sizeBytes = options.sizeBytes
    this.#file = options.file
    this.#present = options.present
    this.leftBlocks = options.present.filter((mark) => mark === 1).length
  }

  /** Opens the partial file of `id` in a folder: what was left of it, else a new one. System errors are thrown as they come. */
  static async open(folder: string, id: string, sizeBytes: number): Promise<PartialFile> {
    const blocks = Math.ceil(sizeBytes / SEGMENT_BYTES)
    const { path, isLeft } = await claimPartial(folder, id)
    const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants
    const file = await open(path, isLeft ? O_RDWR | O_NOFOLLOW : O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600)
    const present = new Uint8Array(blocks)
    if (isLeft) await file.read(present, 0, blocks, sizeBytes)
    return new PartialFile({ path, sizeBytes, file, present })
  }

  /** Blocks that are not there yet, ascending. */
  get missing(): number[] {
    return Array.from(this.#present.keys()).filter((index) => this.#present[index] !== 1)
  }

  /** Bytes of block `index`. */
  blockBytes(index: number): number {
    return Math.min(SEGMENT_BYTES, this.sizeBytes - index * SEGMENT_BYTES)
  }

  /** Writes a block and marks it. */
  async write(index: number, data: Uint8Array): Promise<void> {
    await writeAll(this.#file, data, index * SEGMENT_BYTES)
    await this.#file.write(PRESENT, 0, 1, this.sizeBytes + index)
    this.written(index)
  }

  /** Takes note of a block that was written and marked elsewhere. */
  written(index: number): void {
    this.#present[index] = 1
    this.#sinceFlush += this.blockBytes(index)
    if (this.#sinceFlush < FLUSH_EVERY_BYTES || this.#flushing) return
    this.#sinceFlush = 0
    // A failure here shows again in the flush that counts.
    this.#flushing = this.#file
      .datasync()
      .catch(() => undefined)
      .then(() => {
        this.#flushing = undefined
      })
  }

  /** Forgets every block. */
  async restart(): Promise<void> {
    await this.#file.truncate(0)
    this.#present.fill(0)
  }

  /** Cuts the marks off, flushes and closes: the file is then exactly its content. */
  async finish(): Promise<void> {
    await this.#flushing
    await this.#file.truncate(this.sizeBytes)
    await this.#file.chmod(0o644)
    await this.#file.sync()
    await this.#file.close()
  }

  /** Closes without finishing; what is there stays for the next try, unless it is nothing. */
  async release(): Promise<void> {
    await this.#flushing
    await this.#file.close().catch(() => undefined)
    if (this.#present.includes(1)) await releasePartial(this.path)
    else await rm(this.path, { force: true })
  }
}

async function writeAll(file: FileHandle, data: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await file.write(data, done, data.length - done, position + done)
    done += bytesWritten
  }
}
