import * as fs from 'node:fs'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../../test/helpers/test-chain.ts'
import { type JournalIo, openJournal } from './journal.ts'
import { leaveToShare, sharingSync } from './shared-sync.ts'

test('those who share wait once, at the end; what they leave behind waits for itself', async () => {
  const order: string[] = []
  const settle = async () => {
    order.push('settled')
  }
  const after = Promise.withResolvers<boolean>()
  const result = await sharingSync(async () => {
    for (let at = 0; at < 3; at++) expect(leaveToShare(settle)).toBe(true)
    setImmediate(() => setImmediate(() => after.resolve(leaveToShare(settle))))
    order.push('done')
    return 7
  })
  expect(result).toBe(7)
  expect(order).toEqual(['done', 'settled'])
  expect(await after.promise).toBe(false)
  expect(leaveToShare(settle)).toBe(false)
})

test('a sync that fails fails the whole', async () => {
  const shared = sharingSync(async () => leaveToShare(() => Promise.reject(new Error('no disk'))))
  await expect(shared).rejects.toThrow('no disk')
})

test('a journal that is written while it syncs needs one more sync, not one for each', async () => {
  using directory = temporaryDirectory()
  const waiting: (() => void)[] = []
  const io: JournalIo = {
    writeSync: fs.writeSync,
    ftruncateSync: fs.ftruncateSync,
    fdatasync: ((fd: number, done: fs.NoParamCallback) => {
      waiting.push(() => fs.fdatasync(fd, done))
    }) as typeof fs.fdatasync,
  }
  const { journal } = openJournal(
    directory.path,
    () => ({
      kind: 'header',
      format: 1,
      engine: 'test',
      writer: 'test',
      chainId: 1,
      hardfork: 'prague',
      genesisTime: 1,
      genesisHash: '',
    }),
    io,
  )
  for (let at = 0; at < 50; at++) journal.append({ kind: 'request', wallSeconds: at, method: 'evm_mine', params: [] })
  const durable = journal.durable()
  waiting[0]?.()
  await expect.poll(() => waiting.length).toBe(2)
  waiting[1]?.()
  await durable
  expect(waiting).toHaveLength(2)
  journal.close()
})
