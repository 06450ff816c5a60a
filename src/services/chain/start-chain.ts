import { createHash } from 'node:crypto'
import type { Logger } from 'pino'
import { privateKeyFromMnemonic } from '../../client/chain/wallet.ts'
import { type Genesis, readGenesis } from '../../contracts/genesis.ts'
import { ogError } from '../../errors/og-error.ts'
import { bindServer } from '../../runtime/child/bind-server.ts'
import type { StartedService } from '../../runtime/child/service.ts'
import { packageVersion } from '../../utils/package-version.ts'
import { type Chain, openChain } from './chain.ts'
import { createEngine, ENGINE_VERSION } from './engine.ts'
import { withFinalizedLag } from './finalized-lag.ts'
import { holdChain } from './hold-chain.ts'
import { openJournal } from './journal.ts'
import type { JournalHeader } from './journal-record.ts'
import { createDispatch } from './rpc-methods.ts'
import { createRpcServer } from './rpc-server.ts'
import { createSubscriptions } from './subscriptions.ts'

export type ChainConfig = {
  chainId: number
  mnemonic: string
  genesisFile: string
  /** one the engine knows: cancun, prague, osaka, … */
  hardfork: string
  /** milliseconds between blocks; null mines a block per transaction */
  blockTimeMs: number | null
  /** blocks by which `finalized` and `safe` stay behind the latest block; 0 when left out */
  finalizedLag?: number
}

export type StartChainOptions = ChainConfig & {
  dataDir: string
  host: string
  port: number
  strictPorts: boolean
  log: Logger
  /** called when the disk failed under changes already applied: the process must end */
  onFatal?: (error: unknown) => void
  /** seconds since 1970; a test's own clock */
  wallClock?: () => number
}

/** Accounts of the mnemonic whose keys the node holds for eth_sendTransaction. */
const OWNED_ACCOUNTS = 10
const VERSION = packageVersion()
/** Hardhat's helpers (snapshots, time, fixtures) work only with a node whose version begins with a name they know; the engine is Hardhat's own. */
const CLIENT_VERSION = `HardhatNetwork/0g-${VERSION}/${ENGINE_VERSION.replace(' ', '-')}/${process.platform}-${process.arch}`

/**
 * Opens the chain of `dataDir` (or makes its genesis) and serves it.
 * @throws OgError STATE_CORRUPT, STATE_INCOMPATIBLE (other engine, genesis, hardfork or chain id), PORT_IN_USE
 */
export async function startChain(options: StartChainOptions): Promise<StartedService> {
  const { log } = options
  const genesis = readGenesis(options.genesisFile)
  let chain: Chain | undefined
  const opened = openJournal(options.dataDir, () => newHeader(options, genesis))
  try {
    requireSameChain(opened.journal.path, opened.header, newHeader(options, genesis))
    const privateKeys = Array.from({ length: OWNED_ACCOUNTS }, (_, index) =>
      privateKeyFromMnemonic(options.mnemonic, index),
    )
    chain = await openChain({
      createEngine: ({ chainId, hardfork, genesisTime }) =>
        createEngine({ chainId, hardfork, genesis, genesisTime, privateKeys }),
      dataDir: options.dataDir,
      opened,
      blockTimeMs: options.blockTimeMs,
      ...(options.wallClock ? { wallClock: options.wallClock } : {}),
      onFatal: options.onFatal ?? ((error) => log.fatal({ err: error }, 'the journal could not be written')),
    })
    const server = createRpcServer({
      dispatch: withFinalizedLag(createDispatch(chain, CLIENT_VERSION), options.finalizedLag ?? 0),
      subscriptions: createSubscriptions(chain),
      log,
    })
    const rpc = await bindServer(server.http, { host: options.host, port: options.port, strict: options.strictPorts })
    log.info({ rpc, replayed: opened.records.length }, 'chain ready')
    const running = chain
    return {
      endpoints: { rpc, ws: rpc.replace('http:', 'ws:') },
      hold: () => holdChain(running),
      async stop() {
        await server.close()
        await chain?.close()
      },
    }
  } catch (error) {
    if (chain) await chain.close()
    else opened.journal.close()
    throw error
  }
}

function newHeader({ chainId, hardfork }: ChainConfig, genesis: Genesis): JournalHeader {
  return {
    kind: 'header',
    format: 1,
    engine: ENGINE_VERSION,
    writer: `0g ${VERSION}`,
    chainId,
    hardfork,
    // The chain begins when it is made: the clock of contracts is the clock of the people who use them.
    genesisTime: Math.floor(Date.now() / 1000),
    genesisHash: createHash('sha256').update(JSON.stringify(genesis.alloc)).digest('hex'),
  }
}

/** A journal replays only on what it was written with. */
function requireSameChain(path: string, found: JournalHeader, wanted: JournalHeader): void {
  const fields = ['engine', 'chainId', 'hardfork', 'genesisHash'] as const
  const differing = fields.filter((field) => found[field] !== wanted[field])
  const [first] = differing
  if (first === undefined) return
  if (differing.every((field) => field === 'chainId' || field === 'hardfork')) {
    const setting = first === 'chainId' ? 'chain-id' : first
    throw ogError('SETTING_FIXED', { network: path, setting, found: found[first], wanted: wanted[first] })
  }
  const describe = (header: JournalHeader) =>
    [header.writer, ...differing.map((field) => `${field} ${String(header[field]).slice(0, 16)}`)].join(', ')
  throw ogError('STATE_INCOMPATIBLE', { path, found: describe(found), wanted: describe(wanted) })
}
