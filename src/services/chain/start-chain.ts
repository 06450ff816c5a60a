import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Hex } from '../../client/chain/rpc.ts'
import { privateKeyFromMnemonic, walletFromPrivateKey } from '../../client/chain/wallet.ts'
import { type Genesis, readGenesis } from '../../contracts/genesis.ts'
import { ogError } from '../../errors/og-error.ts'
import { bindServer } from '../../runtime/child/bind-server.ts'
import type { StartedService } from '../../runtime/child/service.ts'
import { packageVersion } from '../../utils/package-version.ts'
import { createAnvilEngine } from './anvil/anvil-engine.ts'
import { anvilVersion, findAnvil } from './anvil/find-anvil.ts'
import { bindIpc } from './bind-ipc.ts'
import { type Chain, openChain } from './chain.ts'
import { CALL_GAS, createEngine, ENGINE_VERSION, GAS_CAP, genesisWorld } from './engine.ts'
import { withFinalizedLag } from './finalized-lag.ts'
import { type ForkConfig, type ForkPin, pinFork } from './fork/fork-pin.ts'
import { openUpstreamCache } from './fork/upstream-cache.ts'
import { resumeFrom } from './history/checkpoint.ts'
import { holdChain } from './hold-chain.ts'
import { openJournal } from './journal.ts'
import type { JournalHeader } from './journal-record.ts'
import { PendingFeed } from './pending-feed.ts'
import { createDispatch } from './rpc-methods.ts'
import { createRpcServer } from './rpc-server.ts'
import { createSubscriptions } from './subscriptions.ts'

export type ChainConfig = {
  /** null takes that of the network forked */
  chainId: number | null
  mnemonic: string
  genesisFile: string
  /** one the engine knows: cancun, prague, osaka, … */
  hardfork: string
  /** milliseconds between blocks; null mines a block per transaction */
  blockTimeMs: number | null
  /** blocks by which `finalized` and `safe` stay behind the latest block; 0 when left out */
  finalizedLag?: number
  /** begins with the state of another network instead of the genesis file's */
  fork?: ForkConfig | null
  /** edr (in this process) when left out, or Foundry's anvil */
  engine?: 'edr' | 'anvil'
}

export type StartChainOptions = ChainConfig & {
  dataDir: string
  host: string
  port: number
  strictPorts: boolean
  log: Logger
  /** called when the disk failed under changes already applied: the process must end */
  onFatal?: (error: unknown) => void
  /** requests after which a fresh engine takes over; a test's own number */
  segmentRequests?: number
  /** seconds since 1970; a test's own clock */
  wallClock?: () => number
}

/** Accounts of the mnemonic whose keys the node holds for eth_sendTransaction. */
const OWNED_ACCOUNTS = 10
const DEFAULT_CHAIN_ID = 31337
/** 10,000 0G, as in the genesis file */
const DEV_BALANCE = '0x21e19e0c9bab2400000'
const VERSION = packageVersion()
/** Hardhat's helpers (snapshots, time, fixtures) work only with a node whose version begins with a name they know; the engine is Hardhat's own. */
const clientVersion = (engine: string): string =>
  `HardhatNetwork/0g-${VERSION}/${engine.replace(' ', '-')}/${process.platform}-${process.arch}`

/**
 * Opens the chain of `dataDir` (or makes its genesis) and serves it.
 * @throws OgError STATE_CORRUPT, STATE_INCOMPATIBLE (other engine, genesis, hardfork or chain id), PORT_IN_USE
 */
