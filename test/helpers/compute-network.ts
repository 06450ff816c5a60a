import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Wallet, walletFromMnemonic } from '../../src/client/chain/wallet.ts'
import type { NetworkProfile } from '../../src/client/profile.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import { folderRoot } from '../../src/services/compute-provider/model-folder.ts'
import type { ProviderConfig } from '../../src/services/compute-provider/provider-config.ts'
import { type ChildService, startChildService } from './child-service.ts'

export const MNEMONIC = 'test test test test test test test test test test test junk'
export const MODEL_DIR = fileURLToPath(new URL('../../models/og-tiny', import.meta.url))
export const account = (index: number): Wallet => walletFromMnemonic(MNEMONIC, index)
export const OWNER = 0
export const PROVIDER = 5
export const SIGNER = 6

/** A chain and a compute provider as real processes. The provider finds its model in its cache, so no storage is needed. */
export type ComputeNetwork = {
  directory: string
  profile: NetworkProfile
  chain: ChildService
  provider: () => ChildService
  url: string
  /** kill -9 of the provider, if it still runs, and a new start on the same data and port */
  restartProvider(change?: Partial<ProviderConfig>): Promise<void>
  close(): Promise<void>
}

export async function startComputeNetwork(change: Partial<ProviderConfig> = {}): Promise<ComputeNetwork> {
  const directory = mkdtempSync(join(tmpdir(), 'og-compute-'))
  const chainConfig = {
    chainId: 31337,
    mnemonic: MNEMONIC,
    genesisFile: genesisFilePath(),
    hardfork: 'prague',
    blockTimeMs: null,
  }
  const chain = await startChildService({ folder: 'chain', config: chainConfig, dataDir: join(directory, 'chain') })
  const modelRoot = await folderRoot(MODEL_DIR)
  const dataDir = join(directory, 'provider')
  mkdirSync(join(dataDir, 'models'), { recursive: true })
  cpSync(MODEL_DIR, join(dataDir, 'models', modelRoot), { recursive: true })
  const config: ProviderConfig = {
    chain: 'chain',
    gateway: 'storage-gateway',
    mnemonic: MNEMONIC,
    providerIndex: PROVIDER,
    signerIndex: SIGNER,
    contracts: DEVNET_ADDRESSES,
    priceIn: '50000000000',
    priceOut: '100000000000',
    model: 'og-tiny',
    modelRoot,
    settleIntervalMs: 3_600_000,
    ...change,
  }
  const startProvider = (more: Partial<ProviderConfig>, port: number) =>
    startChildService({
      folder: 'compute-provider',
      config: { ...config, ...more },
      dataDir,
      ports: { broker: port },
      peers: { chain: chain.endpoints },
    })
  let provider = await startProvider({}, 0)
  const url = provider.endpoints['broker'] ?? ''
  const rpc = chain.endpoints['rpc'] ?? ''
  return {
    directory,
    chain,
    url,
    provider: () => provider,
    profile: {
      name: 'test',
      chainId: 31337,
      rpc,
      contracts: DEVNET_ADDRESSES,
      storage: { indexer: '' },
      stateDir: join(directory, 'client'),
      mnemonic: MNEMONIC,
      accounts: [],
    },
    async restartProvider(more = {}) {
      await provider.kill()
      provider = await startProvider(more, Number(new URL(url).port))
    },
    async close() {
      await provider.kill()
      await chain.kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
