import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decryptFile } from '../../src/client/storage/decrypt-file.ts'
import { sealingFor } from '../../src/client/storage/encryption-keys.ts'
import { getDirectory, getToFile } from '../../src/client/storage/get.ts'
import { openPath } from '../../src/client/storage/open-path.ts'
import type { StorageProgress } from '../../src/client/storage/progress.ts'
import { putBytes, putDirectory, putPath } from '../../src/client/storage/put.ts'
import { writeFile as writeStored } from '../../src/client/storage/write-file.ts'
import type { GetTask } from '../helpers/get-child.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'

const MIB = 1024 ** 2
const LARGE = vectorContent(40 * MIB + 77, 1)
/** Small enough to be fetched without threads. */
const SMALL = vectorContent(5 * MIB + 1, 2)

let network: StorageNetwork
let large: string
let small: string
const options = () => ({ profile: network.profile, wallet: network.wallet })

beforeAll(async () => {
  network = await startStorageNetwork()
  large = (await putBytes(LARGE, options())).root
  small = (await putBytes(SMALL, options())).root
})
afterAll(() => network[Symbol.asyncDispose]())

let folders = 0
async function newFolder(): Promise<string> {
  const path = join(network.directory, `resume-${++folders}`)
  await mkdir(path)
  return path
}
const partials = (folder: string) => readdirSync(folder).filter((name) => name.endsWith('.part'))

/** Fetches in another process and kills it once it has fetched `untilBytes`. */
async function killAfter(untilBytes: number, task: Omit<GetTask, 'profile'>): Promise<void> {
  const child = fork(fileURLToPath(new URL('../helpers/get-child.ts', import.meta.url)), { execArgv: [] })
  const exited = once(child, 'exit')
  child.on('message', (progress: StorageProgress) => {
    if (progress.phase === 'download' && progress.doneBytes >= untilBytes) child.kill('SIGKILL')
  })
  child.send({ profile: network.profile, ...task } satisfies GetTask)
  expect(await exited).toEqual([null, 'SIGKILL'])
}

/** What a get reports: how much it found, and how much it fetched after that. */
async function resumed(run: (report: (progress: StorageProgress) => void) => Promise<unknown>) {
  const seen = { skipped: 0, fetched: 0 }
  let last = 0
  await run((progress) => {
    if (progress.phase === 'resume') seen.skipped = last = progress.skippedBytes
    if (progress.phase !== 'download') return
    seen.fetched += progress.doneBytes - last
    last = progress.doneBytes
  })
  return seen
}

describe('a get that was killed', () => {
  test.each([
    ['in threads', 12 * MIB],
    ['without threads', 2 * MIB],
  ])('goes on where it was, %s', async (how, untilBytes) => {
    const [root, content] = how === 'in threads' ? [large, LARGE] : [small, SMALL]
    const folder = await newFolder()
    const target = join(folder, 'file')
    await killAfter(untilBytes, { root, target, isDirectory: false })
    expect(existsSync(target)).toBe(false)
    expect(partials(folder)).toHaveLength(1)
    const seen = await resumed((onProgress) => getToFile(root, target, { profile: network.profile, onProgress }))
    expect(seen.skipped).toBeGreaterThanOrEqual(untilBytes)
    expect(seen.skipped + seen.fetched).toBe(content.length)
    expect((await readFile(target)).equals(content)).toBe(true)
    expect(readdirSync(folder)).toEqual(['file'])
  })

  test('checks what was left there: damaged bytes are fetched again', async () => {
    const folder = await newFolder()
    const target = join(folder, 'file')
    await killAfter(2 * MIB, { root: small, target, isDirectory: false })
    const file = await open(join(folder, partials(folder)[0] as string), 'r+')
    await file.write(Buffer.from('damaged'), 0, 7, 300_000)
    await file.close()
    await getToFile(small, target, { profile: network.profile })
    expect((await readFile(target)).equals(SMALL)).toBe(true)
  })

  test('of a directory leaves no half tree, and takes over the files that are whole', async () => {
    const source = await newFolder()
    await mkdir(join(source, 'sub', 'empty'), { recursive: true })
    for (let i = 0; i < 6; i++) await writeFile(join(source, 'sub', `f${i}`), vectorContent(MIB + i, 10 + i))
    await writeFile(join(source, 'nothing'), '')
    symlinkSync('sub/f0', join(source, 'link'))
    const { root } = await putDirectory(source, options())
    for (const isThere of [false, true]) {
      const folder = await newFolder()
      const target = join(folder, 'tree')
      if (isThere) await mkdir(target)
      await killAfter(MIB / 2, { root, target, isDirectory: true })
      expect(existsSync(join(target, 'sub'))).toBe(false)
      await getDirectory(root, target, { profile: network.profile })
      expect(readdirSync(target).sort()).toEqual(['link', 'nothing', 'sub'])
      for (let i = 0; i < 6; i++) {
        expect(readFileSync(join(target, 'sub', `f${i}`)).equals(vectorContent(MIB + i, 10 + i))).toBe(true)
      }
      expect(readFileSync(join(target, 'link')).length).toBe(MIB)
      expect(partials(folder)).toEqual([])
    }
  })
})

describe('a get that failed', () => {
  test('goes on in the same process, also with what is decrypted on the way', async () => {
    const path = join(await newFolder(), 'plain')
    await writeFile(path, SMALL)
    const { root } = await putPath(path, { ...options(), sealing: sealingFor(network.profile, { encrypt: true }) })
    const opened = await openPath(root, { profile: network.profile })
    if (opened.kind !== 'file') throw new Error('a file was expected')
    const file = await decryptFile(opened, { privateKey: network.wallet.privateKey })
    const folder = await newFolder()
    const target = join(folder, 'again')
    const stop = new AbortController()
    const onProgress = (progress: StorageProgress) => {
      if (progress.phase === 'download' && progress.doneBytes > MIB) stop.abort()
    }
    await expect(writeStored(target, file, { signal: stop.signal, onProgress })).rejects.toThrow()
    const seen = await resumed((report) => writeStored(target, file, { onProgress: report }))
    expect(seen.skipped).toBeGreaterThan(MIB)
    expect(seen.skipped + seen.fetched).toBe(SMALL.length)
    expect((await readFile(target)).equals(SMALL)).toBe(true)
  })

  test('does not touch what is not its own: links, and files others may write to', async () => {
    const folder = await newFolder()
    const target = join(folder, 'file')
    await killAfter(2 * MIB, { root: small, target, isDirectory: false })
    const [name] = partials(folder) as [string]
    const elsewhere = join(await newFolder(), 'victim')
    writeFileSync(elsewhere, 'untouched')
    unlinkSync(join(folder, name))
    symlinkSync(elsewhere, join(folder, name))
    await getToFile(small, target, { profile: network.profile })
    expect(readFileSync(elsewhere, 'utf8')).toBe('untouched')
    expect((await readFile(target)).equals(SMALL)).toBe(true)
  })
})
