import { mkdir } from 'node:fs/promises'
import type { Server } from 'node:http'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createRpc } from '../../client/chain/rpc.ts'
import { chainIdOf } from '../../client/chain/transaction.ts'
import { type Wallet, walletFromMnemonic } from '../../client/chain/wallet.ts'
import { computeContracts } from '../../client/compute/serving.ts'
import type { NetworkProfile } from '../../client/profile.ts'
import { ogError } from '../../errors/og-error.ts'
import type { ServiceInfo } from '../../protocol/compute/service-info.ts'
import { checksumAddress } from '../../protocol/ecdsa.ts'
import { bindServer } from '../../runtime/child/bind-server.ts'
import type { StartedService } from '../../runtime/child/service.ts'
import { createAdmission } from './admission.ts'
import { simulatedAttestation } from './attestation.ts'
import { createBroker } from './broker.ts'
import type { Engine } from './engine/engine.ts'
import { createEngineThread } from './engine-thread.ts'
import { FeeBook } from './fee-book.ts'
import { createLimits } from './limits.ts'
import { openModelCache, type Root } from './model-cache.ts'
import { folderRoot } from './model-folder.ts'
import { modelList } from './model-list.ts'
import type { ModelStorage } from './model-storage.ts'
import { DEFAULT_LIMITS, type ProviderConfig } from './provider-config.ts'
import { registerService } from './registration.ts'
import { createSettlementEngine, type SettlementEngine } from './settlement-engine.ts'

export type StartProviderOptions = {
  config: ProviderConfig
  dataDir: string
  host: string
  port: number
  strictPorts: boolean
  log: Logger
  /** URL of the chain's RPC, once it answers */
  chainRpc: Promise<string>
  /** URL of the storage indexer, once it answers */
  indexer: Promise<string>
  /** builds access to 0G Storage for a network */
  storage: (profile: NetworkProfile, wallet: Wallet) => Promise<ModelStorage>
  engine?: Engine
}

const IMAGE = '0g-toolchain/compute-provider'
const OWNER_INDEX = 0
const DEFAULT_SETTLE_INTERVAL_MS = 10_000
/** On a stop, answers in hand get this long to finish. */
const STOP_ANSWER_MS = 500
/** On a stop, settlement gets this long; what is not settled then is in the journal for the next start. */
const STOP_SETTLE_MS = 1_000
const CHAIN_RETRY_MS = 5_000

/**
 * Starts one compute provider: model by root from 0G Storage into a verified cache and into the engine, broker bound, service
 * registered and acknowledged on chain, fees settled on a timer. Loading, seeding and registering overlap.
 * @throws OgError ENGINE_MISSING, MODEL_INVALID, JOURNAL_DAMAGED, PORT_IN_USE, NETWORK_UNREACHABLE
 */
export async function startProvider(options: StartProviderOptions): Promise<StartedService> {
  const { config, dataDir, log, engine = createEngineThread() } = options
  await mkdir(dataDir, { recursive: true })
  const wallet = walletFromMnemonic(config.mnemonic, config.providerIndex)
  const signer = walletFromMnemonic(config.mnemonic, config.signerIndex)
  const pricing = { inputPriceWei: BigInt(config.priceIn), outputPriceWei: BigInt(config.priceOut) }
  const book = await FeeBook.open(join(dataDir, 'fees.ndjson'))
  const storage = openStorage(options, wallet)
  let settlement: SettlementEngine | undefined
  let server: Server | undefined
  try {
    const { root, dir, seeded } = await openModel(options, storage)
    const loading = engine.load(dir)
    loading.catch(() => {})
    // A chain that is being restarted is back within two seconds: wait for it rather than fail requests and settlements.
    const rpc = createRpc(await options.chainRpc, { retryForMs: CHAIN_RETRY_MS })
    const contracts = computeContracts(profileOf(options, rpc.url, '', config.chainId ?? (await chainIdOf(rpc))), rpc)
    const facts = await loading
    settlement = createSettlementEngine({
      contracts,
      wallet,
      signer,
      book,
      log,
      intervalMs: config.settleIntervalMs ?? DEFAULT_SETTLE_INTERVAL_MS,
      thresholdWei: (pricing.inputPriceWei + pricing.outputPriceWei) * 1_000_000n,
    })
    const limits = { ...DEFAULT_LIMITS, ...config.limits }
    server = createBroker({
      engine,
      book,
      log,
      pricing,
      signer,
      admission: createAdmission({ contracts, provider: wallet.address, book }),
      limits: createLimits(limits),
      maxBodyBytes: limits.maxBodyBytes,
      model: config.model,
      contextLength: facts.contextLength,
      onFee: settlement.noteFee,
      provider: wallet.address,
      attestation: simulatedAttestation({
        signer: checksumAddress(signer.address),
        model: config.model,
        modelRoot: root,
        image: IMAGE,
      }),
      models: modelList({ model: config.model, modelRoot: root, facts, createdAtMs: Date.now(), ...pricing }),
    })
    const url = await bindServer(server, { host: options.host, port: options.port, strict: options.strictPorts })
    const terms = { url, model: config.model, signer: signer.address, info: serviceInfo(url, root), ...pricing }
    const owner = walletFromMnemonic(config.mnemonic, OWNER_INDEX)
    await Promise.all([registerService({ contracts, wallet, owner, terms, log }), seeded])
    log.info({ url, model: config.model, root }, 'provider ready')
    void settlement.settle()
    return { endpoints: { broker: url }, stop: () => stop({ server, settlement, engine, book }) }
  } catch (error) {
    await stop({ server, settlement: undefined, engine, book })
    throw error
  }
}

