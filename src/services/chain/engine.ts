import edr from '@nomicfoundation/edr'
import type { Hex } from '../../client/chain/rpc.ts'
import type { Genesis } from '../../contracts/genesis.ts'
import type { WorldState } from './history/world-state.ts'

/**
 * The only file that knows which EVM engine runs the chain. Everything else sees requests and replies as JSON text:
 * `handle` takes a JSON-RPC request and resolves to `{"result":…}` or `{"error":…}` without an id.
 */
export type Engine = {
  handle(requestJson: string): Promise<string>
  /** Lets go of what the engine holds outside this process; it takes no further request. */
  close?(): Promise<void>
}

export type EngineOptions = {
  chainId: number
  hardfork: string
  genesis: Pick<Genesis, 'alloc'>
  /** seconds since 1970 of block 0 */
  genesisTime: number
  /** private keys the node signs for (eth_accounts, eth_sendTransaction, personal_sign) */
  privateKeys: readonly Hex[]
  /** the chain begins with the state of this block of another network, and of the genesis only balances count */
  fork?: { url: string; chainId: number; blockNumber: number; cacheDir: string } | undefined
  start?: EngineStart | undefined
}

/** The state and the surroundings in which an engine begins instead of at the genesis file. */
export type EngineStart = {
  world: WorldState
  /** seconds since 1970 of block 0 */
  timestamp: number
  /** from which the roots of the blocks to come are derived */
  parentBeaconBlockRoot: Hex
}

/** Engine and version that the journal is tied to: only the same one replays it to the same block hashes. */
export const ENGINE_VERSION = 'edr 0.22.0'

const BLOCK_GAS_LIMIT = 60_000_000n
/** EDR records every step it executes (65 MB per Mgas in a tight loop): one call or transaction may not take the node down. */
export const GAS_CAP = 30_000_000n
const DEFAULT_CALL_GAS = 16_777_216n
/**
 * What a call gets that names no gas. The tightest endless loop took 3.9 GB and 11 s with 16.7 million (2026-11-22; calls at the same time add
 * little, the engine runs one after the other); so it ends at 60 % of that. Who needs more says so, up to the cap.
 */
export const CALL_GAS = 10_000_000n
const INITIAL_BASE_FEE_WEI = 1_000_000_000n
/** where fees go: an address nobody has a key for */
const COINBASE = 'c014ba5ec014ba5ec014ba5ec014ba5ec014ba5e'

let context: Promise<edr.EdrContext> | undefined

async function createContext(): Promise<edr.EdrContext> {
  const created = new edr.EdrContext()
  await created.registerProviderFactory(edr.L1_CHAIN_TYPE, edr.l1ProviderFactory())
  return created
}

