import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isOgError } from '../errors/og-error.ts'
import { readManifest } from './manifest-store.ts'

let directory: string
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'og-manifest-'))
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

const WHOLE = {
  schemaVersion: 1,
  name: 'default',
  id: 'x',
  version: '0.1.0',
  createdAt: '2026-01-01T00:00:00.000Z',
  configHash: '',
  settings: {},
  chain: { id: 31337, rpc: 'http://127.0.0.1:8545', ws: 'ws://127.0.0.1:8545' },
  mnemonic: 'test',
  accounts: [],
  contracts: {},
  services: [],
  live: null,
  snapshots: [],
}

function codeOf(value: unknown): Promise<string> {
  const path = join(directory, 'manifest.json')
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return readManifest(path).then(
    () => 'ok',
    (error: unknown) => (isOgError(error) ? error.code : String(error)),
  )
}

describe('reading a manifest', () => {
  test('a whole one', async () => {
    expect(await codeOf(WHOLE)).toBe('ok')
  })

  test.each([
    { services: [null] },
    { services: ['x'] },
    { services: [{ name: 'chain' }] },
    { services: [{ name: 'chain', endpoints: { rpc: 1 } }] },
    { chain: null },
    { chain: { id: '31337', rpc: 'x', ws: 'x' } },
    { chain: { id: 31337, rpc: null, ws: 'x' } },
    { name: 5 },
    { mnemonic: {} },
    { accounts: null },
    { accounts: [null] },
    { contracts: null },
    { contracts: { Flow: null } },
    { configHash: 1 },
    { settings: null },
    { live: 'yes' },
    { snapshots: {} },
  ])('damaged: %j', async (damage) => {
    expect(await codeOf({ ...WHOLE, ...damage })).toBe('STATE_DAMAGED')
  })

  test('any text is a manifest, damaged, or of another version: never a defect of ours', async () => {
    const near = fc
      .record({ key: fc.constantFrom(...Object.keys(WHOLE)), value: fc.jsonValue() })
      .map(({ key, value }) => JSON.stringify({ ...WHOLE, [key]: value }))
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), fc.json(), near), async (text) => {
        expect(['ok', 'STATE_DAMAGED', 'STATE_INCOMPATIBLE']).toContain(await codeOf(text))
      }),
    )
  })
})
