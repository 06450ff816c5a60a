import { type FileHandle, open, readFile } from 'node:fs/promises'
import { ogError } from '../../errors/og-error.ts'

/** An append-only file of JSON lines. An append is acknowledged when it is on disk; concurrent appends share one flush. */
export type Journal<T> = {
  /** Resolves once the record survives a kill -9 or a power cut. */
  append(record: T): Promise<void>
  close(): Promise<void>
}

/**
 * Opens a journal and replays it. An incomplete last line is what a crash in the middle of an append leaves: it was never
 * acknowledged and is cut off.
 * @throws OgError JOURNAL_DAMAGED when any other line cannot be read
 */
export async function openJournal<T>(path: string, replay: (record: T) => void): Promise<Journal<T>> {
  const file = await open(path, 'a+', 0o600)
  try {
    const keptBytes = replayLines(path, await readFile(path), replay)
    await file.truncate(keptBytes)
    return createAppender(file, keptBytes)
  } catch (error) {
    await file.close()
    throw error
  }
}

function replayLines<T>(path: string, bytes: Uint8Array, replay: (record: T) => void): number {
  const decoder = new TextDecoder()
  let start = 0
  for (let line = 1; ; line++) {
    const end = bytes.indexOf(0x0a, start)
    if (end < 0) return start
    let record: T
    try {
      record = JSON.parse(decoder.decode(bytes.subarray(start, end))) as T
    } catch (cause) {
      throw ogError('JOURNAL_DAMAGED', { path, line }, { cause })
    }
    replay(record)
    start = end + 1
  }
}

type Waiting = { line: string; resolve: () => void; reject: (error: unknown) => void }

/** What the appender needs of a file opened for appending. */
export type JournalFile = Pick<FileHandle, 'appendFile' | 'datasync' | 'truncate' | 'close'>

/**
 * Appends to a file of `sizeBytes`. When a write fails (full disk), what it left of a line is cut off again, so that the records
 * after it can still be read; a file that cannot even be cut takes no more records.
 */
export function createAppender<T>(file: JournalFile, sizeBytes: number): Journal<T> {
  let waiting: Waiting[] = []
  let flushing: Promise<void> | undefined
  let broken: { cause: unknown } | undefined

  const write = async (text: string): Promise<void> => {
    if (broken) throw broken.cause
    try {
      await file.appendFile(text)
      await file.datasync()
      sizeBytes += Buffer.byteLength(text)
    } catch (error) {
      await file.truncate(sizeBytes).catch((cause: unknown) => {
        broken = { cause }
      })
      throw error
    }
  }

  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      try {
        await write(batch.map(({ line }) => line).join(''))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    flushing = undefined
  }

  return {
    append(record) {
      return new Promise((resolve, reject) => {
        waiting.push({ line: `${JSON.stringify(record)}\n`, resolve, reject })
        flushing ??= flush()
      })
    },
    async close() {
      await flushing
      await file.close()
    },
  }
}
