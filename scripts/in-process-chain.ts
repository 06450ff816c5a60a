import type { AccountOverride, EdrContext, Provider } from '@nomicfoundation/edr'
import {
  EdrContext as Context,
  ContractDecoder,
  L1_CHAIN_TYPE,
  l1GenesisState,
  l1HardforkFromString,
  l1ProviderFactory,
  MineOrdering,
} from '@nomicfoundation/edr'

/** A geth-style allocation, as in genesis.json. */
export type Allocation = Record<
  string,
  { balance?: string; nonce?: string; code?: string; storage?: Record<string, string> }
>

export type InProcessChain = {
  request: <T = unknown>(method: string, params?: readonly unknown[]) => Promise<T>
}

export type InProcessChainOptions = {
  chainId: number
  alloc: Allocation
  timestamp: number
  blockGasLimit: number
  autoMine?: boolean
  ownedKeys?: string[]
  /** a reverted transaction is mined all the same, but its sending throws with the revert data */
  throwOnRevert?: boolean
  hardfork?: string
}

let context: Promise<EdrContext> | undefined

/** An EVM chain in this process, for building the genesis and for testing contracts: no port, no files. */
export async function startInProcessChain(options: InProcessChainOptions): Promise<InProcessChain> {
  context ??= createContext()
  const hardfork = options.hardfork ?? 'prague'
  const provider = await (await context).createProvider(
    L1_CHAIN_TYPE,
    {
      allowBlocksWithSameTimestamp: true,
      allowUnlimitedContractSize: false,
      bailOnCallFailure: true,
      bailOnTransactionFailure: options.throwOnRevert ?? false,
      chainId: BigInt(options.chainId),
      coinbase: new Uint8Array(20),
      defaultTransactionGasLimit: 16_000_000n,
      genesisState: genesisState(options.alloc, hardfork),
      hardfork,
      initialBaseFeePerGas: 0n,
      minGasPrice: 0n,
      mining: {
        autoMine: options.autoMine ?? true,
        blockGasLimit: BigInt(options.blockGasLimit),
        memPool: { order: MineOrdering.Fifo },
      },
      network: { genesisBlockGasLimit: BigInt(options.blockGasLimit), genesisBlockTime: BigInt(options.timestamp) },
      networkId: BigInt(options.chainId),
      observability: {},
      ownedAccounts: options.ownedKeys ?? [],
      precompileOverrides: [],
      transactionGasCap: false,
    },
    { enable: false, decodeConsoleLogInputsCallback: () => [], printLineCallback: () => undefined },
    { subscriptionCallback: () => undefined },
    new ContractDecoder(),
  )
  return { request: (method, params = []) => send(provider, method, params) }
}

async function createContext(): Promise<EdrContext> {
  const created = new Context()
  await created.registerProviderFactory(L1_CHAIN_TYPE, l1ProviderFactory())
  return created
}

/** System contracts of the hardfork (beacon roots, block hash history), then the allocation. */
function genesisState(alloc: Allocation, hardfork: string): AccountOverride[] {
  const accounts = new Map<string, AccountOverride>()
  for (const account of l1GenesisState(l1HardforkFromString(hardfork)))
    accounts.set(`0x${Buffer.from(account.address).toString('hex')}`, account)
  for (const [address, { balance, nonce, code, storage }] of Object.entries(alloc))
    accounts.set(address.toLowerCase(), {
      address: bytes(address),
      ...(balance === undefined ? {} : { balance: BigInt(balance) }),
      ...(nonce === undefined ? {} : { nonce: BigInt(nonce) }),
      ...(code === undefined ? {} : { code: bytes(code) }),
      ...(storage === undefined
        ? {}
        : {
            storage: Object.entries(storage).map(([index, value]) => ({ index: BigInt(index), value: BigInt(value) })),
          }),
    })
  return [...accounts.values()]
}

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex.slice(2), 'hex'))
}

async function send<T>(provider: Provider, method: string, params: readonly unknown[]): Promise<T> {
  const response = await provider.handleRequest(JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }))
  const reply = (typeof response.data === 'string' ? JSON.parse(response.data) : response.data) as {
    result?: T
    error?: { code: number; message: string; data?: unknown }
  }
  if (reply.error) {
    const { code, message, data } = reply.error
    const raw = typeof data === 'object' && data !== null && 'data' in data ? data.data : data
    throw Object.assign(new Error(`${method}: ${message}`), { code, data: raw })
  }
  return reply.result as T
}
