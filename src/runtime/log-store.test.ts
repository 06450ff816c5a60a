import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LogFile, rotatedPaths } from './log-file.ts'
import { LogStore } from './log-store.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'og-logs-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const lines = (path: string) => readFileSync(path, 'utf8').trim().split('\n')

describe('log store', () => {
  test('structured lines keep their fields, others become the message', () => {
    const store = new LogStore(folder)
    store.write('chain', 'stdout', '{"level":"warn","time":"2026-01-01T00:00:00.000Z","msg":"slow","block":7}\nplain')
    store.write('chain', 'stdout', ' text\n')
    expect(store.tail('chain', 10)).toMatchObject([
      { level: 'warn', msg: 'slow', block: 7, svc: 'chain', time: '2026-01-01T00:00:00.000Z' },
      { level: 'info', msg: 'plain text', svc: 'chain' },
    ])
    expect(lines(store.pathOf('chain'))).toHaveLength(2)
  })

  test('what a process said last without a line end is not lost', () => {
    const store = new LogStore(folder)
    store.write('chain', 'stderr', 'Error: the end')
    store.flush('chain')
    expect(store.tail('chain', 1)).toMatchObject([{ level: 'error', msg: 'Error: the end' }])
  })

  test('the ring buffer holds the newest 2000 records, the file all of them', () => {
    const store = new LogStore(folder)
    store.write('a', 'stdout', Array.from({ length: 2_500 }, (_, index) => `${index}\n`).join(''))
    expect(store.history()).toHaveLength(2_000)
    expect(store.history()[0]?.msg).toBe('500')
    expect(lines(store.pathOf('a'))).toHaveLength(2_500)
  })

  test('followers hear what comes after they joined, until they leave', () => {
    const store = new LogStore(folder)
    const heard: string[] = []
    store.note('a', 'info', 'before')
    const leave = store.follow((record) => heard.push(record.msg))
    store.note('a', 'info', 'during')
    leave()
    store.note('a', 'info', 'after')
    expect(heard).toEqual(['during'])
  })

  test('files are rotated, three in all', () => {
    const file = new LogFile(join(folder, 'x.ndjson'), 10)
    for (const text of ['1111111111\n', '2222222222\n', '3333333333\n', '4444444444\n', '5\n']) file.append(text)
    expect(rotatedPaths(file.path).map((path) => readFileSync(path, 'utf8'))).toEqual([
      '3333333333\n',
      '4444444444\n',
      '5\n',
    ])
    expect(existsSync(`${file.path}.3`)).toBe(false)
  })

  test('a folder that cannot be written loses lines, not the process', () => {
    writeFileSync(join(folder, 'file'), '')
    const store = new LogStore(join(folder, 'file', 'logs'))
    store.note('a', 'info', 'still in memory')
    expect(store.tail('a', 1)).toHaveLength(1)
  })
})
