import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fileTreeOf } from '../../protocol/storage/file-tree.ts'
import { SEGMENT_BYTES } from '../../protocol/storage/units.ts'
import { hashSource } from './hash-source.ts'
import { type HashThreads, startHashThreads } from './hash-threads.ts'
import type { StorageProgress } from './progress.ts'
import { bytesSource, fileSource } from './segment-source.ts'

let dir: string
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hash-source-'))
})
afterAll(async () => {
  await rm(dir, { recursive: true })
})

const content = (sizeBytes: number): Uint8Array =>
  Uint8Array.from({ length: sizeBytes }, (_, i) => (i * 31 + (i >>> 13)) & 255)

async function fileOf(bytes: Uint8Array, name = `file-${bytes.length}`): Promise<string> {
  const path = join(dir, name)
  await writeFile(path, bytes)
  return path
}

/** Threads that are there but fail at every job. */
const brokenThreads = (): HashThreads => ({ count: 2, hash: async () => undefined, [Symbol.dispose]: () => {} })
const twoThreads = (): HashThreads | undefined => startHashThreads(2)

describe('hashing a file in threads', () => {
  // The last segment is: a whole one, followed by padding, several submission nodes, the only one.
  test.each([40 * SEGMENT_BYTES, 33 * SEGMENT_BYTES + 1, 20 * SEGMENT_BYTES + 7_000, 1_000])(
    '%i bytes',
    async (size) => {
      const bytes = content(size)
      const expected = fileTreeOf(bytes)
      for (const startThreads of [twoThreads, brokenThreads, () => undefined]) {
        const source = await fileSource(await fileOf(bytes))
        const tree = await hashSource(source, { startThreads })
        await source.close()
        expect(tree.root).toBe(expected.root)
        expect(tree.nodes).toEqual(expected.nodes)
        expect(tree.proof(tree.layout.segments - 1)).toEqual(expected.proof(tree.layout.segments - 1))
      }
    },
  )

  test('reports every byte once', async () => {
    const source = await fileSource(await fileOf(content(37 * SEGMENT_BYTES + 5)))
    const seen: StorageProgress[] = []
    await hashSource(source, { startThreads: twoThreads, onProgress: (event) => seen.push(event) })
    await source.close()
    const done = seen.map((event) => (event.phase === 'hash' ? event.doneBytes : -1))
    expect(done).toEqual(done.toSorted((a, b) => a - b))
    expect(done.at(-1)).toBe(source.sizeBytes)
  })

  test('a file that got shorter is an error, not another root', async () => {
    const path = await fileOf(content(40 * SEGMENT_BYTES), 'shrinking')
    const source = await fileSource(path)
    await truncate(path, 30 * SEGMENT_BYTES)
    await expect(hashSource(source, { startThreads: twoThreads })).rejects.toMatchObject({ code: 'FILE_CHANGED' })
    await source.close()
  })

  test('an abort ends it', async () => {
    const source = await fileSource(await fileOf(content(40 * SEGMENT_BYTES), 'aborted'))
    const abort = new AbortController()
    const hashing = hashSource(source, {
      startThreads: twoThreads,
      signal: abort.signal,
      onProgress: () => abort.abort(new Error('stop')),
    })
    await expect(hashing).rejects.toThrow('stop')
    await source.close()
  })
})

test('one core gets no threads, and bytes in memory are hashed where they are', async () => {
  expect(startHashThreads(1)).toBeUndefined()
  const bytes = content(300_000)
  const never = (): HashThreads => {
    throw new Error('threads for bytes')
  }
  expect((await hashSource(bytesSource(bytes), { startThreads: never })).root).toBe(fileTreeOf(bytes).root)
})

test('a thread that dies gives its job back', async () => {
  using threads = startHashThreads(2) as HashThreads
  const path = await fileOf(content(SEGMENT_BYTES), 'dying')
  const job = { path, sizeBytes: SEGMENT_BYTES, first: 0, count: 1 }
  expect(await threads.hash(job)).toHaveLength(1)
  const pending = [threads.hash(job), threads.hash(job)]
  threads[Symbol.dispose]()
  // Done before the end, or given back: never hanging.
  for (const roots of await Promise.all(pending)) expect(roots === undefined || roots.length === 1).toBe(true)
})
