import * as fs from 'node:fs'
import { describe, expect, test, vi } from 'vitest'
import { accounts, temporaryDirectory, writeGenesis } from '../../../test/helpers/test-chain.ts'
import { readGenesis } from '../../contracts/genesis.ts'
import { type Chain, openChain } from './chain.ts'
import { createEngine } from './engine.ts'
import { type JournalIo, openJournal } from './journal.ts'

async function open(directory: string, io: JournalIo = fs): Promise<Chain> {
  const genesis = readGenesis(writeGenesis(directory))
  const privateKeys = accounts.map(({ privateKey }) => privateKey)
  const header = {
    kind: 'header',
    format: 1,
    engine: 'test',
    writer: 'test',
    chainId: 31337,
    hardfork: 'prague',
    genesisTime: 1_700_000_000,
    genesisHash: '',
  } as const
  return await openChain({
    createEngine: ({ chainId, hardfork, genesisTime }) =>
      createEngine({ chainId, hardfork, genesis, genesisTime, privateKeys }),
    dataDir: directory,
    opened: openJournal(directory, () => header, io),
    blockTimeMs: null,
    onFatal: () => {},
  })
}

/** A disk whose syncs wait until they are let through, one by one, while it is `isHeld`. */
function heldDisk() {
  const waiting: (() => void)[] = []
  const disk = {
    isHeld: false,
    waiting,
    release() {
      disk.isHeld = false
      for (const sync of waiting.splice(0)) sync()
    },
  }
  const fdatasync = (fd: number, done: (error: NodeJS.ErrnoException | null) => void) => {
    if (disk.isHeld) waiting.push(() => fs.fdatasync(fd, done))
    else fs.fdatasync(fd, done)
  }
  return { disk, io: { ...fs, fdatasync: fdatasync as typeof fs.fdatasync } }
}

describe('the chain and its disk', () => {
  test('starts over only when the old journal has no sync under way', async () => {
    using directory = temporaryDirectory()
    using other = temporaryDirectory()
    const { disk, io } = heldDisk()
    const chain = await open(directory.path, io)
    disk.isHeld = true
    const mined = [chain.mutate('evm_mine', []), chain.mutate('evm_mine', [])]
    let isOver = false
    const over = chain.reset().then(() => {
      isOver = true
    })
    // Longer than starting over takes.
    for (let count = 0; count < 3; count++) await (await open(other.path)).close()
    expect(isOver).toBe(false)
    disk.release()
    await Promise.all([...mined, over])
    expect(Number((await chain.head()).number)).toBe(0)
    await chain.close()
  })

  test('tells of a block when it is on the disk, and not with an earlier one', async () => {
    using directory = temporaryDirectory()
    const { disk, io } = heldDisk()
    const chain = await open(directory.path, io)
    const told: number[] = []
    chain.onBlocks(({ head }) => told.push(head))
    await chain.mutate('evm_mine', [])
    disk.isHeld = true
    const second = chain.mutate('evm_mine', [])
    const third = chain.mutate('evm_mine', [])
    await chain.world()
    // The sync that began with the second block ends, and the one that both replies wait for begins.
    disk.waiting.shift()?.()
    await vi.waitUntil(() => disk.waiting.length === 1)
    const fourth = chain.mutate('evm_mine', [])
    await chain.world()
    disk.waiting.shift()?.()
    await Promise.all([second, third])
    expect(told).toEqual([1, 2, 3])
    disk.release()
    await fourth
    expect(told).toEqual([1, 2, 3, 4])
    await chain.close()
  })
})

test('an interval beyond what a timer can wait mines no block after another', async () => {
  using directory = temporaryDirectory()
  const chain = await open(directory.path)
  const timers = vi.spyOn(globalThis, 'setTimeout')
  await chain.mutate('evm_setIntervalMining', [2 ** 31])
  const delays = timers.mock.calls.map(([, delayMs]) => Number(delayMs ?? 0))
  timers.mockRestore()
  await chain.close()
  expect(Math.max(...delays)).toBe(2 ** 31 - 1)
})
