import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { MANIFEST_SCHEMA_VERSION, type Manifest } from '../runtime/manifest.ts'
import { ownIdentity } from '../runtime/process-identity.ts'
import { resolveProfile } from './connect.ts'

let cwd: string
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'og-connect-'))
  vi.stubEnv('OG_DEVNET', undefined)
  vi.stubEnv('OG_NETWORK', undefined)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(cwd, { recursive: true, force: true })
})

function aManifest(live: boolean): Manifest {
  const service = { dataDir: '', logFile: '', pid: null, startTime: null, status: 'ready' } as const
  return {
    schemaVersion: MANIFEST_SCHEMA_VERSION,
    name: 'default',
    id: 'x',
    version: '0.1.0',
    createdAt: '',
    configHash: '',
    settings: {},
    chain: { id: 31337, rpc: 'http://127.0.0.1:1', ws: 'ws://127.0.0.1:1' },
    mnemonic: 'm',
    accounts: [{ index: 0, address: '0x00', role: 'deployer' }],
    contracts: { Flow: { address: '0x01', abiHash: '0x02' } },
    services: [
      { ...service, name: 'g', kind: 'storage-gateway', endpoints: { indexer: 'http://127.0.0.1:2' } },
      { ...service, name: 'o', kind: 'agent-oracle', endpoints: { oracle: 'http://127.0.0.1:3' } },
    ],
    live: live ? { ...ownIdentity(), socket: '', since: '' } : null,
    snapshots: [],
  }
}

function writeManifest(manifest: object): void {
  mkdirSync(join(cwd, '.0g', 'default'), { recursive: true })
  writeFileSync(join(cwd, '.0g', 'default', 'manifest.json'), JSON.stringify(manifest))
}

describe('resolveProfile', () => {
  test('a running devnet', async () => {
    writeManifest(aManifest(true))
    expect(await resolveProfile({ cwd })).toEqual({
      name: 'default',
      chainId: 31337,
      rpc: 'http://127.0.0.1:1',
      contracts: { Flow: '0x01' },
      storage: { indexer: 'http://127.0.0.1:2' },
      agentOracle: 'http://127.0.0.1:3',
      stateDir: join(cwd, '.0g', 'default', 'client'),
      mnemonic: 'm',
      accounts: [{ index: 0, address: '0x00', role: 'deployer' }],
    })
  })

  test('none, a stopped one, and one whose daemon is gone: NOT_RUNNING', async () => {
    await expect(resolveProfile({ cwd })).rejects.toMatchObject({ code: 'NOT_RUNNING' })
    writeManifest(aManifest(false))
    await expect(resolveProfile({ cwd })).rejects.toMatchObject({ code: 'NOT_RUNNING' })
    writeManifest({ ...aManifest(true), live: { pid: process.pid, startTime: '1', socket: '', since: '' } })
    await expect(resolveProfile({ cwd })).rejects.toMatchObject({ code: 'NOT_RUNNING' })
  })

  test('public networks by flag or OG_NETWORK; a devnet that is named beats the environment', async () => {
    expect(await resolveProfile({ cwd, network: 'galileo' })).toMatchObject({ chainId: 16602, accounts: [] })
    vi.stubEnv('OG_NETWORK', 'mainnet')
    expect(await resolveProfile({ cwd })).toMatchObject({ chainId: 16661 })
    await expect(resolveProfile({ cwd, devnet: 'x' })).rejects.toMatchObject({ code: 'NOT_RUNNING' })
    await expect(resolveProfile({ cwd, network: 'newton' })).rejects.toMatchObject({ code: 'UNKNOWN_NETWORK' })
  })
})
