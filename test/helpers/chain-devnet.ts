import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import type { Manifest } from '../../src/runtime/manifest.ts'
import { ownIdentity } from '../../src/runtime/process-identity.ts'
import { accounts, MNEMONIC, ROLES, startTestChain, type TestChain } from './test-chain.ts'

/**
 * A chain with the real contracts in this process, found through a manifest in its directory as any devnet is: commands that run in
 * `chain.directory` meet it.
 */
export async function startChainDevnet(): Promise<TestChain> {
  const chain = await startTestChain({ genesisFile: genesisFilePath() })
  const directory = join(chain.directory, '.0g', 'default')
  mkdirSync(directory, { recursive: true })
  const manifest: Manifest = {
    schemaVersion: 1,
    name: 'default',
    id: 'test',
    version: '0.1.0',
    createdAt: new Date().toISOString(),
    configHash: '',
    settings: {},
    chain: { id: 31337, rpc: chain.url, ws: chain.ws },
    mnemonic: MNEMONIC,
    accounts: ROLES.map((role, index) => ({ index, role, address: accounts[index]?.address ?? '' })),
    contracts: Object.fromEntries(
      Object.entries(DEVNET_ADDRESSES).map(([name, address]) => [name, { address, abiHash: '' }]),
    ),
    services: [],
    live: { ...ownIdentity(), socket: '', since: new Date().toISOString() },
    snapshots: [],
  }
  writeFileSync(join(directory, 'manifest.json'), JSON.stringify(manifest))
  return chain
}
