import * as fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../../../test/helpers/test-chain.ts'
import { JOURNAL_FILE, type JournalIo, type OpenedJournal, openJournal } from './journal.ts'
import { MAX_PAYLOAD_BYTES } from './journal-frames.ts'
import type { JournalHeader, JournalRecord } from './journal-record.ts'

const header = (): JournalHeader => ({
  kind: 'header',
  format: 1,
  engine: 'test 1',
  writer: '0g test',
  chainId: 31337,
  hardfork: 'prague',
  genesisTime: 1_700_000_000,
  genesisHash: 'ab',
})

const RECORDS: JournalRecord[] = [
  { kind: 'request', wallSeconds: 1_700_000_001, method: 'eth_sendRawTransaction', params: ['0x02f86b'] },
  { kind: 'request', wallSeconds: 1_700_000_002, method: 'hardhat_setBalance', params: ['0xab', '0x1'] },
  { kind: 'checkpoint', blockNumber: 12n, blockHash: `0x${'5a'.repeat(32)}` },
  { kind: 'request', wallSeconds: 2 ** 33 + 5, method: 'evm_mine', params: [] },
  { kind: 'request', wallSeconds: 1, method: 'eth_sendRawTransaction', params: ['0xNOTHEX', 7] },
]

const recordsOf = (opened: OpenedJournal) => opened.records.map(({ record }) => record)

async function written(directory: string): Promise<string> {
  const { journal } = openJournal(directory, header)
  for (const record of RECORDS) journal.append(record)
  await journal.durable()
  journal.close()
  return join(directory, JOURNAL_FILE)
}

function reopened(directory: string): JournalRecord[] {
  const opened = openJournal(directory, header)
  opened.journal.close()
  return recordsOf(opened)
}