/** Starts an in-memory chain at its genesis block. It mines a block per transaction until told otherwise. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  context ??= createContext()
  const provider = await createProvider(await context, options)
  return {
    async handle(requestJson) {
      const { data } = await provider.handleRequest(requestJson)
      // Replies beyond what a string may hold come as an object (EDR d.ts).
      return typeof data === 'string' ? data : JSON.stringify(data)
    },
  }
}

function createProvider(edrContext: edr.EdrContext, options: EngineOptions): Promise<edr.Provider> {
  return edrContext.createProvider(
    edr.L1_CHAIN_TYPE,
    {
      // 0G Chain accepts a block with its parent's timestamp; without it chain time would run ahead of the clock under load.
      allowBlocksWithSameTimestamp: true,
      allowUnlimitedContractSize: false,
      bailOnCallFailure: true,
      bailOnTransactionFailure: false,
      chainId: BigInt(options.chainId),
      networkId: BigInt(options.chainId),
      coinbase: Buffer.from(COINBASE, 'hex'),
      defaultTransactionGasLimit: DEFAULT_CALL_GAS,
      transactionGasCap: GAS_CAP,
      genesisState: options.fork
        ? balanceOverrides(options.genesis)
        : accountOverrides(options.start?.world ?? genesisWorld(options)),
      hardfork: options.hardfork,
      initialBaseFeePerGas: INITIAL_BASE_FEE_WEI,
      initialParentBeaconBlockRoot: options.start ? bytes(options.start.parentBeaconBlockRoot) : new Uint8Array(32),
      minGasPrice: 0n,
      mining: { autoMine: true, blockGasLimit: BLOCK_GAS_LIMIT, memPool: { order: edr.MineOrdering.Fifo } },
      network: networkOf(options),
      observability: {},
      ownedAccounts: [...options.privateKeys],
      precompileOverrides: [],
    },
    { enable: false, decodeConsoleLogInputsCallback: noInputs, printLineCallback: nothing },
    { subscriptionCallback: nothing },
    new edr.ContractDecoder(),
  )
}

// The provider holds on to its callbacks. Were they closures from where the provider is in reach, neither would ever be collected.
const noInputs = (): string[] => []
const nothing = (): void => {}

function networkOf({ fork, start, genesisTime, hardfork }: EngineOptions): edr.ForkConfig | edr.LocalConfig {
  if (!fork) {
    return {
      genesisBlockGasLimit: BLOCK_GAS_LIMIT,
      genesisBlockTime: BigInt(start?.timestamp ?? genesisTime),
      genesisBlobGas: { gasUsed: 0n, excessGas: 0n },
    }
  }
  // The engine has no history of hardforks for networks it does not know, and needs one for calls on blocks below the fork.
  const hardforkActivationOverrides = [{ condition: { blockNumber: 0n }, hardfork }]
  return {
    url: fork.url,
    blockNumber: BigInt(fork.blockNumber),
    cacheDir: fork.cacheDir,
    chainOverrides: [{ chainId: BigInt(fork.chainId), name: 'the forked network', hardforkActivationOverrides }],
  }
}

function balanceOverrides({ alloc }: Pick<Genesis, 'alloc'>): edr.AccountOverride[] {
  return Object.entries(alloc).map(([address, { balance }]) => ({ address: bytes(address), balance: BigInt(balance) }))
}

/** The state of block 0: system contracts of the hardfork (EIP-4788, 2935, 7002, 7251) first, so that the genesis file can override them. */
export function genesisWorld({ genesis, hardfork }: Pick<EngineOptions, 'genesis' | 'hardfork'>): WorldState {
  const world: WorldState = new Map()
  for (const { address, balance, nonce, code, storage } of edr.l1GenesisState(edr.l1HardforkFromString(hardfork))) {
    world.set(hex(address), {
      balance: balance ?? 0n,
      nonce: nonce ?? 0n,
      code: hex(code ?? new Uint8Array()),
      storage: new Map(
        (storage ?? []).map(({ index, value }) => [`0x${index.toString(16)}`, `0x${value.toString(16)}`]),
      ),
    })
  }
  for (const [address, { balance, nonce, code, storage }] of Object.entries(genesis.alloc)) {
    const slots = Object.entries(storage ?? {}).map(([index, value]): [string, string] => [
      `0x${BigInt(index).toString(16)}`,
      `0x${BigInt(value).toString(16)}`,
    ])
    world.set(address.toLowerCase() as Hex, {
      balance: BigInt(balance),
      nonce: BigInt(nonce),
      code: code ?? '0x',
      storage: new Map(slots),
    })
  }
  return world
}

function accountOverrides(world: WorldState): edr.AccountOverride[] {
  return Array.from(world, ([address, { balance, nonce, code, storage }]) => ({
    address: bytes(address),
    balance,
    nonce,
    ...(code.length > 2 ? { code: bytes(code) } : {}),
    storage: Array.from(storage, ([index, value]) => ({ index: BigInt(index), value: BigInt(value) })),
  }))
}

function hex(content: Uint8Array): Hex {
  return `0x${Buffer.from(content).toString('hex')}`
}

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex.slice(2), 'hex')
}
