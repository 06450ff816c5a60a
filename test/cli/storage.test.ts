import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { feeWei, flowOf, readPriceWei, submitFiles } from '../../src/client/storage/flow-contract.ts'
import { fileTreeOf } from '../../src/protocol/storage/file-tree.ts'
import { manifestOf } from '../helpers/manifest-of.ts'
import { runCli, runJson } from '../helpers/run-cli.ts'
import { type StorageNetwork, startStorageNetwork, vectorContent } from '../helpers/storage-network.ts'
import vectors from '../vectors/storage.json' with { type: 'json' }

/** `0g storage` as built, against services in this process that a manifest presents as a devnet. */

let network: StorageNetwork
let cwd: string
const SIZE = 300_000
const ROOT = vectors.sizes.find(({ size }) => size === SIZE)?.root as string

beforeAll(async () => {
  network = await startStorageNetwork()
  cwd = join(network.directory, 'project')
  mkdirSync(join(cwd, '.0g', 'default'), { recursive: true })
  writeFileSync(join(cwd, '.0g', 'default', 'manifest.json'), JSON.stringify(manifestOf(network)))
  writeFileSync(join(cwd, 'vector.bin'), vectorContent(SIZE))
  writeFileSync(join(cwd, 'empty'), '')
  mkdirSync(join(cwd, 'site', 'docs'), { recursive: true })
  writeFileSync(join(cwd, 'site', 'index.html'), '<h1>hello</h1>\n')
  writeFileSync(join(cwd, 'site', 'docs', 'readme.md'), 'read me\n')
})
afterAll(() => network[Symbol.asyncDispose]())

const og = (args: string[], options: { input?: string } = {}) => runCli(args, { cwd, ...options })
const json = (...args: string[]) => runJson(['storage', ...args], { cwd })

describe('a file', () => {
  test('its root needs no network', async () => {
    expect(await og(['storage', 'root', 'vector.bin', '-q', '--devnet', 'nowhere'])).toMatchObject({
      exitCode: 0,
      stdout: `${ROOT}\n`,
    })
  })

  test('--dry-run shows segments and fee and sends nothing', async () => {
    const { body } = await json('put', 'vector.bin', '--dry-run')
    expect(body.data).toMatchObject({ dryRun: true, root: ROOT, segments: 2, sectors: 1280, feeWei: '39339065551360' })
    expect((await json('ls')).body.data).toMatchObject({ total: 0 })
  })

  test('put, put again, stat, get, verify', async () => {
    expect((await json('put', 'vector.bin')).body).toMatchObject({
      ok: true,
      data: { root: ROOT, outcome: 'stored', txSeq: 0, segments: 2 },
      next: [`0g storage get ${ROOT} -o FILE`, `0g verify ${ROOT}`],
    })
    expect((await json('put', 'vector.bin')).body.data).toMatchObject({ outcome: 'already-stored', costWei: '0' })
    expect((await json('stat', ROOT)).body.data).toMatchObject({ sizeBytes: SIZE, isFinalized: true })
    const got = await og(['storage', 'get', ROOT, '-o', 'copy.bin'])
    expect(got).toMatchObject({ exitCode: 0, stdout: 'wrote 293.0 KiB to copy.bin, every segment proven\n' })
    expect(readFileSync(join(cwd, 'copy.bin')).equals(vectorContent(SIZE))).toBe(true)
    for (const subject of [ROOT, 'vector.bin']) {
      expect(await og(['storage', 'verify', subject, '-q'])).toMatchObject({ exitCode: 0, stdout: 'true\n' })
    }
    expect((await json('ls', '--by', 'alice')).body.data).toMatchObject({ total: 1, files: [{ root: ROOT }] })
    expect((await json('ls', '--by', 'bob')).body.data).toMatchObject({ total: 0 })
  })

  test('stdin to the network and back to stdout', async () => {
    const { stdout } = await og(['storage', 'put', '-', '-q'], { input: 'from a pipe' })
    expect(stdout).toMatch(/^0x[0-9a-f]{64}\n$/)
    const root = stdout.trim()
    expect(await og(['storage', 'cat', root])).toMatchObject({ exitCode: 0, stdout: 'from a pipe' })
    expect(await og(['storage', 'get', root, '-o', '-'])).toMatchObject({ exitCode: 0, stdout: 'from a pipe' })
    expect(await og(['storage', 'cat', root, '--range', '5-5'])).toMatchObject({ stdout: 'a' })
  })
})

