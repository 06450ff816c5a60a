import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { zstdCompressSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Manifest } from '../../src/runtime/manifest.ts'
import { readManifest, writeManifest } from '../../src/runtime/manifest-store.ts'
import { freezeProcesses } from '../../src/runtime/snapshot/freeze-processes.ts'
import {
  commitRestore,
  completeRestore,
  createStage,
  requireFiles,
  stageSnapshot,
} from '../../src/runtime/snapshot/restore-snapshot.ts'
import { exportSnapshot, importSnapshot } from '../../src/runtime/snapshot/snapshot-file.ts'
import type { SnapshotRecord } from '../../src/runtime/snapshot/snapshot-record.ts'
import {
  listSnapshots,
  readSnapshot,
  removeSnapshot,
  saveSnapshot,
  snapshotFolder,
} from '../../src/runtime/snapshot/snapshot-store.ts'
import { stateFiles } from '../../src/runtime/snapshot/state-files.ts'
import { tempDir } from '../helpers/run-cli.ts'

const KILLED_RESTORE = fileURLToPath(new URL('fixtures/restore-killed.mjs', import.meta.url))

const MANIFEST: Manifest = {
  schemaVersion: 1,
  name: 'toy',
  id: 'old',
  version: '0.0.0',
  createdAt: '2026-11-22T00:00:00.000Z',
  configHash: 'toy',
  settings: {},
  chain: { id: 1, rpc: '', ws: '' },
  mnemonic: '',
  accounts: [],
  contracts: {},
  services: [],
  live: null,
  snapshots: [],
}

/** The state of a devnet that says everywhere which one it is. */
async function writeState(root: string, mark: string): Promise<void> {
  for (const path of ['services/a', 'services/b/deep', 'client/keystore'])
    await mkdir(join(root, path), { recursive: true })
  await writeFile(join(root, 'services/a/log.bin'), mark.repeat(50_000))
  await writeFile(join(root, 'services/b/deep/table'), mark)
  await writeFile(join(root, 'client/keystore/key'), mark)
  await writeFile(join(root, `services/only-${mark}`), mark)
  await writeManifest(join(root, 'manifest.json'), { ...MANIFEST, id: mark })
}

/** Everything the state says, and what its manifest says it is. */
async function readState(root: string): Promise<Record<string, string>> {
  const state: Record<string, string> = { id: (await readManifest(join(root, 'manifest.json')))?.id ?? '' }
  for (const path of await stateFiles(root)) state[path] = await readFile(join(root, path), 'utf8')
  return state
}

const still = async () => ({ states: { a: { height: 7 } }, release: async () => {} })

/** A devnet whose snapshot `old` has the state "old" and whose state is "new" since. */
async function movedOn(): Promise<{ root: string; record: SnapshotRecord; before: object; after: object }> {
  const root = tempDir()
  await writeState(root, 'old')
  const before = await readState(root)
  const record = await saveSnapshot({ root, name: 'old', manifest: { ...MANIFEST, id: 'old' }, hold: still })
  await writeState(root, 'new')
  return { root, record, before, after: await readState(root) }
}

describe('a snapshot', () => {
  test('holds the regular files of the state, lists itself, and goes when it is removed', async () => {
    const root = tempDir()
    await writeState(root, 'old')
    await symlink('/etc', join(root, 'services/a/link'))
    await writeFile(join(root, 'services/a/x.01234567-89ab-cdef-0123-456789abcdef.tmp'), 'half')
    const record = await saveSnapshot({ root, name: 'one', manifest: MANIFEST, hold: still })
    expect(record.files.map(({ path }) => path)).toEqual([
      'client/keystore/key',
      'services/a/log.bin',
      'services/b/deep/table',
      'services/only-old',
    ])
    const { snapshots, unreadable } = await listSnapshots(root)
    expect(snapshots).toMatchObject([{ name: 'one', states: { a: { height: 7 } }, fileCount: 4 }])
    expect(unreadable).toEqual([])
    await expect(saveSnapshot({ root, name: 'one', manifest: MANIFEST, hold: still })).rejects.toMatchObject({
      code: 'SNAPSHOT_EXISTS',
    })
    await removeSnapshot(root, 'one')
    await expect(readSnapshot(root, 'one')).rejects.toMatchObject({ code: 'SNAPSHOT_UNKNOWN' })
    await expect(removeSnapshot(root, 'one')).rejects.toMatchObject({ code: 'SNAPSHOT_UNKNOWN' })
    expect(await readdir(join(root, 'snapshots'))).toEqual([])
  })

  test('that could not be taken leaves nothing, and what was held goes on', async () => {
    const root = tempDir()
    await writeState(root, 'old')
    const hold = () => Promise.reject(new Error('it will not stand still'))
    await expect(saveSnapshot({ root, name: 'one', manifest: MANIFEST, hold })).rejects.toThrow('stand still')
    expect(await readdir(join(root, 'snapshots'))).toEqual([])
  })

  test.each(['', '..', '../x', '.hidden', 'a/b', 'a'.repeat(49)])('is not called %j', async (name) => {
    await expect(readSnapshot(tempDir(), name)).rejects.toMatchObject({ code: 'FLAG_INVALID' })
  })
})

