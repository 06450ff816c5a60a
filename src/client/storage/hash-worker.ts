import { closeSync, openSync, readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { segmentRoot } from '../../protocol/storage/keccak.ts'
import { HASH_BYTES, SEGMENT_BYTES, SEGMENT_CHUNKS } from '../../protocol/storage/units.ts'

/** Segments of a file to hash: `count` of them from `first` on. All but the file's last are whole. */
export type HashJob = { path: string; sizeBytes: number; first: number; count: number }

/** Roots one after the other, handed over without a copy; none when the file could not be read as expected. */
export type HashReply = { roots?: Uint8Array<ArrayBuffer> }

const buffer = new Uint8Array(SEGMENT_BYTES)

function hash({ path, sizeBytes, first, count }: HashJob): HashReply {
  const roots = new Uint8Array(count * HASH_BYTES)
  const file = openSync(path, 'r')
  try {
    for (let i = 0; i < count; i++) {
      const start = (first + i) * SEGMENT_BYTES
      const length = Math.min(SEGMENT_BYTES, sizeBytes - start)
      for (let done = 0; done < length; ) {
        const bytesRead = readSync(file, buffer, done, length - done, start + done)
        if (bytesRead === 0) return {}
        done += bytesRead
      }
      roots.set(segmentRoot(buffer.subarray(0, length), SEGMENT_CHUNKS), i * HASH_BYTES)
    }
    return { roots }
  } finally {
    closeSync(file)
  }
}

parentPort?.on('message', (job: HashJob) => {
  let reply: HashReply = {}
  try {
    reply = hash(job)
  } catch {
    // Who gave the job reads the segments again and so meets the same failure, with what is needed to explain it.
  }
  parentPort?.postMessage(reply, reply.roots ? [reply.roots.buffer] : [])
})