export async function startChain(options: StartChainOptions): Promise<StartedService> {
  const { log, dataDir } = options
  const privateKeys = Array.from({ length: OWNED_ACCOUNTS }, (_, index) =>
    privateKeyFromMnemonic(options.mnemonic, index),
  )
  const pin = options.fork ? await pinFork(dataDir, options.fork) : undefined
  const genesis = pin ? forkGenesis(privateKeys) : readGenesis(options.genesisFile)
  let chain: Chain | undefined
  const anvil = options.engine === 'anvil' ? findAnvil() : undefined
  const engineVersion = anvil === undefined ? ENGINE_VERSION : await anvilVersion(anvil)
  const wanted = newHeader(options, genesis, pin, engineVersion)
  const opened = openJournal(dataDir, () => begun(wanted, options), fs, resumeFrom(dataDir))
  const upstream = pin && (await openUpstreamCache(dataDir, pin))
  const fork = pin &&
    upstream && {
      url: upstream.url,
      chainId: pin.chainId,
      blockNumber: pin.blockNumber,
      cacheDir: join(dataDir, 'engine-cache'),
    }
  const onFatal = options.onFatal ?? ((error) => log.fatal({ err: error }, 'the chain cannot go on'))
  try {
    requireSameChain(opened.journal.path, opened.header, wanted)
    chain = await openChain({
      createEngine: ({ chainId, hardfork, genesisTime }, start) => {
        const made = { chainId, hardfork, genesis, genesisTime, privateKeys, fork, start }
        if (anvil === undefined) return createEngine(made)
        const onGone = () => onFatal(ogError('BUG', { reason: 'anvil ended' }))
        return createAnvilEngine({ ...made, binary: anvil, mnemonic: options.mnemonic, dataDir, onGone })
      },
      // A fork's state is the other network's, which no checkpoint can hold, and anvil has its own: they replay.
      ...(fork || anvil ? {} : { genesisWorld: ({ hardfork }) => genesisWorld({ genesis, hardfork }) }),
      ...(options.segmentRequests === undefined ? {} : { segmentRequests: options.segmentRequests }),
      dataDir,
      opened,
      blockTimeMs: options.blockTimeMs,
      ...(options.wallClock ? { wallClock: options.wallClock } : {}),
      onFatal,
      onStay: (error) => log.warn({ err: error }, 'the chain stays in its engine for another segment'),
    })
    // anvil counts finality in epochs; here both engines mean the latest block unless told otherwise.
    const finalizedLag = options.finalizedLag || (anvil === undefined ? undefined : 0)
    const pending = new PendingFeed()
    const context = {
      chain,
      clientVersion: clientVersion(engineVersion),
      privateKeys,
      gasCap: GAS_CAP,
      // anvil records no steps.
      callGas: anvil === undefined ? CALL_GAS : undefined,
      pending,
    }
    const server = createRpcServer({
      dispatch: withFinalizedLag(createDispatch(context), finalizedLag),
      subscriptions: createSubscriptions(chain, pending),
      log,
    })
    const rpc = await bindServer(server.http, { host: options.host, port: options.port, strict: options.strictPorts })
    const ipc = await bindIpc(server.ipc, options.dataDir)
    log.info({ rpc, ipc, replayed: opened.records.length }, 'chain ready')
    const running = chain
    return {
      endpoints: { rpc, ws: rpc.replace('http:', 'ws:'), ipc },
      hold: () => holdChain(running),
      async stop() {
        await server.close()
        await chain?.close()
        await upstream?.close()
      },
    }
  } catch (error) {
    if (chain) await chain.close()
    else opened.journal.close()
    await upstream?.close()
    throw error
  }
}

/** On a fork the development accounts are rich; everything else is as the network has it. */
function forkGenesis(privateKeys: readonly Hex[]): Pick<Genesis, 'alloc'> {
  const accounts = privateKeys.map(
    (key) => [walletFromPrivateKey(key).address, { balance: DEV_BALANCE, nonce: '0x0' as const }] as const,
  )
  return { alloc: Object.fromEntries(accounts) }
}

function newHeader(
  { chainId, hardfork }: ChainConfig,
  genesis: Pick<Genesis, 'alloc'>,
  pin: ForkPin | undefined,
  engine: string,
): JournalHeader {
  return {
    kind: 'header',
    format: 1,
    engine,
    writer: `0g ${VERSION}`,
    chainId: chainId ?? pin?.chainId ?? DEFAULT_CHAIN_ID,
    hardfork,
    // The chain begins when it is made: the clock of contracts is the clock of the people who use them.
    genesisTime: pin?.timestamp ?? Math.floor(Date.now() / 1000),
    genesisHash: createHash('sha256').update(JSON.stringify(genesis.alloc)).digest('hex'),
    ...(pin ? { fork: { url: pin.url, blockNumber: pin.blockNumber, blockHash: pin.blockHash } } : {}),
  }
}

/** The header of a chain that begins now; a fork goes on from the time of the block it begins at. */
function begun(header: JournalHeader, { wallClock }: StartChainOptions): JournalHeader {
  return header.fork || !wallClock ? header : { ...header, genesisTime: wallClock() }
}

function shownSetting(value: JournalHeader[keyof JournalHeader]): string {
  if (value === undefined) return 'none'
  return typeof value === 'object' ? `${value.url}@${value.blockNumber}` : String(value)
}

/** A journal replays only on what it was written with. */
function requireSameChain(path: string, found: JournalHeader, wanted: JournalHeader): void {
  const fields = ['engine', 'chainId', 'hardfork', 'genesisHash', 'fork'] as const
  const differing = fields.filter((field) => JSON.stringify(found[field]) !== JSON.stringify(wanted[field]))
  const [first] = differing
  if (first === undefined) return
  const settings = {
    chainId: 'chain-id',
    hardfork: 'hardfork',
    fork: 'fork',
    genesisHash: undefined,
    engine: undefined,
  }
  const setting = settings[first]
  if (setting !== undefined) {
    const shown = (header: JournalHeader) => shownSetting(header[first])
    throw ogError('SETTING_FIXED', { network: path, setting, found: shown(found), wanted: shown(wanted) })
  }
  const describe = (header: JournalHeader) =>
    [header.writer, ...differing.map((field) => `${field} ${String(header[field]).slice(0, 16)}`)].join(', ')
  throw ogError('STATE_INCOMPATIBLE', { path, found: describe(found), wanted: describe(wanted) })
}
