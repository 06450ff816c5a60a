import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { diffDirectory } from '../../src/client/storage/diff-directory.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import type { DirectoryNode } from '../../src/protocol/storage/directory.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'

let network: StorageNetwork
beforeAll(async () => {
  network = await startStorageNetwork()
})
afterAll(() => network[Symbol.asyncDispose]())

test('a file stored in fragments is compared fragment by fragment', async () => {
  const content = vectorContent(600_000, 2)
  const cuts = [0, 300_000, 500_000, 600_000]
  const roots: `0x${string}`[] = []
  for (const [i, start] of cuts.slice(0, -1).entries()) {
    const part = content.subarray(start, cuts[i + 1])
    roots.push((await putBytes(part, { profile: network.profile, wallet: network.wallet })).root)
  }
  const file: DirectoryNode = { name: 'big.bin', type: 'file', roots, size: content.length }
  const stored: DirectoryNode = { name: '/', type: 'directory', entries: [file] }
  const dir = join(network.directory, 'local')
  await mkdir(dir)
  await writeFile(join(dir, 'big.bin'), content)
  const same = { added: [], removed: [], changed: [], same: 1 }
  expect(await diffDirectory(stored, dir, { profile: network.profile })).toEqual(same)
  content[550_000] = (content[550_000] as number) ^ 1
  await writeFile(join(dir, 'big.bin'), content)
  const changed = { added: [], removed: [], changed: ['big.bin'], same: 0 }
  expect(await diffDirectory(stored, dir, { profile: network.profile })).toEqual(changed)
})