describe('journal', () => {
  test('gives back what was written, in order, with its header', async () => {
    using directory = temporaryDirectory()
    await written(directory.path)
    const opened = openJournal(directory.path, () => ({ ...header(), genesisTime: 1 }))
    opened.journal.close()
    expect(opened.header).toEqual(header())
    expect(recordsOf(opened)).toEqual(RECORDS)
  })

  test('cut at any byte keeps every whole record before the cut and takes new ones', async () => {
    using directory = temporaryDirectory()
    const file = await written(directory.path)
    const whole = fs.readFileSync(file)
    const [first] = openJournal(directory.path, header).records
    for (let size = first?.offset ?? 0; size <= whole.length; size++) {
      fs.writeFileSync(file, whole.subarray(0, size))
      const kept = reopened(directory.path)
      expect(RECORDS.slice(0, kept.length)).toEqual(kept)
      const { journal } = openJournal(directory.path, header)
      journal.append({ kind: 'request', wallSeconds: 9, method: 'evm_mine', params: [] })
      await journal.durable()
      journal.close()
      expect(reopened(directory.path)).toHaveLength(kept.length + 1)
    }
  })

  test('refuses a record that nobody would read again, and stays as it was', async () => {
    using directory = temporaryDirectory()
    await written(directory.path)
    const { journal } = openJournal(directory.path, header)
    const params = ['0'.repeat(MAX_PAYLOAD_BYTES)]
    expect(() => journal.append({ kind: 'request', wallSeconds: 1, method: 'evm_mine', params })).toThrow(RangeError)
    await journal.durable()
    journal.close()
    expect(reopened(directory.path)).toEqual(RECORDS)
  })

  test('a creation that was cut short begins again', async () => {
    using directory = temporaryDirectory()
    const file = await written(directory.path)
    const whole = fs.readFileSync(file)
    for (const size of [0, 5, 12, 20]) {
      fs.writeFileSync(file, whole.subarray(0, size))
      expect(reopened(directory.path)).toEqual([])
    }
  })

  test('any flipped byte in the middle is corruption that names its offset', async () => {
    using directory = temporaryDirectory()
    const file = await written(directory.path)
    const whole = fs.readFileSync(file)
    const { records } = openJournal(directory.path, header)
    const last = records.at(-1)?.offset ?? 0
    for (let at = 12; at < last; at++) {
      const damaged = Buffer.from(whole)
      damaged[at] = (damaged[at] ?? 0) ^ 0x40
      fs.writeFileSync(file, damaged)
      expect(() => openJournal(directory.path, header)).toThrowError(expect.objectContaining({ code: 'STATE_CORRUPT' }))
      expect(fs.readFileSync(file).equals(damaged)).toBe(true)
    }
  })

  test('a flipped byte in the last whole record is corruption, zeros at the end are a torn tail', async () => {
    using directory = temporaryDirectory()
    const file = await written(directory.path)
    const whole = fs.readFileSync(file)
    const damaged = Buffer.from(whole)
    damaged[whole.length - 3] = (damaged[whole.length - 3] ?? 0) ^ 1
    fs.writeFileSync(file, damaged)
    expect(() => openJournal(directory.path, header)).toThrowError(expect.objectContaining({ code: 'STATE_CORRUPT' }))
    fs.writeFileSync(file, Buffer.concat([whole, Buffer.alloc(40)]))
    expect(reopened(directory.path)).toEqual(RECORDS)
  })

  test('another file or another format is refused and left alone', async () => {
    using directory = temporaryDirectory()
    const file = await written(directory.path)
    const whole = fs.readFileSync(file)
    fs.writeFileSync(file, 'something else entirely')
    expect(() => openJournal(directory.path, header)).toThrowError(expect.objectContaining({ code: 'STATE_CORRUPT' }))
    whole[7] = 2
    fs.writeFileSync(file, whole)
    // It says which version can open it.
    expect(() => openJournal(directory.path, header)).toThrowError(
      expect.objectContaining({ code: 'STATE_INCOMPATIBLE', message: expect.stringContaining('0g test') }),
    )
  })

  test('is read from a rotation when that is recorded where it is said to be, else from the beginning', async () => {
    using directory = temporaryDirectory()
    const { journal } = openJournal(directory.path, header)
    const [first, second] = RECORDS
    if (!first || !second) throw new Error('no records')
    const rotation = { kind: 'rotation', checkpoint: 3, blockNumber: 9, blockHash: '0xab', stateRoot: '0xcd' } as const
    journal.append(first)
    const offset = journal.endOffset
    journal.append(rotation)
    journal.append(second)
    await journal.durable()
    expect(journal.read(journal.firstOffset, offset).map(({ record }) => record)).toEqual([first])
    expect(() => journal.read(journal.firstOffset, offset + 3)).toThrowError(
      expect.objectContaining({ code: 'STATE_CORRUPT' }),
    )
    journal.close()
    const from = (candidates: { offset: number; checkpoint: number; blockHash: string }[]) => {
      const opened = openJournal(directory.path, header, fs, () => candidates)
      opened.journal.close()
      expect(opened.header).toEqual(header())
      return recordsOf(opened)
    }
    const right = { offset, checkpoint: 3, blockHash: '0xab' }
    const wrong = [
      { ...right, offset: offset + 1 },
      { ...right, checkpoint: 4 },
      { ...right, offset: 10 ** 9 },
    ]
    expect(from([right])).toEqual([rotation, second])
    expect(from([...wrong, right])).toEqual([rotation, second])
    expect(from(wrong)).toEqual([first, rotation, second])
  })

  test('many waiters share few syncs', async () => {
    using directory = temporaryDirectory()
    let syncs = 0
    const io: JournalIo = {
      writeSync: fs.writeSync,
      ftruncateSync: fs.ftruncateSync,
      fdatasync: ((fd: number, done: fs.NoParamCallback) => {
        syncs++
        fs.fdatasync(fd, done)
      }) as typeof fs.fdatasync,
    }
    const { journal } = openJournal(directory.path, header, io)
    const waiting: Promise<void>[] = []
    for (let at = 0; at < 100; at++) {
      journal.append({ kind: 'request', wallSeconds: at, method: 'evm_mine', params: [] })
      waiting.push(journal.durable())
    }
    await Promise.all(waiting)
    journal.close()
    expect(syncs).toBeLessThanOrEqual(3)
    expect(reopened(directory.path)).toHaveLength(100)
  })

  test('a full disk refuses the record and leaves the journal as it was', async () => {
    using directory = temporaryDirectory()
    let freeBytes = Number.POSITIVE_INFINITY
    const writeSync = (fd: number, data: Uint8Array, offset: number, length: number, position: number): number => {
      const room = Math.min(length, freeBytes)
      if (room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
      freeBytes -= room
      return fs.writeSync(fd, data, offset, room, position)
    }
    const io: JournalIo = {
      writeSync: writeSync as typeof fs.writeSync,
      ftruncateSync: fs.ftruncateSync,
      fdatasync: fs.fdatasync,
    }
    const { journal } = openJournal(directory.path, header, io)
    const record: JournalRecord = { kind: 'request', wallSeconds: 1, method: 'evm_mine', params: [] }
    journal.append(record)
    freeBytes = 7
    expect(() => journal.append(record)).toThrowError(expect.objectContaining({ code: 'DISK_FULL' }))
    freeBytes = Number.POSITIVE_INFINITY
    journal.append({ ...record, wallSeconds: 2 })
    await journal.durable()
    journal.close()
    expect(reopened(directory.path)).toEqual([record, { ...record, wallSeconds: 2 }])
  })

  test('a failed sync takes back what it covered and refuses everything after', async () => {
    using directory = temporaryDirectory()
    let isBroken = false
    const fdatasync = (fd: number, done: fs.NoParamCallback) =>
      isBroken ? done(Object.assign(new Error('input/output error'), { code: 'EIO' })) : fs.fdatasync(fd, done)
    const io: JournalIo = {
      writeSync: fs.writeSync,
      ftruncateSync: fs.ftruncateSync,
      fdatasync: fdatasync as typeof fs.fdatasync,
    }
    const { journal } = openJournal(directory.path, header, io)
    const record: JournalRecord = { kind: 'request', wallSeconds: 1, method: 'evm_mine', params: [] }
    journal.append(record)
    await journal.durable()
    isBroken = true
    journal.append({ ...record, wallSeconds: 2 })
    await expect(journal.durable()).rejects.toMatchObject({ code: 'DISK_FULL' })
    expect(() => journal.append(record)).toThrowError(expect.objectContaining({ code: 'DISK_FULL' }))
    journal.close()
    expect(reopened(directory.path)).toEqual([record])
  })
})
