import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runJson, tempDir } from '../helpers/run-cli.ts'

const MANIFEST = {
  schemaVersion: 1,
  name: 'default',
  id: 'x',
  version: '0.0.0',
  createdAt: '2026-11-22T00:00:00.000Z',
  configHash: 'another genesis',
  settings: {},
  chain: { id: 1, rpc: '', ws: '' },
  mnemonic: '',
  accounts: [],
  contracts: {},
  services: [],
  live: null,
  snapshots: [],
}

/** A stopped devnet of another genesis, with one file of state. */
async function stoppedDevnet(): Promise<string> {
  const home = tempDir()
  await mkdir(join(home, '.0g', 'default', 'services', 'a'), { recursive: true })
  await writeFile(join(home, '.0g', 'default', 'services', 'a', 'log'), 'state')
  await writeFile(join(home, '.0g', 'default', 'manifest.json'), JSON.stringify(MANIFEST))
  return home
}

test('saves, lists and removes what a stopped network holds', async () => {
  const cwd = await stoppedDevnet()
  const saved = await runJson(['devnet', 'snapshot', 'save', 'one', '--output', 'one.0gsnap'], { cwd })
  expect(saved).toMatchObject({ exitCode: 0, body: { data: { name: 'one', fileCount: 1, output: 'one.0gsnap' } } })
  const listed = await runJson(['devnet', 'snapshot', 'ls'], { cwd })
  expect(listed.body.data).toMatchObject({ snapshots: [{ name: 'one', sizeBytes: 5 }], unreadable: [] })
  const again = await runJson(['devnet', 'snapshot', 'save', 'one'], { cwd })
  expect(again).toMatchObject({ exitCode: 4, body: { error: { code: 'SNAPSHOT_EXISTS' } } })
  expect(await runJson(['devnet', 'snapshot', 'rm', 'one'], { cwd })).toMatchObject({ exitCode: 0 })
  const unknown = await runJson(['devnet', 'snapshot', 'rm', 'one'], { cwd })
  expect(unknown).toMatchObject({ exitCode: 4, body: { error: { code: 'SNAPSHOT_UNKNOWN' } } })
})

test('restores only what is confirmed, whole and of this genesis', async () => {
  const cwd = await stoppedDevnet()
  await runJson(['devnet', 'snapshot', 'save', 'one', '--output', 'one.0gsnap'], { cwd })
  const restore = (...args: string[]) => runJson(['devnet', 'snapshot', 'restore', ...args], { cwd })
  expect(await restore('one')).toMatchObject({ exitCode: 2, body: { error: { code: 'CONFIRMATION_REQUIRED' } } })
  expect(await restore('one', '--yes')).toMatchObject({ exitCode: 3, body: { error: { code: 'STATE_INCOMPATIBLE' } } })
  expect(await restore('--yes')).toMatchObject({ exitCode: 2, body: { error: { code: 'FLAG_INVALID' } } })
  expect(await restore('one', '--input', 'one.0gsnap')).toMatchObject({ exitCode: 2 })
  expect(await restore('two', '--yes')).toMatchObject({ exitCode: 4, body: { error: { code: 'SNAPSHOT_UNKNOWN' } } })
  const missing = await restore('--input', 'nowhere', '--yes')
  expect(missing).toMatchObject({ exitCode: 4, body: { error: { code: 'FILE_NOT_FOUND' } } })
  await writeFile(join(cwd, 'bad.0gsnap'), 'not a snapshot at all, but long enough to be looked at in some detail')
  const bad = await restore('--input', 'bad.0gsnap', '--yes')
  expect(bad).toMatchObject({ exitCode: 5, body: { error: { code: 'SNAPSHOT_CORRUPT' } } })
})

test.each([['save', 'x'], ['ls'], ['rm', 'x'], ['restore', 'x', '--yes'], ['diff', 'x']])(
  'says that there is no devnet: %s',
  async (...args) => {
    const { exitCode, body } = await runJson(['devnet', 'snapshot', ...args])
    expect({ exitCode, code: body.error?.code }).toEqual({ exitCode: 3, code: 'NOT_RUNNING' })
  },
)
