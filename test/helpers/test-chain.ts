import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { createRpc, type Hex, type RpcClient } from '../../src/client/chain/rpc.ts'
import { type Wallet, walletFromMnemonic } from '../../src/client/chain/wallet.ts'
import type { NetworkProfile } from '../../src/client/profile.ts'
import { type StartChainOptions, startChain } from '../../src/services/chain/start-chain.ts'

export const MNEMONIC = 'test test test test test test test test test test test junk'
export const ROLES = [
  'deployer',
  'alice',
  'bob',
  'carol',
  'dave',
  'provider-1',
  'provider-1-signer',
  'oracle',
  'storage-1',
  'faucet',
]

/** `function set(uint256)`-less contracts, by hand: what each does when called. */
export const CODES = {
  /** reverts with the four bytes deadbeef, like a custom error without arguments */
  reverting: '0x63deadbeef5f526004601cfd',
  /** emits an empty log with one topic: the number 7 */
  logging: '0x60075f5fa1',
  /** counts its calls in slot 0 */
  counting: '0x5f546001015f55',
  /** loops until the gas is gone */
  looping: '0x5b5f56',
} as const satisfies Record<string, Hex>

export const CONTRACTS: Record<keyof typeof CODES, Hex> = {
  reverting: '0x00000000000000000000000000000000000c0de1',
  logging: '0x00000000000000000000000000000000000c0de2',
  counting: '0x00000000000000000000000000000000000c0de3',
  looping: '0x00000000000000000000000000000000000c0de4',
}

export const accounts: Wallet[] = ROLES.map((_, index) => walletFromMnemonic(MNEMONIC, index))

/** A small genesis: ten rich accounts and the contracts above. */
export function writeGenesis(directory: string): string {
  const alloc: Record<string, object> = {}
  for (const { address } of accounts) alloc[address] = { balance: '0x21e19e0c9bab2400000', nonce: '0x0' }
  for (const [name, address] of Object.entries(CONTRACTS)) {
    alloc[address] = { balance: '0x0', nonce: '0x1', code: CODES[name as keyof typeof CODES] }
  }
  const file = join(directory, 'genesis.json')
  writeFileSync(file, JSON.stringify({ config: { chainId: 31337 }, timestamp: '0x0', gasLimit: '0x3938700', alloc }))
  return file
}

export function temporaryDirectory(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'og-chain-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/** Options of a chain in `directory`; the same directory gives the same chain. */
export function chainOptions(directory: string): StartChainOptions {
  return {
    chainId: 31337,
    mnemonic: MNEMONIC,
    genesisFile: writeGenesis(directory),
    hardfork: 'prague',
    blockTimeMs: null,
    dataDir: join(directory, 'chain'),
    host: '127.0.0.1',
    port: 0,
    strictPorts: false,
    log: pino({ level: 'silent' }),
  }
}

export type TestChain = {
  rpc: RpcClient
  url: string
  ws: string
  /** path of the local socket */
  ipc: string
  directory: string
  profile: NetworkProfile
  restart(changes?: Partial<StartChainOptions>): Promise<TestChain>
} & AsyncDisposable

/** A chain in this process, in a directory of its own unless one is given. */
export async function startTestChain(
  changes: Partial<StartChainOptions> = {},
  directory: { path: string } & Disposable = temporaryDirectory(),
): Promise<TestChain> {
  const started = await startChain({ ...chainOptions(directory.path), ...changes })
  const url = started.endpoints['rpc'] ?? ''
  let isStopped = false
  const stop = async () => {
    if (!isStopped) await started.stop()
    isStopped = true
  }
  return {
    rpc: createRpc(url),
    url,
    ws: started.endpoints['ws'] ?? '',
    ipc: started.endpoints['ipc'] ?? '',
    directory: directory.path,
    profile: testProfile(url, directory.path),
    async restart(next = {}) {
      await stop()
      return await startTestChain({ ...changes, ...next }, directory)
    },
    async [Symbol.asyncDispose]() {
      await stop()
      directory[Symbol.dispose]()
    },
  }
}

export function testProfile(rpc: string, stateDir: string): NetworkProfile {
  return {
    name: 'test',
    chainId: 31337,
    rpc,
    contracts: {},
    storage: { indexer: '' },
    stateDir,
    mnemonic: MNEMONIC,
    accounts: ROLES.map((role, index) => ({ index, role, address: accounts[index]?.address ?? '0x' })),
  }
}

/** Everything by which two runs of a chain could differ: block hashes (which cover state and receipts), nonces, code, storage. */
export async function chainFingerprint(rpc: RpcClient): Promise<string> {
  const height = Number(await rpc.request<Hex>('eth_blockNumber'))
  const hashes: string[] = []
  for (let number = 0; number <= height; number++) {
    const block = await rpc.request<{ hash: Hex }>('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
    hashes.push(block.hash)
  }
  const addresses = [...accounts.map(({ address }) => address), ...Object.values(CONTRACTS)]
  const states = await Promise.all(
    addresses.map(async (address) =>
      Promise.all([
        rpc.request('eth_getTransactionCount', [address, 'latest']),
        rpc.request('eth_getBalance', [address, 'latest']),
        rpc.request('eth_getCode', [address, 'latest']),
        rpc.request('eth_getStorageAt', [address, '0x0', 'latest']),
      ]),
    ),
  )
  return JSON.stringify({ hashes, states }, null, 1)
}
