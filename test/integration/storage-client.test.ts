import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { getBytes, getDirectory, getToFile } from '../../src/client/storage/get.ts'
import type { StorageProgress } from '../../src/client/storage/progress.ts'
import { putBytes, putDirectory, putFile, putPaths } from '../../src/client/storage/put.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'
import vectors from '../vectors/storage.json' with { type: 'json' }

let network: StorageNetwork
const options = () => ({ profile: network.profile, wallet: network.wallet })

beforeAll(async () => {
  network = await startStorageNetwork()
})
afterAll(async () => {
  await network[Symbol.asyncDispose]()
})

describe('put and get', () => {
  test.each([1, 257, 262_145, 1_048_577])('%i bytes come back, under the root of the specification', async (size) => {
    const content = vectorContent(size)
    const stored = await putBytes(content, options())
    expect(stored.root).toBe(vectors.sizes.find((vector) => vector.size === size)?.root)
    expect(stored.outcome).toBe('stored')
    expect(stored.costWei).toBeGreaterThan(stored.feeWei)
    expect(Buffer.from(await getBytes(stored.root, options())).equals(content)).toBe(true)
  })

  test('a file stored before costs nothing and sends nothing', async () => {
    const content = vectorContent(300_000)
    const first = await putBytes(content, options())
    const seen: StorageProgress[] = []
    const second = await putBytes(content, { ...options(), onProgress: (progress) => seen.push(progress) })
    expect(second).toMatchObject({ root: first.root, txSeq: first.txSeq, txHash: first.txHash, costWei: 0n })
    expect(second.outcome).toBe('already-stored')
    expect(seen.map(({ phase }) => phase)).not.toContain('upload')
  })

  test('many small files share transactions and requests, copies among them too, and each is final', async () => {
    const folder = join(network.directory, 'many')
    await mkdir(folder)
    const paths = Array.from({ length: 130 }, (_, i) => join(folder, `f${i}`))
    await Promise.all(paths.map((path, i) => writeFile(path, `small file ${i % 125}`)))
    const stored = await putPaths(paths, options())
    expect(new Set(stored.map(({ root }) => root)).size).toBe(125)
    expect(new Set(stored.map(({ txHash }) => txHash)).size).toBe(3)
    const infos = await Promise.all(
      stored.map(({ txSeq }) => network.gateway.request('zgs_getFileInfoByTxSeq', [txSeq])),
    )
    expect(infos.every((info) => (info as { finalized: boolean }).finalized)).toBe(true)
    for (const i of [0, 64, 124, 129]) {
      const bytes = await getBytes(stored[i]?.root as string, options())
      expect(Buffer.from(bytes).toString()).toBe(`small file ${i % 125}`)
    }
    expect(new Set((await putPaths(paths, options())).map(({ outcome }) => outcome))).toEqual(
      new Set(['already-stored']),
    )
  })

  test('an empty file and a missing one are refused', async () => {
    await expect(putBytes(new Uint8Array(0), options())).rejects.toMatchObject({ code: 'FILE_EMPTY' })
    await expect(putFile('/nowhere/at/all', options())).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  })

  test('an unknown root is told apart from a malformed one', async () => {
    const root = `0x${'12'.repeat(32)}`
    await expect(getBytes(root, options())).rejects.toMatchObject({ code: 'ROOT_UNKNOWN' })
    await expect(getBytes('0x12', options())).rejects.toMatchObject({ code: 'ROOT_INVALID' })
  })

  test('a file is written whole, and not over another one', async () => {
    const source = join(network.directory, 'source.bin')
    const target = join(network.directory, 'target.bin')
    await writeFile(source, vectorContent(600_000, 7))
    const { root } = await putFile(source, options())
    await getToFile(root, target, options())
    expect((await readFile(target)).equals(await readFile(source))).toBe(true)
    await expect(getToFile(root, target, options())).rejects.toMatchObject({ code: 'TARGET_EXISTS' })
    await getToFile(root, target, { ...options(), force: true })
  })

  test('a directory comes back: files, empty files, folders, links', async () => {
    const source = join(network.directory, 'tree')
    await mkdir(join(source, 'docs', 'empty'), { recursive: true })
    await writeFile(join(source, 'a.txt'), 'alpha')
    await writeFile(join(source, 'docs', 'b.bin'), vectorContent(5000, 3))
    await writeFile(join(source, 'docs', 'nothing'), '')
    await symlink('../a.txt', join(source, 'docs', 'link'))
    const stored = await putDirectory(source, options())
    expect(stored).toMatchObject({ files: 2, contentBytes: 5005 })
    const target = join(network.directory, 'restored')
    await getDirectory(stored.root, target, options())
    expect(await readFile(join(target, 'docs', 'link'), 'utf8')).toBe('alpha')
    expect((await readFile(join(target, 'docs', 'b.bin'))).equals(vectorContent(5000, 3))).toBe(true)
    expect((await readFile(join(target, 'docs', 'nothing'))).length).toBe(0)
    expect((await putDirectory(source, options())).outcome).toBe('already-stored')
  })
})
