import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Envelope } from '../../src/cli/envelope.ts'
import { openWorkshop, type Workshop } from '../helpers/e2e-network.ts'

/** Runs a command that must fail and returns what a script sees of it. */
async function failure(workshop: Workshop, args: string[], env: Record<string, string> = {}) {
  const { exitCode, stdout } = await workshop.og([...args, '--json'], { env })
  const { ok, error, data } = JSON.parse(stdout) as Envelope
  expect(ok).toBe(false)
  expect(data).toBeNull()
  expect(error?.hint, 'every error says how to go on').not.toBe('')
  return { exitCode, code: error?.code }
}

describe('without a network', () => {
  let workshop: Workshop
  beforeAll(async () => {
    workshop = await openWorkshop()
  })
  afterAll(async () => {
    await workshop[Symbol.asyncDispose]()
  })

  test.each([
    ['storage', 'ls'],
    ['compute', 'ls'],
    ['chain', 'accounts'],
    ['agent', 'ls'],
    ['devnet', 'status'],
  ])('0g %s %s says NOT_RUNNING', async (...args) => {
    expect(await failure(workshop, args)).toEqual({ exitCode: 3, code: 'NOT_RUNNING' })
  })

  test('an unknown command and an unknown flag are usage errors', async () => {
    expect((await failure(workshop, ['storage', 'putt', 'x'])).exitCode).toBe(2)
    expect((await failure(workshop, ['devnet', 'up', '--dettach'])).exitCode).toBe(2)
  })
})

describe('with a network', () => {
  let workshop: Workshop
  beforeAll(async () => {
    workshop = await openWorkshop()
    await workshop.data(['devnet', 'up', '--detach'])
  })
  afterAll(async () => {
    await workshop?.[Symbol.asyncDispose]()
  })

  const ABSENT = `0x${'ab'.repeat(32)}`

  test.each<[string[], number, string]>([
    [['storage', 'put', 'missing.bin'], 4, 'FILE_NOT_FOUND'],
    [['storage', 'get', ABSENT], 4, 'ROOT_UNKNOWN'],
    [['storage', 'get', '0x12'], 2, 'ROOT_INVALID'],
    [['compute', 'run', 'og-tinny', 'hi'], 4, 'UNKNOWN_MODEL'],
    [['chain', 'balance', 'nobody'], 4, 'UNKNOWN_ACCOUNT'],
    [['chain', 'send', 'bob', '--value', '1e99'], 2, 'VALUE_INVALID'],
    [['chain', 'send', 'bob', '--value', '99999'], 4, 'INSUFFICIENT_FUNDS'],
    [['chain', 'tx', ABSENT], 4, 'NOT_ON_CHAIN'],
    [['agent', 'mint', '--name', 'x', '--model', 'og-tiny', '--memory', 'nowhere'], 4, 'FILE_NOT_FOUND'],
    [['agent', 'show', '4711'], 4, 'NOT_FOUND'],
  ])('0g %j', async (args, exitCode, code) => {
    expect(await failure(workshop, args)).toEqual({ exitCode, code })
  })

  test('verify cannot check what nobody knows: exit 6, not 5', async () => {
    expect((await workshop.og(['verify', ABSENT])).exitCode).toBe(6)
  })

  test('a second up is success and changes nothing', async () => {
    const before = await workshop.manifest()
    await workshop.data(['devnet', 'up', '--detach'])
    expect((await workshop.manifest()).live).toEqual(before.live)
  })

  test('a taken port moves the service; --strict-ports refuses and names the holder', async () => {
    const { services } = await workshop.manifest()
    const data = await workshop.data<{ chain: { rpc: string } }>(['devnet', 'up', '--detach', '--devnet', 'beside'])
    expect(data.chain.rpc).not.toBe(services.find(({ name }) => name === 'chain')?.endpoints['rpc'])
    await workshop.data(['devnet', 'down', '--devnet', 'beside'])
    const holder = createServer().listen(Number(new URL(data.chain.rpc).port), '127.0.0.1')
    try {
      expect(await failure(workshop, ['devnet', 'up', '--detach', '--devnet', 'beside', '--strict-ports'])).toEqual({
        exitCode: 6,
        code: 'PORT_IN_USE',
      })
    } finally {
      holder.close()
    }
  })
})

describe('a directory that cannot be written', () => {
  test('up fails before anything is started', async () => {
    await using workshop = await openWorkshop()
    // A file where the directory should be fails for every user, root included.
    await writeFile(join(workshop.home, '.0g'), '')
    expect(await failure(workshop, ['devnet', 'up', '--detach'])).toEqual({ exitCode: 6, code: 'DIR_NOT_WRITABLE' })
  })

  test('a read-only directory too', async () => {
    await using workshop = await openWorkshop()
    const inner = join(workshop.home, 'read-only')
    await mkdir(inner, { mode: 0o500 })
    // Modes do not stop root; a kernel file system does.
    const readOnly = process.getuid?.() === 0 ? '/sys/0g' : join(inner, 'net')
    expect(await failure(workshop, ['devnet', 'up', '--detach', '--devnet', readOnly])).toEqual({
      exitCode: 6,
      code: 'DIR_NOT_WRITABLE',
    })
  })
})
