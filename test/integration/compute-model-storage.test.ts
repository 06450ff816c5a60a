import { mkdtempSync, rmSync } from 'node:fs'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runInference } from '../../src/client/compute/run.ts'
import type { NetworkProfile } from '../../src/client/profile.ts'
import { getDirectory } from '../../src/client/storage/get.ts'
import { DEVNET_ADDRESSES } from '../../src/contracts/address-book.ts'
import { genesisFilePath } from '../../src/contracts/genesis.ts'
import { folderRoot } from '../../src/services/compute-provider/model-folder.ts'
import { type ChildService, startChildService } from '../helpers/child-service.ts'
import { account, MNEMONIC, MODEL_DIR } from '../helpers/compute-network.ts'

// The whole way of a model, all services as real processes: folder → 0G Storage → another provider that knows only its root.
const directory = mkdtempSync(join(tmpdir(), 'og-model-'))
const running: ChildService[] = []
let peers: Record<string, Record<string, string>> = {}
const { Flow: flow, Market: market } = DEVNET_ADDRESSES

async function start(name: string, folder: string, config: unknown): Promise<ChildService> {
  const service = await startChildService({ folder, config, dataDir: join(directory, name), peers })
  peers = { ...peers, [name]: service.endpoints }
  running.push(service)
  return service
}

const providerConfig = (index: number, change: object) => ({
  chain: 'chain',
  gateway: 'storage-gateway',
  chainId: 31337,
  mnemonic: MNEMONIC,
  providerIndex: index,
  signerIndex: index + 1,
  contracts: DEVNET_ADDRESSES,
  priceIn: `${index}`,
  priceOut: `${index}`,
  model: 'og-tiny',
  ...change,
})

const profile = (): NetworkProfile => ({
  name: 'test',
  chainId: 31337,
  rpc: peers['chain']?.['rpc'] ?? '',
  contracts: DEVNET_ADDRESSES,
  mnemonic: MNEMONIC,
  storage: { indexer: peers['storage-gateway']?.['indexer'] ?? '' },
  stateDir: join(directory, 'client'),
  accounts: [],
})

beforeAll(async () => {
  await start('chain', 'chain', {
    chainId: 31337,
    mnemonic: MNEMONIC,
    genesisFile: genesisFilePath(),
    hardfork: 'prague',
    blockTimeMs: null,
  })
  await Promise.all(
    [0, 1].map((shardId) =>
      start(`storage-${shardId}`, 'storage-node', { shardId, numShard: 2, chain: 'chain', flow, market }),
    ),
  )
  await start('storage-gateway', 'storage-gateway', { nodes: ['storage-0', 'storage-1'], chain: 'chain', flow })
  await start('compute-1', 'compute-provider', providerConfig(5, { modelDir: MODEL_DIR }))
})
afterAll(async () => {
  await Promise.all(running.map((service) => service.kill()))
  rmSync(directory, { recursive: true, force: true })
})

test('a provider puts its model into 0G Storage before it is ready', async () => {
  const root = await folderRoot(MODEL_DIR)
  const copy = join(directory, 'copy')
  await getDirectory(root, copy, { profile: profile() })
  expect(await folderRoot(copy)).toBe(root)
})

test('another provider loads it by its root alone and gives the same answer', async () => {
  const modelRoot = await folderRoot(MODEL_DIR)
  await start('compute-2', 'compute-provider', providerConfig(7, { modelRoot }))
  const ask = (index: number) =>
    runInference({
      profile: profile(),
      wallet: account(1),
      model: 'og-tiny',
      provider: account(index).address,
      maxTokens: 16,
      messages: [{ role: 'user', content: 'What is 0G?' }],
    })
  const [first, second] = [await ask(5), await ask(7)]
  expect(second.text).toBe(first.text)
  expect(second.receipt.modelRoot).toBe(modelRoot)
  expect(second.receipt.provider).not.toBe(first.receipt.provider)
})

test('a damaged cache is noticed and fetched again', async () => {
  const modelRoot = await folderRoot(MODEL_DIR)
  const cached = join(directory, 'compute-2', 'models', modelRoot)
  const second = running.pop()
  await second?.kill()
  const config = join(cached, 'config.json')
  await writeFile(config, `${await readFile(config, 'utf8')} `)
  await start('compute-2', 'compute-provider', providerConfig(7, { modelRoot }))
  expect(await folderRoot(cached)).toBe(modelRoot)
  expect((await readdir(join(directory, 'compute-2', 'models'))).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('a root that storage does not have ends the start with a reason', async () => {
  const modelRoot = `0x${'12'.repeat(32)}`
  await expect(start('compute-3', 'compute-provider', providerConfig(2, { modelRoot }))).rejects.toHaveProperty('code')
  await rm(join(directory, 'compute-3'), { recursive: true, force: true })
})
