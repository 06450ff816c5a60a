import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestKvNode, type TestKvNode } from '../helpers/kv-node.ts'
import { manifestOf } from '../helpers/manifest-of.ts'
import { runCli, runJson } from '../helpers/run-cli.ts'
import { type StorageNetwork, startStorageNetwork } from '../helpers/storage-network.ts'
import { accounts } from '../helpers/test-chain.ts'

/** `0g storage kv` as built, against services in this process that a manifest presents as a devnet. */

const STREAM = `0x${'f2bd'.padStart(64, '0')}`

let network: StorageNetwork
let node: TestKvNode
let cwd: string

beforeAll(async () => {
  network = await startStorageNetwork()
  node = await startTestKvNode(network)
  cwd = join(network.directory, 'project')
  mkdirSync(join(cwd, '.0g', 'default'), { recursive: true })
  writeFileSync(
    join(cwd, '.0g', 'default', 'manifest.json'),
    JSON.stringify(manifestOf(network, { 'storage-kv': { kv: node.url } })),
  )
})
afterAll(async () => {
  await node[Symbol.asyncDispose]()
  await network[Symbol.asyncDispose]()
})

const og = (...args: string[]) => runCli(['storage', 'kv', ...args], { cwd })
const json = (...args: string[]) => runJson(['storage', 'kv', ...args], { cwd })
const code = async (...args: string[]) => {
  const { exitCode, body } = await json(...args)
  return [exitCode, body.error?.code]
}

test('put, get, get an earlier version, delete', async () => {
  expect((await json('put', '0xf2bd', 'greeting', 'hello')).body).toMatchObject({
    ok: true,
    data: { streamId: STREAM, key: 'greeting', sizeBytes: 5, isDeleted: false, version: 0 },
    next: ['0g storage kv get 0xf2bd greeting'],
  })
  expect(await og('get', '0xf2bd', 'greeting')).toMatchObject({ exitCode: 0, stdout: 'hello\n' })
  expect(await og('put', STREAM, 'greeting', 'again', '-q')).toMatchObject({ exitCode: 0, stdout: '1\n' })
  expect(await og('get', '0xf2bd', 'greeting', '-q')).toMatchObject({ stdout: 'again\n' })
  expect((await json('get', '0xf2bd', 'greeting', '--version', '0')).body.data).toMatchObject({
    value: 'hello',
    encoding: 'utf8',
    version: 0,
  })
  expect((await json('put', '0xf2bd', 'greeting', '--delete')).body.data).toMatchObject({ isDeleted: true, version: 2 })
  expect(await code('get', '0xf2bd', 'greeting')).toEqual([4, 'KV_KEY_UNKNOWN'])
})

test('a value that is not text comes from standard input and is shown as base64', async () => {
  const put = await runCli(['storage', 'kv', 'put', '0xf2bd', 'from stdin', '-'], { cwd, input: 'piped\n' })
  expect(put).toMatchObject({ exitCode: 0 })
  expect(put.stderr).toContain("next: 0g storage kv get 0xf2bd 'from stdin'")
  expect((await json('get', '0xf2bd', 'from stdin')).body.data).toMatchObject({ value: 'piped\n', sizeBytes: 6 })
})

test('watch --once lists what there is', async () => {
  await og('put', '0x77', 'a', 'one')
  await og('put', '0x77', 'b', 'two\tlines\n')
  expect((await json('watch', '0x77', '--once')).body.data).toMatchObject({
    changes: [
      { key: 'a', value: 'one' },
      { key: 'b', value: 'two\tlines\n' },
    ],
  })
  expect((await og('watch', '0x77', '--once')).stdout.split('\n').map((line) => line.split('\t').slice(1))).toEqual([
    ['a', '"one"'],
    ['b', '"two\\tlines\\n"'],
    [],
  ])
  const records = (await og('watch', '0x77', '--once', '--output', 'ndjson')).stdout.trim().split('\n')
  expect(records.map((line) => JSON.parse(line) as object)).toMatchObject([
    { type: 'output', data: { key: 'a' } },
    { type: 'output', data: { key: 'b' } },
    { type: 'result' },
  ])
})

