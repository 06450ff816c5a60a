import { appendFile, mkdtemp, open, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import pino from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { toWireSegment } from '../../protocol/storage/file-layout.ts'
import { fileTreeOf } from '../../protocol/storage/file-tree.ts'
import { checkSegment } from '../../protocol/storage/segment-proof.ts'
import { scrubStore } from './scrub-store.ts'
import { encodeRecord, type StoredSegment } from './segment-record.ts'
import { SegmentStore, type SegmentStoreOptions } from './segment-store.ts'

const log = pino({ level: 'silent' })
const root = `0x${'cd'.repeat(32)}` as const
const segment = (index: number, length = 5000): StoredSegment => ({
  root,
  index,
  fileSize: 10 ** 9,
  proof: { lemma: [root], path: [] },
  data: Uint8Array.from({ length }, (_, i) => (i * 7 + index) % 256),
})

let dir: string
let store: SegmentStore | undefined
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'og-store-'))
})
afterEach(async () => {
  await store?.close()
  store = undefined
  await rm(dir, { recursive: true, force: true })
})

async function reopen(options?: SegmentStoreOptions): Promise<SegmentStore> {
  await store?.close()
  store = await SegmentStore.open(dir, log, { isProven: () => true, ...options })
  return store
}
const logPath = async (): Promise<string> => join(dir, (await readdir(dir)).sort().at(-1) as string)
const hold = async (opened: SegmentStore, index: number): Promise<boolean> => {
  const read = await opened.read(root, index)
  return read !== undefined && Buffer.from(read.data).equals(segment(index, read.data.length).data)
}

