import { appendFile, mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createAppender, openJournal } from './journal.ts'

let directory: string
let path: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'og-journal-'))
  path = join(directory, 'journal.ndjson')
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function replay(): Promise<number[]> {
  const records: number[] = []
  await (await openJournal<number>(path, (record) => records.push(record))).close()
  return records
}

test('keeps every record in order, whatever was appended at the same time', async () => {
  const journal = await openJournal<number>(path, () => {})
  const numbers = Array.from({ length: 50 }, (_, n) => n)
  await Promise.all(numbers.map((n) => journal.append(n)))
  await journal.close()
  expect(await replay()).toEqual(numbers)
})

test('drops a torn last line and goes on behind the last whole one', async () => {
  await appendFile(path, '1\n2\n{"torn')
  expect(await replay()).toEqual([1, 2])
  const journal = await openJournal<number>(path, () => {})
  await journal.append(3)
  await journal.close()
  expect(await readFile(path, 'utf8')).toBe('1\n2\n3\n')
})

test('refuses damage in the middle, naming the line', async () => {
  await appendFile(path, '1\noops\n3\n')
  await expect(replay()).rejects.toMatchObject({
    code: 'JOURNAL_DAMAGED',
    message: expect.stringContaining('line 2') as string,
  })
})

test('a full disk fails the record, and only that one', async () => {
  const file = await open(path, 'a+')
  let isFull = false
  const journal = createAppender<number>(
    {
      async appendFile(data) {
        if (!isFull) return await file.appendFile(data)
        await file.appendFile(String(data).slice(0, 1))
        throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      },
      datasync: () => file.datasync(),
      truncate: (size) => file.truncate(size),
      close: () => file.close(),
    },
    0,
  )
  await journal.append(11)
  isFull = true
  await expect(journal.append(22)).rejects.toMatchObject({ code: 'ENOSPC' })
  isFull = false
  await journal.append(33)
  await journal.close()
  expect(await replay()).toEqual([11, 33])
})
