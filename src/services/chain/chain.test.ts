import * as fs from 'node:fs'
import { describe, expect, test } from 'vitest'
import { accounts, temporaryDirectory, writeGenesis } from '../../../test/helpers/test-chain.ts'
import { readGenesis } from '../../contracts/genesis.ts'
import { type Chain, openChain } from './chain.ts'
import { createEngine } from './engine.ts'
import { type JournalIo, openJournal } from './journal.ts'
import { parseResult } from './rpc-reply.ts'

type Disk = JournalIo & { freeBytes: number; isBroken: boolean }

/** A disk that can fill up and break. */
function disk(): Disk {
  const state = { freeBytes: Number.POSITIVE_INFINITY, isBroken: false }
  const writeSync = (fd: number, data: Uint8Array, offset: number, length: number, position: number): number => {
    const room = Math.min(length, state.freeBytes)
    if (room <= 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    state.freeBytes -= room
    return fs.writeSync(fd, data, offset, room, position)
  }
  const fdatasync = (fd: number, done: fs.NoParamCallback) =>
    state.isBroken ? done(Object.assign(new Error('input/output error'), { code: 'EIO' })) : fs.fdatasync(fd, done)
  return Object.assign(state, {
    writeSync: writeSync as typeof fs.writeSync,
    ftruncateSync: fs.ftruncateSync,
    fdatasync: fdatasync as typeof fs.fdatasync,
  })
}

async function open(directory: string, io: Disk, onFatal: (error: unknown) => void = () => {}): Promise<Chain> {
  const genesis = readGenesis(writeGenesis(directory))
  const opened = openJournal(
    directory,
    () => ({
      kind: 'header',
      format: 1,
      engine: 'test',
      writer: 'test',
      chainId: 31337,
      hardfork: 'prague',
      genesisTime: 1_700_000_000,
      genesisHash: '',
    }),
    io,
  )
  const privateKeys = accounts.map(({ privateKey }) => privateKey)
  return await openChain({
    createEngine: ({ chainId, hardfork, genesisTime }) =>
      createEngine({ chainId, hardfork, genesis, genesisTime, privateKeys }),
    dataDir: directory,
    opened,
    blockTimeMs: null,
    onFatal,
  })
}

const transfer = { from: accounts[1]?.address, to: accounts[2]?.address, value: '0x1' }
const height = async (chain: Chain) => Number(parseResult<string>(await chain.read('eth_blockNumber', [])))
const codeOf = (body: string) =>
  (JSON.parse(body) as { error?: { data?: { og?: { code?: string } } } }).error?.data?.og?.code

describe('a full disk', () => {
  test('refuses the change before the chain sees it, and takes changes again when there is room', async () => {
    using directory = temporaryDirectory()
    const io = disk()
    const chain = await open(directory.path, io)
    await chain.mutate('eth_sendTransaction', [transfer])
    io.freeBytes = 20
    const refused = await Promise.all(Array.from({ length: 5 }, () => chain.mutate('eth_sendTransaction', [transfer])))
    expect(refused.map(codeOf)).toEqual(Array.from({ length: 5 }, () => 'DISK_FULL'))
    expect(await height(chain)).toBe(1)
    io.freeBytes = Number.POSITIVE_INFINITY
    expect(parseResult(await chain.mutate('eth_sendTransaction', [transfer]))).toMatch(/^0x/)
    await chain.close()
    const again = await open(directory.path, disk())
    expect(await height(again)).toBe(2)
    await again.close()
  })

  test('a sync that fails acknowledges nothing, ends the process and leaves what was acknowledged', async () => {
    using directory = temporaryDirectory()
    const io = disk()
    const ends: unknown[] = []
    const chain = await open(directory.path, io, (error) => ends.push(error))
    await chain.mutate('eth_sendTransaction', [transfer])
    io.isBroken = true
    expect(codeOf(await chain.mutate('eth_sendTransaction', [transfer]))).toBe('DISK_FULL')
    expect(codeOf(await chain.mutate('eth_sendTransaction', [transfer]))).toBe('DISK_FULL')
    expect(ends).toMatchObject([{ code: 'DISK_FULL' }])
    await chain.close()
    const again = await open(directory.path, disk())
    expect(await height(again)).toBe(1)
    await again.close()
  })
})

test('a journal whose replay gives another block than it recorded is corrupt', async () => {
  using directory = temporaryDirectory()
  const chain = await open(directory.path, disk())
  await chain.mutate('eth_sendTransaction', [transfer])
  await chain.close()
  const opened = openJournal(directory.path, () => {
    throw new Error('there is one')
  })
  expect(opened.records.map(({ record }) => record.kind)).toEqual(['request', 'checkpoint'])
  opened.journal.append({ kind: 'checkpoint', blockNumber: 1n, blockHash: `0x${'12'.repeat(32)}` })
  await opened.journal.durable()
  opened.journal.close()
  await expect(open(directory.path, disk())).rejects.toMatchObject({ code: 'STATE_CORRUPT' })
})
