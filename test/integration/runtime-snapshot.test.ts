import { spawnSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { bringDown } from '../../src/runtime/bring-down.ts'
import { ControlClient } from '../../src/runtime/control-client.ts'
import { devnetPaths } from '../../src/runtime/devnet-paths.ts'
import { readManifest } from '../../src/runtime/manifest-store.ts'
import { createSandbox, type Sandbox } from '../helpers/sandbox.ts'
import { good, toyUp } from './fixtures/toy-network.ts'

const KILLED_RESTORE = fileURLToPath(new URL('fixtures/restore-killed.mjs', import.meta.url))
const SOON = { everyMs: 100, unhealthyAfter: 1, restartAfter: 3 }
const NEVER = { everyMs: 100, unhealthyAfter: 1, restartAfter: 1_000_000 }

let sandbox: Sandbox
beforeEach(() => {
  sandbox = createSandbox()
})
afterEach(async () => {
  await sandbox[Symbol.asyncDispose]()
})

const rootOf = () => join(sandbox.project, '.0g', 'toy')
const client = () => new ControlClient(devnetPaths(rootOf()).socket)
const pidsOf = async () => (await client().status()).services.map(({ pid }) => pid ?? 0)

test('holds every service for a moment, blames none of them, and is listed in the manifest until it is removed', async () => {
  await toyUp(sandbox.project, [good('a', { health: SOON }), good('b', { dependsOn: ['a'], health: SOON })])
  const listed = async () => (await readManifest(devnetPaths(rootOf()).manifest))?.snapshots.map(({ name }) => name)
  const pids = await pidsOf()
  expect(await client().saveSnapshot('one')).toMatchObject({ name: 'one', fileCount: 2 })
  expect(await listed()).toEqual(['one'])
  await expect(client().saveSnapshot('one')).rejects.toMatchObject({ code: 'SNAPSHOT_EXISTS' })
  expect(await pidsOf()).toEqual(pids)
  expect((await client().status()).status).toBe('ready')
  await client().removeSnapshot('one')
  expect(await listed()).toEqual([])
  await expect(client().removeSnapshot('one')).rejects.toMatchObject({ code: 'SNAPSHOT_UNKNOWN' })
  await expect(client().saveSnapshot('.hidden')).rejects.toMatchObject({ code: 'FLAG_INVALID' })
  await bringDown({ root: rootOf() })
  await sandbox.assertNoLeaks()
})

test('is not taken of a network in which a service is not well', async () => {
  await toyUp(sandbox.project, [good('a', { health: NEVER })])
  const [pid = 0] = await pidsOf()
  process.kill(pid, 'SIGSTOP')
  for await (const event of client().events()) {
    if (event.type === 'service' && event.service.status === 'degraded') break
  }
  await expect(client().saveSnapshot('one')).rejects.toMatchObject({ code: 'SNAPSHOT_NOT_STILL' })
  process.kill(pid, 'SIGCONT')
  await bringDown({ root: rootOf() })
})

test('whose restore was killed after its commit is what the next start finds', async () => {
  const starts = join(rootOf(), 'services', 'a', 'starts')
  await toyUp(sandbox.project, [good('a')])
  await client().saveSnapshot('one')
  await bringDown({ root: rootOf() })
  await writeFile(starts, 'x'.repeat(100))
  const { signal } = spawnSync(process.execPath, [KILLED_RESTORE, rootOf(), 'one', '1'])
  expect(signal).toBe('SIGKILL')
  expect(await readFile(starts, 'utf8')).toHaveLength(100)
  const { report } = await toyUp(sandbox.project, [good('a')])
  expect(report.status).toBe('ready')
  expect(await readFile(starts, 'utf8')).toHaveLength(2)
  await bringDown({ root: rootOf() })
})