describe('segment store', () => {
  test('segments put at once come back after a restart, with their proofs', async () => {
    let opened = await reopen()
    await Promise.all(Array.from({ length: 20 }, (_, i) => opened.put([segment(i)])))
    expect(opened.count).toBe(20)
    opened = await reopen()
    expect(opened.count).toBe(20)
    for (let i = 0; i < 20; i++) expect(await hold(opened, i)).toBe(true)
    expect(await opened.read(root, 3)).toMatchObject({
      root,
      index: 3,
      fileSize: 10 ** 9,
      proof: { lemma: [root], path: [] },
    })
    expect(await opened.read(root, 99)).toBeUndefined()
  })

  test('logs are rotated, and all of them read', async () => {
    let opened = await reopen({ maxLogBytes: 12_000 })
    for (let i = 0; i < 10; i++) await opened.put([segment(i)])
    expect((await readdir(dir)).length).toBeGreaterThan(2)
    opened = await reopen({ maxLogBytes: 12_000 })
    for (let i = 0; i < 10; i++) expect(await hold(opened, i)).toBe(true)
  })

  test('cut anywhere, the log loses at most what was cut and takes new segments', async () => {
    const whole = await reopen()
    for (let i = 0; i < 3; i++) await whole.put([segment(i, 300)])
    const path = await logPath()
    const { size } = await stat(path)
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: size }), async (length) => {
        await store?.close()
        store = undefined
        await truncate(path, 0)
        const again = await reopen()
        for (let i = 0; i < 3; i++) await again.put([segment(i, 300)])
        await again.close()
        store = undefined
        await truncate(path, length)
        const cut = await reopen()
        expect(cut.count).toBe(Math.floor((length * 3) / size + 1e-9))
        await cut.put([segment(7, 300)])
        const after = await reopen()
        expect(await hold(after, 7)).toBe(true)
        expect(after.count).toBe(cut.count)
      }),
      { numRuns: 25 },
    )
  })

  test('garbage at the end is cut off; damage in the middle costs one segment, not those after it', async () => {
    const opened = await reopen()
    for (let i = 0; i < 3; i++) await opened.put([segment(i)])
    const path = await logPath()
    const { size } = await stat(path)
    await appendFile(path, Buffer.from('SEG1 and more that is no record'))
    expect((await reopen()).count).toBe(3)
    expect((await stat(path)).size).toBe(size)
    const file = await open(path, 'r+')
    await file.write(Buffer.from('X'), 0, 1, Math.floor(size / 3) + 8)
    await file.close()
    const damaged = await reopen()
    expect(await Promise.all([0, 1, 2].map((i) => hold(damaged, i)))).toEqual([true, false, true])
    await damaged.put([segment(1)])
    expect(await hold(await reopen(), 1)).toBe(true)
  })

  test('full logs are opened by their index; a damaged, cut or missing index is made anew', async () => {
    const options = { maxLogBytes: 12_000 }
    const opened = await reopen(options)
    for (let i = 0; i < 10; i++) await opened.put([segment(i, 3000)])
    const indexes = (await readdir(dir)).filter((name) => name.endsWith('.idx'))
    expect(indexes).toHaveLength((await readdir(dir)).filter((name) => name.endsWith('.log')).length - 1)
    const path = join(dir, indexes[0] as string)
    const whole = await readFile(path)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, by, isCut) => {
          const damaged = Buffer.from(isCut ? whole.subarray(0, at) : whole)
          if (!isCut) damaged[at] = (damaged[at] as number) ^ by
          await store?.close()
          store = undefined
          await writeFile(path, damaged)
          const again = await reopen(options)
          expect(again.count).toBe(10)
          for (let i = 0; i < 10; i++) expect(await hold(again, i)).toBe(true)
          expect((await readFile(path)).equals(whole)).toBe(true)
        },
      ),
      { numRuns: 25 },
    )
  })

  test('a log that lost its end since it was indexed keeps what is left', async () => {
    const options = { maxLogBytes: 12_000 }
    const opened = await reopen(options)
    for (let i = 0; i < 10; i++) await opened.put([segment(i)])
    await opened.close()
    store = undefined
    const first = join(dir, 'segments-000000.log')
    await truncate(first, (await stat(first)).size - 1)
    const cut = await reopen(options)
    const held = await Promise.all(Array.from({ length: 10 }, (_, i) => hold(cut, i)))
    expect(held.filter((isHeld) => !isHeld)).toHaveLength(1)
    expect(cut.count).toBe(9)
  })

  test('any byte damaged anywhere in a log costs one segment at most, and no other byte is ever served', async () => {
    const options = { maxLogBytes: 12_000 }
    const opened = await reopen(options)
    for (let i = 0; i < 6; i++) await opened.put([segment(i)])
    const names = (await readdir(dir)).filter((name) => name.endsWith('.log'))
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.nat(14_999), fc.boolean(), async (name, at, isRunning) => {
        const path = join(dir, name)
        const whole = await readFile(path)
        const damaged = Buffer.from(whole)
        const place = at % whole.length
        damaged[place] = (damaged[place] as number) ^ 0xff
        if (!isRunning) await store?.close()
        const file = await open(path, 'r+')
        await file.write(damaged, 0, damaged.length, 0)
        await file.close()
        if (!isRunning) store = undefined
        const now = isRunning ? (store as SegmentStore) : await reopen(options)
        const lost: number[] = []
        now.onDamage = (_root, index) => lost.push(index)
        const progress = { total: 0, checked: 0, damaged: 0, isDone: false }
        const { signal } = new AbortController()
        await scrubStore(now, { log, signal, progress, bytesPerSecond: 1e12 })
        expect(progress.isDone).toBe(true)
        expect(progress.damaged).toBe(lost.length)
        const held = await Promise.all(Array.from({ length: 6 }, (_, i) => hold(now, i)))
        // None when the record was replaced by a later one in an earlier run.
        expect(held.filter((isHeld) => !isHeld).length).toBeLessThanOrEqual(1)
        // As a replica would: the segment is stored anew.
        if (held.includes(false)) await now.put([segment(held.indexOf(false))])
        expect(await hold(now, Math.max(0, held.indexOf(false)))).toBe(true)
        await store?.close()
        store = undefined
        const restored = await open(path, 'r+')
        await restored.write(whole, 0, whole.length, 0)
        await restored.close()
        const after = await reopen(options)
        expect(after.count).toBe(6)
      }),
      { numRuns: 20 },
    )
  })

  test('data made to look like a record is not taken for one, whatever is damaged before it', async () => {
    const content = Uint8Array.from({ length: 3000 }, (_, i) => (i * 13) % 251)
    const { root: otherRoot } = fileTreeOf(content)
    const lie = {
      root: otherRoot,
      index: 0,
      fileSize: 3000,
      proof: { lemma: [otherRoot], path: [] },
      data: new Uint8Array(3072),
    }
    const trap = Buffer.concat([Buffer.alloc(500), ...encodeRecord(lie), Buffer.alloc(500)])
    const honest = { ...lie, data: toWireSegment(content) }
    const proven = { isProven: (one: StoredSegment) => checkSegment(one) === undefined }
    const opened = await reopen(proven)
    await opened.put([{ ...segment(0), data: trap }])
    const path = await logPath()
    const file = await open(path, 'r+')
    await file.write(Buffer.from('X'), 0, 1, 0)
    await file.close()
    const fooled = await reopen(proven)
    expect(fooled.count).toBe(0)
    await fooled.put([honest])
    const after = await reopen(proven)
    expect(Buffer.from((await after.read(otherRoot, 0))?.data ?? []).equals(honest.data)).toBe(true)
  })

  test('a directory deleted under the store: nothing more is acknowledged', async () => {
    const opened = await reopen()
    let told = 0
    opened.onGone = () => {
      told += 1
    }
    await opened.put([segment(0)])
    await rm(dir, { recursive: true })
    await expect(opened.put([segment(1)])).rejects.toThrow('deleted')
    expect(told).toBe(1)
    expect(opened.has(root, 1)).toBe(false)
  })

  test('a byte damaged while running is noticed on reading', async () => {
    const opened = await reopen()
    await opened.put([segment(0)])
    const file = await open(await logPath(), 'r+')
    await file.write(Buffer.from('Z'), 0, 1, 1000)
    await file.close()
    expect(await opened.read(root, 0)).toBeUndefined()
    expect(opened.has(root, 0)).toBe(false)
  })

  test('a failed write rejects its whole group, keeps nothing of it, and the next one works', async () => {
    let isFull = true
    const opened = await reopen({
      write: async (file, pieces, position) => {
        const bytes = Buffer.concat(pieces)
        await file.write(bytes, 0, isFull ? 100 : bytes.length, position)
        if (isFull) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      },
    })
    const results = await Promise.allSettled([opened.put([segment(0), segment(1)]), opened.put([segment(2)])])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(opened.count).toBe(0)
    expect(opened.isKnown(root, 0)).toBe(false)
    expect((await stat(await logPath())).size).toBe(0)
    isFull = false
    await opened.put([segment(0)])
    expect(await hold(await reopen(), 0)).toBe(true)
  })
})
