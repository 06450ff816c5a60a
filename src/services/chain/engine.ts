import edr from '@nomicfoundation/edr'
import type { Hex } from '../../client/chain/rpc.ts'
import type { Genesis } from '../../contracts/genesis.ts'

/**
 * The only file that knows which EVM engine runs the chain. Everything else sees requests and replies as JSON text:
 * `handle` takes a JSON-RPC request and resolves to `{"result":…}` or `{"error":…}` without an id.
 */
export type Engine = {
  handle(requestJson: string): Promise<string>
  /** Called for every event of an `eth_subscribe`; `result` is plain data. */
  onEvent(listener: (subscription: Hex, result: unknown) => void): void
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
  fork?: { url: string; chainId: number; blockNumber: number } | undefined
}

/** Engine and version that the journal is tied to: only the same one replays it to the same block hashes. */
export const ENGINE_VERSION = 'edr 0.22.0'

const BLOCK_GAS_LIMIT = 60_000_000n
/** EDR records every step it executes (65 MB per Mgas in a tight loop): one call or transaction may not take the node down. */
export const GAS_CAP = 30_000_000n
const DEFAULT_CALL_GAS = 16_777_216n
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
  let listener: ((subscription: Hex, result: unknown) => void) | undefined
  const provider = await (await context).createProvider(
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
      genesisState: options.fork ? balanceOverrides(options.genesis) : genesisState(options),
      hardfork: options.hardfork,
      initialBaseFeePerGas: INITIAL_BASE_FEE_WEI,
      initialParentBeaconBlockRoot: new Uint8Array(32),
      minGasPrice: 0n,
      mining: { autoMine: true, blockGasLimit: BLOCK_GAS_LIMIT, memPool: { order: edr.MineOrdering.Fifo } },
      network: networkOf(options),
      observability: {},
      ownedAccounts: [...options.privateKeys],
      precompileOverrides: [],
    },
    { enable: false, decodeConsoleLogInputsCallback: () => [], printLineCallback: () => {} },
    { subscriptionCallback: ({ filterId, result }) => listener?.(`0x${filterId.toString(16)}`, result) },
    new edr.ContractDecoder(),
  )
  return {
    async handle(requestJson) {
      const { data } = await provider.handleRequest(requestJson)
      // Replies beyond what a string may hold come as an object (EDR d.ts).
      return typeof data === 'string' ? data : JSON.stringify(data)
    },
    onEvent(next) {
      listener = next
    },
  }
}

function networkOf({ fork, genesisTime, hardfork }: EngineOptions): edr.ForkConfig | edr.LocalConfig {
  if (!fork) {
    return {
      genesisBlockGasLimit: BLOCK_GAS_LIMIT,
      genesisBlockTime: BigInt(genesisTime),
      genesisBlobGas: { gasUsed: 0n, excessGas: 0n },
    }
  }
  // The engine has no history of hardforks for networks it does not know, and needs one for calls on blocks below the fork.
  const hardforkActivationOverrides = [{ condition: { blockNumber: 0n }, hardfork }]
  return {
    url: fork.url,
    blockNumber: BigInt(fork.blockNumber),
    chainOverrides: [{ chainId: BigInt(fork.chainId), name: 'the forked network', hardforkActivationOverrides }],
  }
}

function balanceOverrides({ alloc }: Pick<Genesis, 'alloc'>): edr.AccountOverride[] {
  return Object.entries(alloc).map(([address, { balance }]) => ({ address: bytes(address), balance: BigInt(balance) }))
}

/** System contracts of the hardfork (EIP-4788, 2935, 7002, 7251) first, so that the genesis file can override them. */
function genesisState({ genesis, hardfork }: EngineOptions): edr.AccountOverride[] {
  const accounts = new Map<string, edr.AccountOverride>()
  for (const account of edr.l1GenesisState(edr.l1HardforkFromString(hardfork))) {
    accounts.set(Buffer.from(account.address).toString('hex'), account)
  }
  for (const [address, account] of Object.entries(genesis.alloc)) {
    const { balance, nonce, code, storage } = account
    accounts.set(address.slice(2).toLowerCase(), {
      address: bytes(address),
      balance: BigInt(balance),
      nonce: BigInt(nonce),
      ...(code ? { code: bytes(code) } : {}),
      storage: Object.entries(storage ?? {}).map(([index, value]) => ({ index: BigInt(index), value: BigInt(value) })),
    })
  }
  return [...accounts.values()]
}

function bytes(hex: string): Uint8Array {
  return Buffer.from(hex.slice(2), 'hex')
}