describe('a restore', () => {
  test('brings everything back and takes away what came later; name and ports stay', async () => {
    const { root, record, before } = await movedOn()
    const stage = await createStage(root)
    await stageSnapshot(snapshotFolder(root, 'old'), record, stage)
    await commitRestore(root, stage, record)
    expect(await readState(root)).toEqual(before)
    expect((await readdir(root)).sort()).toEqual(['client', 'manifest.json', 'services', 'snapshots'])
  })

  test('killed after any of its steps leaves the new state or the old one', async () => {
    const outcomes: string[] = []
    for (let killAfter = 1; ; killAfter++) {
      const { root, before, after } = await movedOn()
      const { signal } = spawnSync(process.execPath, [KILLED_RESTORE, root, 'old', String(killAfter)])
      if (signal === null) break
      expect(signal).toBe('SIGKILL')
      await completeRestore(root)
      const state = await readState(root)
      const isOld = JSON.stringify(state) === JSON.stringify(before)
      if (!isOld) expect(state).toEqual(after)
      outcomes.push(isOld ? 'restored' : 'untouched')
      expect((await readdir(root)).sort()).toEqual(['client', 'manifest.json', 'services', 'snapshots'])
    }
    expect(outcomes.length).toBeGreaterThan(5)
    // The first rename of all is the commit itself: from there on the restore is finished by whoever comes next.
    expect(new Set(outcomes)).toEqual(new Set(['restored']))
  })

  test('killed before its commit leaves the state as it was', async () => {
    const { root, record, after } = await movedOn()
    await stageSnapshot(snapshotFolder(root, 'old'), record, await createStage(root))
    expect(await completeRestore(root)).toBe(false)
    expect(await readState(root)).toEqual(after)
    expect((await readdir(root)).some((name) => name.startsWith('restore-'))).toBe(false)
  })

  test('whose stage another command cleared away changes nothing', async () => {
    const { root, record, after } = await movedOn()
    const stage = await createStage(root)
    await stageSnapshot(snapshotFolder(root, 'old'), record, stage)
    await completeRestore(root)
    await expect(commitRestore(root, stage, record)).rejects.toMatchObject({ code: 'STATE_LOCKED' })
    expect(await readState(root)).toEqual(after)
    expect((await readdir(root)).sort()).toEqual(['client', 'manifest.json', 'services', 'snapshots'])
  })

  test('takes nothing that a snapshot calls alive for a process of this machine', async () => {
    const { root, record } = await movedOn()
    const stage = await createStage(root)
    await stageSnapshot(snapshotFolder(root, 'old'), record, stage)
    const live = { pid: process.pid, startTime: '1', socket: '/nowhere', since: MANIFEST.createdAt }
    await commitRestore(root, stage, { ...record, manifest: { ...record.manifest, live } })
    expect(await readManifest(join(root, 'manifest.json'))).toMatchObject({ live: null })
  })

  test.each([
    ['changed', (path: string) => writeFile(path, 'olx')],
    ['cut short', (path: string) => truncate(path, 1)],
  ])('refuses a file that was %s', async (_, damage) => {
    const { root, record, after } = await movedOn()
    await damage(join(snapshotFolder(root, 'old'), 'services/b/deep/table'))
    const stage = await createStage(root)
    await expect(stageSnapshot(snapshotFolder(root, 'old'), record, stage)).rejects.toMatchObject({
      code: 'SNAPSHOT_CORRUPT',
      message: expect.stringContaining('services/b/deep/table'),
    })
    expect(await readState(root)).toEqual(after)
  })
})

/** An export with any record and body, checksum and all. */
function forge(record: object, body: string, version = 1): Buffer {
  const head = Buffer.from(JSON.stringify(record))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(head.length)
  const whole = Buffer.concat([Buffer.from('0GSNAP\0'), Buffer.from([version]), length, head, zstdCompressSync(body)])
  return Buffer.concat([whole, createHash('sha256').update(whole).digest()])
}