/** Network access as soon as both services answer; the model's storage is only asked for what the cache lacks. */
function openStorage(options: StartProviderOptions, wallet: Wallet): () => Promise<ModelStorage> {
  let opened: Promise<ModelStorage> | undefined
  return () => {
    opened ??= (async () => {
      const [rpc, indexer] = await Promise.all([options.chainRpc, options.indexer])
      const chainId = options.config.chainId ?? (await chainIdOf(createRpc(rpc)))
      return await options.storage(profileOf(options, rpc, indexer, chainId), wallet)
    })()
    return opened
  }
}

function profileOf(
  { config, dataDir }: StartProviderOptions,
  rpc: string,
  indexer: string,
  chainId: number,
): NetworkProfile {
  return {
    name: 'devnet',
    chainId,
    rpc,
    contracts: config.contracts,
    storage: { indexer },
    stateDir: dataDir,
    accounts: [],
  }
}

/**
 * The model's folder, by root. A local folder only says which root the provider offers: it is put into 0G Storage, and what the
 * engine loads is what storage gives back for that root, checked and kept in the cache for later starts.
 */
async function openModel(
  { config, dataDir, log }: StartProviderOptions,
  storage: () => Promise<ModelStorage>,
): Promise<{ root: Root; dir: string; seeded: Promise<void> }> {
  const { modelDir, modelRoot } = config
  if (!modelDir && !modelRoot) {
    throw ogError('MODEL_INVALID', { path: config.model, reason: 'neither a folder nor a root was given' })
  }
  const root = modelRoot ?? (await folderRoot(modelDir ?? ''))
  const seeded = modelDir ? storage().then((network) => network.ensureStored(modelDir, root)) : Promise.resolve()
  seeded.catch(() => {})
  const cache = await openModelCache(dataDir)
  const cached = await cache.find(root)
  if (cached) return { root, dir: cached, seeded }
  await seeded
  log.info({ root }, 'fetching the model from 0G Storage')
  const dir = await cache.add(root, async (target) => (await storage()).fetch(root, target))
  return { root, dir, seeded }
}

function serviceInfo(url: string, root: Root): ServiceInfo {
  return {
    VerifierURL: `${url}/v1/quote`,
    TEEVerifier: 'dstack',
    TargetSeparated: false,
    ImageName: IMAGE,
    ImageDigest: `sha256:${'0'.repeat(64)}`,
    ProviderType: 'decentralized',
    ModelRoot: root,
    TEESimulated: true,
  }
}

async function stop(parts: {
  server: Server | undefined
  settlement: SettlementEngine | undefined
  engine: Engine
  book: FeeBook
}): Promise<void> {
  const { server, settlement, engine, book } = parts
  if (server) await closeServer(server)
  settlement?.stop()
  if (settlement) await within(STOP_SETTLE_MS, settlement.settle())
  await engine.unload()
  await book.close()
}

/** Takes no more requests and lets those in hand finish for a moment; then cuts what is left. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve())
  })
  const idle = setInterval(() => server.closeIdleConnections(), 20)
  await within(STOP_ANSWER_MS, closed)
  clearInterval(idle)
  server.closeAllConnections()
}

/** Waits for `work`, but not longer than `timeoutMs`. */
async function within(timeoutMs: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, timeoutMs)
  })
  await Promise.race([work, deadline])
  clearTimeout(timer)
}
