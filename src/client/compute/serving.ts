import { contractAbi } from '../../contracts/abi.ts'
import { isOgError, ogError } from '../../errors/og-error.ts'
import type { Hex } from '../../protocol/ecdsa.ts'
import { readContract } from '../chain/contract.ts'
import { createRpc, type RpcClient } from '../chain/rpc.ts'
import type { NetworkProfile } from '../profile.ts'

/** A service as InferenceServing stores it; prices are neuron (wei) per token. */
export type OnChainService = {
  provider: Hex
  serviceType: string
  url: string
  inputPrice: bigint
  outputPrice: bigint
  /** seconds since 1970, by the chain's clock */
  updatedAt: bigint
  model: string
  verifiability: string
  additionalInfo: string
  teeSignerAddress: Hex
  teeSignerAcknowledged: boolean
}

/** A user's sub-account with one provider; amounts are wei. */
export type OnChainAccount = {
  user: Hex
  provider: Hex
  nonce: bigint
  balance: bigint
  pendingRefund: bigint
  refunds: readonly { index: bigint; amount: bigint; createdAt: bigint; processed: boolean }[]
  additionalInfo: string
  acknowledged: boolean
  validRefundsLength: bigint
  generation: bigint
  revokedBitmap: bigint
}

/** The two contracts of the compute marketplace, and the node they are read through. */
export type ComputeContracts = { rpc: RpcClient; ledger: Hex; inference: Hex; chainId: number }

const PAGE_LENGTH = 50n

/**
 * The compute contracts of a network.
 * @throws OgError NOT_FOUND when the network has no compute marketplace
 */
export function computeContracts(profile: NetworkProfile, rpc: RpcClient = createRpc(profile.rpc)): ComputeContracts {
  const ledger = profile.contracts['LedgerManager']
  const inference = profile.contracts['InferenceServing']
  if (!ledger || !inference) {
    throw ogError('NOT_FOUND', { what: `the compute marketplace of network ${profile.name}`, topic: 'compute' })
  }
  return { rpc, ledger, inference, chainId: profile.chainId }
}

/** Every service registered on chain, acknowledged or not, in the contract's order. */
export async function readServices(contracts: ComputeContracts, signal?: AbortSignal): Promise<OnChainService[]> {
  const services: OnChainService[] = []
  for (;;) {
    const [page, total] = await readInference<[OnChainService[], bigint]>(
      contracts,
      'getAllServices',
      [BigInt(services.length), PAGE_LENGTH],
      signal,
    )
    services.push(...page)
    if (page.length === 0 || BigInt(services.length) >= total) return services
  }
}

/** The service of one provider, or undefined when it has none. */
export async function readService(
  contracts: ComputeContracts,
  provider: string,
  signal?: AbortSignal,
): Promise<OnChainService | undefined> {
  const read = readInference<OnChainService>(contracts, 'getService', [provider], signal)
  return await unlessReverted(read, 'ServiceNotExist')
}

/** A user's sub-account with a provider, or undefined when there is none. */
export async function readAccount(
  contracts: ComputeContracts,
  user: string,
  provider: string,
  signal?: AbortSignal,
): Promise<OnChainAccount | undefined> {
  const read = readInference<OnChainAccount>(contracts, 'getAccount', [user, provider], signal)
  return await unlessReverted(read, 'AccountNotExists')
}

/** All sub-accounts of a user. */
export async function readAccountsOf(
  contracts: ComputeContracts,
  user: string,
  signal?: AbortSignal,
): Promise<OnChainAccount[]> {
  const accounts: OnChainAccount[] = []
  for (;;) {
    const [page, total] = await readInference<[OnChainAccount[], bigint]>(
      contracts,
      'getAccountsByUser',
      [user, BigInt(accounts.length), PAGE_LENGTH],
      signal,
    )
    accounts.push(...page)
    if (page.length === 0 || BigInt(accounts.length) >= total) return accounts
  }
}

/** Calls a view function of InferenceServing. */
export async function readInference<T>(
  { rpc, inference }: ComputeContracts,
  functionName: string,
  args: readonly unknown[] = [],
  signal?: AbortSignal,
): Promise<T> {
  const abi = contractAbi('InferenceServing')
  return await readContract<T>({ rpc, address: inference, abi, functionName, args, signal })
}

/** Calls a view function of LedgerManager. */
export async function readLedgerManager<T>(
  { rpc, ledger }: ComputeContracts,
  functionName: string,
  args: readonly unknown[] = [],
  signal?: AbortSignal,
): Promise<T> {
  const abi = contractAbi('LedgerManager')
  return await readContract<T>({ rpc, address: ledger, abi, functionName, args, signal })
}

/** The value, or undefined when the contract reverted with the named custom error. */
export async function unlessReverted<T>(read: Promise<T>, errorName: string): Promise<T | undefined> {
  try {
    return await read
  } catch (error) {
    if (isOgError(error) && error.code === 'RPC_REVERTED' && error.details?.['error'] === errorName) return undefined
    throw error
  }
}
