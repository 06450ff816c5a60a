import { join } from 'node:path'
import type { Logger } from 'pino'
import { createRpc, type Hex } from '../../client/chain/rpc.ts'
import { bindServer } from '../../runtime/child/bind-server.ts'
import type { StartedService } from '../../runtime/child/service.ts'
import { AddressIndex } from './address-index.ts'
import { ChainFollower } from './chain-follower.ts'
import { createChainSource } from './chain-source.ts'
import { findCompilers } from './compilers.ts'
import { createExplorerServer } from './http-server.ts'
import { postJsonText } from './post-json-text.ts'
import { VerificationQueue } from './verification-queue.ts'
import { VerifiedContracts } from './verified-contracts.ts'

/** How long a starting chain is waited for. */
const CHAIN_RETRY_MS = 30_000

export type ExplorerOptions = {
  /** URL of the chain's JSON-RPC */
  chainRpc: string
  /** contracts of the genesis: name → address */
  contracts: Readonly<Record<string, string>>
  mnemonic: string
  /** the development account that the faucet pays from */
  faucetIndex: number
  /** where Solidity compilers are, one folder a version */
  compilersDir: string
  dataDir: string
  host: string
  port: number
  strictPorts: boolean
  log: Logger
  signal: AbortSignal
}

/**
 * Starts the explorer: an index of the chain by address behind Etherscan's API, verification of contracts, the faucet.
 * @throws OgError PORT_IN_USE, NETWORK_UNREACHABLE
 */
export async function startExplorer(options: ExplorerOptions): Promise<StartedService> {
  const { log, chainRpc, dataDir } = options
  const stopped = new AbortController()
  const signal = AbortSignal.any([options.signal, stopped.signal])
  await createRpc(chainRpc, { retryForMs: CHAIN_RETRY_MS, transport: postJsonText }).request('eth_chainId')
  const source = createChainSource(chainRpc)
  const index = new AddressIndex(join(dataDir, 'index.db'))
  const verified = new VerifiedContracts(join(dataDir, 'contracts.db'))
  const follower = new ChainFollower(source, index, log)
  const queue = new VerificationQueue(log)
  const names = Object.entries(options.contracts).map(
    ([name, address]) => [address.toLowerCase() as Hex, name] as const,
  )
  const server = createExplorerServer({
    explorer: {
      rpc: source.rpc,
      source,
      index,
      follower,
      verified,
      queue,
      compilers: findCompilers(options.compilersDir),
      genesisContracts: new Map(names),
      log,
      signal,
    },
    pay: lazyFaucet(options, source.rpc),
  })
  const url = await bindServer(server, { host: options.host, port: options.port, strict: options.strictPorts })
  follower.follow(signal)
  log.info({ url }, 'explorer ready')
  return {
    endpoints: { explorer: `${url}/open/api`, faucet: `${url}/faucet` },
    stop: async () => {
      stopped.abort()
      server.close()
      server.closeAllConnections()
      await Promise.all([follower.idle(), queue.idle()])
      index.close()
      verified.close()
    },
  }
}

/** Signing costs a start what most explorers never need: it is loaded with the first payment. */
function lazyFaucet({ mnemonic, faucetIndex }: ExplorerOptions, rpc: ReturnType<typeof createRpc>) {
  const faucet = async () => new (await import('./faucet.ts')).Faucet({ rpc, mnemonic, index: faucetIndex })
  let loaded: ReturnType<typeof faucet> | undefined
  return async (address: unknown, amount: unknown) => {
    loaded ??= faucet()
    return (await loaded).pay(address, amount)
  }
}