describe('an exported snapshot', () => {
  async function exported(): Promise<{ file: string; record: SnapshotRecord; before: object }> {
    const { root, record, before } = await movedOn()
    const file = join(root, 'old.0gsnap')
    await exportSnapshot(snapshotFolder(root, 'old'), record, file)
    return { file, record, before }
  }

  test('restores in an empty directory', async () => {
    const { file, before } = await exported()
    const root = tempDir()
    const stage = await createStage(root)
    const record = await importSnapshot(file, stage)
    await requireFiles(file, stage, record)
    await commitRestore(root, stage, record)
    expect(await readState(root)).toEqual(before)
  })

  test('is not written over a file that is there', async () => {
    const { file, record } = await exported()
    await expect(exportSnapshot('/nowhere', record, file)).rejects.toMatchObject({ code: 'TARGET_EXISTS' })
  })

  test('is not written when a file of the snapshot is gone', async () => {
    const { root, record } = await movedOn()
    await rm(join(snapshotFolder(root, 'old'), 'services/b/deep/table'))
    const file = join(root, 'old.0gsnap')
    await expect(exportSnapshot(snapshotFolder(root, 'old'), record, file)).rejects.toMatchObject({ code: 'ENOENT' })
    expect((await readdir(root)).filter((name) => name.startsWith('old.0gsnap'))).toEqual([])
  })

  test('is refused with any byte changed and at any length', async () => {
    const { file } = await exported()
    const whole = await readFile(file)
    const stage = tempDir()
    const damaged = [
      ...[0, 7, 9, 20, Math.floor(whole.length / 2), whole.length - 40, whole.length - 1].map((at) => {
        const copy = Buffer.from(whole)
        copy[at] = (copy[at] ?? 0) ^ 1
        return copy
      }),
      ...[0, 5, 12, 100, Math.floor(whole.length / 2), whole.length - 1].map((length) => whole.subarray(0, length)),
      Buffer.concat([whole, Buffer.from([0])]),
    ]
    for (const [index, bytes] of damaged.entries()) {
      await writeFile(file, bytes)
      const code = index === 1 ? 'SNAPSHOT_INCOMPATIBLE' : 'SNAPSHOT_CORRUPT'
      await expect(importSnapshot(file, stage)).rejects.toMatchObject({ code })
    }
    expect(await readdir(stage)).toEqual([])
  })

  test.each([
    '../outside',
    'services/../../outside',
    '/etc/passwd',
    'services//x',
    'services/./x',
    'manifest.json',
    'snapshots/x/y',
    'services',
    'services/a\\..\\..\\x',
    'services/a\0b',
  ])('whose record names %j is refused, checksum or not', async (path) => {
    const { file, record } = await exported()
    const sha256 = createHash('sha256').update('evil').digest('hex')
    await writeFile(file, forge({ ...record, files: [{ path, sizeBytes: 4, sha256 }] }, 'evil'))
    const root = tempDir()
    await expect(importSnapshot(file, join(root, 'stage'))).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT' })
    expect(await readdir(root)).toEqual([])
  })

  test('whose record does not fit its content is refused', async () => {
    const { file, record } = await exported()
    const entry = (path: string, sizeBytes: number) => ({ path, sizeBytes, sha256: '0'.repeat(64) })
    const cases: [object, string][] = [
      [{ ...record, files: [entry('services/x', 5)] }, 'evil'],
      [{ ...record, files: [entry('services/x', 3)] }, 'evil'],
      [{ ...record, files: [entry('services/x', 4), entry('services/x', 4)] }, 'evilevil'],
      [{ ...record, files: [entry('services/x', 4), entry('services/x/y', 4)] }, 'evilevil'],
      [{ ...record, files: [entry('services/x', 4)], name: '../up' }, 'evil'],
      [{ ...record, files: 'all' }, 'evil'],
    ]
    for (const [forged, body] of cases) {
      await writeFile(file, forge(forged, body))
      await expect(importSnapshot(file, join(tempDir(), 'stage'))).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT' })
    }
    await writeFile(file, forge({ ...record, files: [entry('services/x', 4)] }, 'evil'))
    const stage = join(tempDir(), 'stage')
    const opened = await importSnapshot(file, stage)
    await expect(requireFiles(file, stage, opened)).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT' })
  })

  test('of a newer format is refused as such', async () => {
    const { file, record } = await exported()
    await writeFile(file, forge({ ...record, format: 2 }, ''))
    await expect(importSnapshot(file, tempDir())).rejects.toMatchObject({ code: 'SNAPSHOT_INCOMPATIBLE' })
  })
})

describe('processes that are held', () => {
  const COUNTER = 'setInterval(() => process.stdout.write("x"), 5)'
  const state = async (pid: number) => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.[0]

  function counter() {
    const child = spawn(process.execPath, ['-e', COUNTER], { stdio: ['ignore', 'pipe', 'ignore'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    return child
  }

  test('stand still until they are let go', async () => {
    const children = [counter(), counter()]
    for (const child of children) await once(child.stdout, 'data')
    const pids = children.flatMap(({ pid }) => pid ?? [])
    const thaw = await freezeProcesses(pids)
    for (const pid of pids) expect(await state(pid)).toBe('T')
    await thaw()
    for (const child of children) await once(child.stdout, 'data')
  })

  test('run again when the process that held them is killed', async () => {
    const child = counter()
    await once(child.stdout, 'data')
    const module = fileURLToPath(new URL('../../src/runtime/snapshot/freeze-processes.ts', import.meta.url))
    const script = `const { freezeProcesses } = await import(${JSON.stringify(module)})
      await freezeProcesses([${child.pid}]); process.stdout.write('held'); setInterval(() => {}, 1000)`
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(holder.stdout, 'data')
    expect(await state(child.pid ?? 0)).toBe('T')
    // What it said before it was held is in the pipe; the next line after that is the proof.
    child.stdout.read()
    holder.kill('SIGKILL')
    await once(child.stdout, 'data')
    await once(child.stdout, 'data')
    expect(await state(child.pid ?? 0)).not.toBe('T')
  })
})