test('several paths share a transaction; what is there already costs nothing', async () => {
  for (const name of ['one', 'two', 'three']) writeFileSync(join(cwd, `${name}.txt`), `many ${name}`)
  const paths = ['one.txt', 'two.txt', 'site', 'three.txt']
  const plan = (await json('put', ...paths, '--dry-run')).body.data as { feeWei: string; items: { root: string }[] }
  expect(BigInt(plan.feeWei)).toBeGreaterThan(0n)
  const roots = plan.items.map(({ root }) => root)
  const { body } = await json('put', ...paths)
  expect(body.data).toMatchObject({ items: paths.map((path, i) => ({ path, root: roots[i], outcome: 'stored' })) })
  const hashes = (body.data as { items: { txHash: string; isDirectory: boolean }[] }).items
  expect(new Set(hashes.filter(({ isDirectory }) => !isDirectory).map(({ txHash }) => txHash)).size).toBe(1)
  expect((await og(['storage', 'put', ...paths, '-q'])).stdout).toBe(`${roots.join('\n')}\n`)
  expect((await json('put', ...paths, '--dry-run')).body.data).toMatchObject({ feeWei: '0', submittedFiles: 6 })
  expect((await json('put', 'one.txt', '--dry-run')).body.data).toMatchObject({ feeWei: '0', root: roots[0] })
  expect((await json('put', 'one.txt', 'two.txt', '--encrypt')).body.error).toMatchObject({ code: 'FLAG_CONFLICT' })
  expect((await json('put', 'one.txt', 'nowhere')).body.error).toMatchObject({ code: 'FILE_NOT_FOUND' })
  expect((await json('put', 'one.txt', '--replicas', '2')).body.error).toMatchObject({
    code: 'STORAGE_REPLICAS_MISSING',
  })
})

test('a directory: put, ls, a file in it, get', async () => {
  const { body } = await json('put', 'site')
  expect(body.data).toMatchObject({ isDirectory: true, files: 2, contentBytes: 23 })
  const { root } = body.data as { root: string }
  expect(await og(['storage', 'root', 'site', '-q'])).toMatchObject({ stdout: `${root}\n` })
  expect((await og(['storage', 'ls', root])).stdout).toBe(
    ['<directory>  docs', '       8 B  docs/readme.md', '      15 B  index.html', ''].join('\n'),
  )
  expect(await og(['storage', 'cat', `${root}/docs/readme.md`])).toMatchObject({ stdout: 'read me\n' })
  expect((await json('get', root, '-o', 'site-copy')).body.data).toMatchObject({ isDirectory: true, files: 2 })
  expect(readFileSync(join(cwd, 'site-copy', 'docs', 'readme.md'), 'utf8')).toBe('read me\n')
  const failures: [string[], string, number][] = [
    [['cat', root], 'NOT_A_FILE', 4],
    [['cat', `${root}/nothing`], 'PATH_NOT_IN_DIRECTORY', 4],
    [['get', root, '-o', 'site-copy'], 'TARGET_EXISTS', 4],
    [['ls', ROOT], 'NOT_A_STORED_DIRECTORY', 4],
  ]
  for (const [args, code, exitCode] of failures) {
    const result = await runCli(['storage', ...args], { cwd })
    expect(result.stderr).toContain(`(${code})`)
    expect(result.exitCode).toBe(exitCode)
  }
})

describe('encryption', () => {
  const secret = 'between bob and alice'
  const put = async (...flags: string[]) => {
    const { body } = await runJson(['storage', 'put', '-', ...flags], { cwd, input: secret })
    return { data: body.data as { root: string; encryption: number | null }, next: body.next }
  }

  test('to the account that pays', async () => {
    const { data, next } = await put('--encrypt')
    expect(data.encryption).toBe(2)
    expect(next[0]).toBe(`0g storage get ${data.root} -o FILE --decrypt`)
    expect(await og(['storage', 'cat', data.root, '--decrypt'])).toMatchObject({ exitCode: 0, stdout: secret })
    expect((await og(['storage', 'cat', data.root])).stdout).not.toContain(secret)
    // Encrypted anew, it is another file.
    expect((await put('--encrypt')).data.root).not.toBe(data.root)
  })

  test('to another account; for everybody else the key does not fit', async () => {
    const { data } = await put('--to', 'bob')
    const read = ['storage', 'cat', data.root, '--decrypt', '--range', '8-10']
    expect(await og([...read, '--from', 'bob'])).toMatchObject({ exitCode: 0, stdout: 'bob', stderr: '' })
    const refused = await og(['storage', 'get', data.root, '-o', 'letter.txt', '--decrypt'])
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('(WRONG_KEY)') })
    expect(existsSync(join(cwd, 'letter.txt'))).toBe(false)
    expect((await json('get', data.root, '-o', 'letter.txt', '--decrypt', '--from', 'bob')).body).toMatchObject({
      ok: true,
      data: { sizeBytes: secret.length },
    })
    expect(readFileSync(join(cwd, 'letter.txt'), 'utf8')).toBe(secret)
  })

  test('with a key of its own, out of the environment', async () => {
    const env = { OG_ENCRYPTION_KEY: '42'.repeat(32) }
    const stored = await runJson(['storage', 'put', 'vector.bin', '--encryption-key', 'env'], { cwd, env })
    const { root } = stored.body.data as { root: string }
    const got = await runJson(['storage', 'get', root, '-o', 'own.bin', '--encryption-key', 'env'], { cwd, env })
    // The format holds nothing to check such a key by, and that is said.
    expect(got.body).toMatchObject({ ok: true, data: { sizeBytes: SIZE }, warnings: [expect.any(String)] })
    expect(readFileSync(join(cwd, 'own.bin')).equals(vectorContent(SIZE))).toBe(true)
  })

  test.each([
    [['put', 'vector.bin', '--to', 'nobody'], 'UNKNOWN_ACCOUNT', 4],
    [['put', 'vector.bin', '--to', '0x12'], 'PUBLIC_KEY_INVALID', 2],
    [['put', 'vector.bin', '--encryption-key', '12'], 'ENCRYPTION_KEY_INVALID', 2],
    [['put', 'site', '--encrypt'], 'DIRECTORY_NOT_ENCRYPTED', 2],
    [['get', ROOT, '-o', 'x', '--decrypt'], 'NOT_ENCRYPTED', 4],
  ])('%j: %s', async (args, code, expected) => {
    const { exitCode, body } = await json(...args)
    expect(body.error).toMatchObject({ code })
    expect(exitCode).toBe(expected)
  })
})