test('rights: let in, keep out, protect a key, hand over', async () => {
  const [bob] = [accounts[2]?.address.toLowerCase()]
  await og('put', '0xaa', 'k', 'mine')
  expect((await json('grant', '0xaa', 'bob')).body).toMatchObject({
    ok: true,
    data: { op: 'GRANT_WRITER_ROLE', account: bob, key: null },
    next: [`0g storage kv rights 0xaa ${bob}`],
  })
  expect(await og('put', '0xaa', 'k', 'ours', '--from', 'bob', '-q')).toMatchObject({ exitCode: 0 })
  expect((await json('protect', '0xaa', 'k')).body.data).toMatchObject({ op: 'SET_KEY_TO_SPECIAL', account: null })
  expect(await code('put', '0xaa', 'k', 'again', '--from', 'bob')).toEqual([6, 'KV_REFUSED'])
  expect((await json('grant', '0xaa', 'bob', '--key', 'k')).body.data).toMatchObject({
    op: 'GRANT_SPECIAL_WRITER_ROLE',
  })
  expect(await og('put', '0xaa', 'k', 'again', '--from', 'bob', '-q')).toMatchObject({ exitCode: 0 })
  expect((await json('rights', '0xaa', 'bob', '--key', 'k')).body.data).toMatchObject({
    isAdmin: false,
    isWriter: true,
    key: { isSpecial: true, isWriter: true, mayWrite: true },
  })
  expect((await json('revoke', '0xaa', 'bob', '--key', 'k')).body.data).toMatchObject({
    op: 'REVOKE_SPECIAL_WRITER_ROLE',
  })
  expect((await json('revoke', '0xaa', 'bob')).body.data).toMatchObject({ op: 'REVOKE_WRITER_ROLE' })
  expect(await code('grant', '0xaa', 'carol', '--from', 'bob')).toEqual([6, 'KV_REFUSED'])
  await og('grant', '0xaa', 'bob', '--admin')
  await og('renounce', '0xaa', '--admin')
  expect(await og('rights', '0xaa', 'alice', '-q')).toMatchObject({ stdout: 'false\n' })
  expect(await og('rights', '0xaa', 'bob', '-q')).toMatchObject({ stdout: 'true\n' })
  expect((await json('protect', '0xaa', 'k', '--off', '--from', 'bob')).body.data).toMatchObject({
    op: 'SET_KEY_TO_NORMAL',
  })
})

describe('what is refused', () => {
  test.each([
    [2, 'KV_STREAM_INVALID', ['get', 'stream', 'k']],
    [2, 'KV_KEY_INVALID', ['get', '0x01', '']],
    [2, 'ARGUMENT_MISSING', ['put', '0x01', 'k']],
    [2, 'FLAG_CONFLICT', ['put', '0x01', 'k', 'v', '--delete']],
    [2, 'FLAG_INVALID', ['put', '0x01', 'k', '']],
    [2, 'FLAG_CONFLICT', ['watch', '0x01']],
    [4, 'UNKNOWN_ACCOUNT', ['grant', '0x01', 'nobody']],
    [2, 'KV_NODE_MISSING', ['get', '0x01', 'k', '--network', 'galileo']],
    [6, 'NETWORK_UNREACHABLE', ['get', '0x01', 'k', '--node', 'http://127.0.0.1:9']],
  ])('exit %i %s', async (exitCode, expected, args) => {
    expect(await code(...args)).toEqual([exitCode, expected])
  })

  test('a stream of somebody else', async () => {
    await og('put', '0x99', 'k', 'mine')
    expect(await code('put', '0x99', 'k', 'ours', '--from', 'bob')).toEqual([6, 'KV_REFUSED'])
    expect(await og('get', '0x99', 'k')).toMatchObject({ stdout: 'mine\n' })
  })
})
