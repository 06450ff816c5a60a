import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RpcClient } from '../../src/client/chain/rpc.ts'
import { getBytes } from '../../src/client/storage/get.ts'
import { healStorage } from '../../src/client/storage/heal.ts'
import { putBytes } from '../../src/client/storage/put.ts'
import type { FileInfo } from '../../src/protocol/storage/wire.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'

/** Two copies of each shard that do not know of each other: only `heal` can repair them. */
let network: StorageNetwork
let copies: RpcClient[]
let root: `0x${string}`
const content = vectorContent(2_000_000, 41)
const options = () => ({ profile: network.profile, wallet: network.wallet })

beforeAll(async () => {
  network = await startStorageNetwork()
  root = (await putBytes(content, options())).root
  copies = [
    await network.join('copy-0', { shardId: 0, numShard: 2 }, []),
    await network.join('copy-1', { shardId: 1, numShard: 2 }, []),
  ]
  for (const { url } of copies) await network.gateway.request('admin_addPeer', [url])
})
afterAll(() => network[Symbol.asyncDispose]())

/** Changes a byte of every segment in a node's directory. */
async function ruin(directory: string): Promise<void> {
  const folder = join(directory, 'segments')
  for (const name of await readdir(folder)) {
    const file = await open(join(folder, name), 'r+')
    const { size } = await file.stat()
    for (let at = 100_000; at < size; at += 262_144) await file.write(Buffer.from([0xa5]), 0, 1, at)
    await file.close()
  }
}

describe('heal', () => {
  test('fills nodes that have nothing, and counts segments by node', async () => {
    const report = await healStorage(options())
    expect(report).toMatchObject({ files: 1, holes: [] })
    const counts = report.nodes.map(({ url, ...rest }) => ({
      isCopy: copies.some((copy) => copy.url === url),
      ...rest,
    }))
    expect(counts).toEqual(
      [false, false, true, true].map((isCopy, i) => ({
        isCopy,
        shard: { shardId: i % 2, numShard: 2 },
        segments: 4,
        whole: isCopy ? 0 : 4,
        repaired: isCopy ? 4 : 0,
        lost: 0,
        state: 'up',
      })),
    )
    for (const copy of copies) {
      expect(await copy.request<FileInfo>('zgs_getFileInfo', [root, true])).toMatchObject({ finalized: true })
    }
  })

  test('repairs segments damaged on disk from the copy; a second run finds nothing to do', async () => {
    await ruin(network.dataDirOf(0))
    const report = await healStorage({ ...options(), roots: [root] })
    const [first] = report.nodes
    expect(first).toMatchObject({ shard: { shardId: 0, numShard: 2 }, segments: 4, lost: 0 })
    expect(first?.repaired).toBeGreaterThan(0)
    expect(first?.whole).toBe(4 - (first?.repaired ?? 0))
    const again = await healStorage(options())
    expect(again.nodes.every(({ segments, whole }) => segments === whole)).toBe(true)
    expect(Buffer.from(await getBytes(root, options())).equals(content)).toBe(true)
  })

  test('what no node has is named; putting the file again brings it back', async () => {
    await ruin(network.dataDirOf(1))
    await ruin(join(network.directory, 'copy-1'))
    const report = await healStorage(options())
    expect(report.holes).toMatchObject([{ root }])
    expect(report.holes[0]?.segments.every((index) => index % 2 === 1)).toBe(true)
    expect(report.nodes.filter(({ lost }) => lost > 0)).toHaveLength(2)
    expect((await putBytes(content, options())).outcome).toBe('resumed')
    expect((await healStorage(options())).holes).toEqual([])
  })

  test('a root that nobody submitted is refused', async () => {
    await expect(healStorage({ ...options(), roots: [`0x${'ab'.repeat(32)}`] })).rejects.toMatchObject({
      code: 'ROOT_UNKNOWN',
      exitCode: 4,
    })
    await expect(healStorage({ ...options(), roots: ['x'] })).rejects.toMatchObject({ code: 'ROOT_INVALID' })
  })
})