test('where: every segment of a whole file, the holes of one that was only submitted', async () => {
  const { body, exitCode } = await json('where', ROOT)
  expect(exitCode).toBe(0)
  expect(body.data).toMatchObject({ root: ROOT, segments: 2, holes: [], nodes: { length: 3 } })
  expect(await og(['storage', 'where', ROOT, '-q'])).toMatchObject({ exitCode: 0, stdout: '' })
  const content = vectorContent(900_000, 13)
  const { root, nodes } = fileTreeOf(content)
  const flow = flowOf(network.profile)
  const files = [{ sizeBytes: content.length, nodes }]
  const valueWei = feeWei(files, await readPriceWei(flow))
  await submitFiles(flow, files, { wallet: network.wallet, valueWei })
  await expect.poll(() => network.gateway.request('zgs_getFileInfo', [root, false])).not.toBeNull()
  const partial = await json('where', root)
  expect(partial.exitCode).toBe(6)
  expect(partial.body.data).toMatchObject({ segments: 4, holes: [0, 1, 2, 3] })
  const shown = await og(['storage', 'where', root])
  expect(shown.stdout).toContain('|----|')
  expect(shown.stdout).toContain('4 of 4 segments are on no node that answers: 0-3')
  expect((await json('where', `0x${'12'.repeat(32)}`)).body.error).toMatchObject({ code: 'ROOT_UNKNOWN' })
})

test('diff: the same, then added, removed and changed', async () => {
  const { root } = (await json('put', 'site')).body.data as { root: string }
  expect(await json('diff', root, 'site')).toMatchObject({ exitCode: 0, body: { data: { equal: true, same: 3 } } })
  mkdirSync(join(cwd, 'other', 'new'), { recursive: true })
  writeFileSync(join(cwd, 'other', 'index.html'), '<h1>HELLO</h1>\n')
  const different = await og(['storage', 'diff', root, 'other'])
  expect(different).toMatchObject({
    exitCode: 5,
    stdout: ['- docs', '- docs/readme.md', '+ new', '~ index.html', ''].join('\n'),
  })
  expect((await json('diff', `${root}/docs`, 'site/docs')).body.data).toMatchObject({ equal: true, same: 1 })
  for (const [args, code] of [
    [[ROOT, 'site'], 'NOT_A_STORED_DIRECTORY'],
    [[root, 'nowhere'], 'FILE_NOT_FOUND'],
    [[root, 'vector.bin'], 'NOT_A_DIRECTORY'],
  ] as const) {
    expect(await json('diff', ...args)).toMatchObject({ exitCode: 4, body: { error: { code } } })
  }
})

describe('what fails says why', () => {
  test.each([
    [['put', 'nowhere.bin'], 'FILE_NOT_FOUND', 4],
    [['put', 'empty'], 'FILE_EMPTY', 4],
    [['root', 'empty'], 'FILE_EMPTY', 4],
    [['put', 'vector.bin', '--from', 'nobody'], 'UNKNOWN_ACCOUNT', 4],
    [['stat', '0x12'], 'ROOT_INVALID', 2],
    [['get', `0x${'12'.repeat(32)}`, '-o', 'x'], 'ROOT_UNKNOWN', 4],
    [['get', ROOT, '-o', 'vector.bin'], 'TARGET_EXISTS', 4],
    [['verify', `0x${'12'.repeat(32)}`], 'ROOT_UNKNOWN', 4],
    [['cat', ROOT], 'RAW_OUTPUT', 2],
  ])('%j: %s', async (args, code, expected) => {
    const { exitCode, body } = await json(...args)
    expect(body.error).toMatchObject({ code })
    expect(exitCode).toBe(expected)
    expect(existsSync(join(cwd, 'x'))).toBe(false)
  })

  test('an account without funds', async () => {
    const privateKey = `0x${'11'.repeat(32)}`
    const from = '0x19e7e376e7c213b7e7e7e46cc70a5dd086daff2a'
    writeFileSync(join(cwd, 'poor.bin'), 'poor')
    const args = ['storage', 'put', 'poor.bin', '--from', from]
    const { exitCode, body } = await runJson(args, { cwd, env: { OG_PRIVATE_KEY: privateKey } })
    expect(body.error).toMatchObject({ code: 'INSUFFICIENT_FUNDS' })
    expect(exitCode).toBe(4)
  })
})
