import type { Hex } from '../../protocol/ecdsa.ts'
import type { Wallet } from '../chain/wallet.ts'
import type { NetworkProfile } from '../profile.ts'
import { depositToLedger, readLedger, transferToProvider } from './ledger.ts'
import { type OnComputeStep, reportStep } from './progress.ts'
import { computeContracts, readAccountsOf } from './serving.ts'

/** What a user has in the compute marketplace. Amounts are wei; `lockedWei` can be spent at that provider only. */
export type ComputeAccount = {
  address: Hex
  hasLedger: boolean
  totalWei: bigint
  availableWei: bigint
  providers: {
    provider: Hex
    lockedWei: bigint
    returningWei: bigint
    acknowledged: boolean
    settlementNonce: bigint
  }[]
}

/** Ledger and sub-accounts of a user. */
export async function readComputeAccount(options: {
  profile: NetworkProfile
  address: Hex
  signal?: AbortSignal | undefined
}): Promise<ComputeAccount> {
  const { profile, address, signal } = options
  const contracts = computeContracts(profile)
  const [ledger, accounts] = await Promise.all([
    readLedger(contracts, address, signal),
    readAccountsOf(contracts, address, signal),
  ])
  return {
    address,
    hasLedger: ledger !== undefined,
    totalWei: ledger?.totalWei ?? 0n,
    availableWei: ledger?.availableWei ?? 0n,
    providers: accounts.map((account) => ({
      provider: account.provider,
      lockedWei: account.balance,
      returningWei: account.pendingRefund,
      acknowledged: account.acknowledged,
      settlementNonce: account.nonce,
    })),
  }
}

export type Deposit = {
  address: Hex
  depositedWei: bigint
  txHash: Hex
  lockedFor: Hex | null
  account: ComputeAccount
}

/**
 * Puts money into a user's ledger and, with `provider`, locks the same amount for that provider.
 * @throws OgError RPC_REVERTED (under the minimum), INSUFFICIENT_FUNDS
 */
export async function deposit(options: {
  profile: NetworkProfile
  wallet: Wallet
  amountWei: bigint
  provider?: Hex | undefined
  onStep?: OnComputeStep | undefined
  signal?: AbortSignal | undefined
}): Promise<Deposit> {
  const { profile, wallet, amountWei, provider, onStep, signal } = options
  const contracts = computeContracts(profile)
  const receipt = await reportStep(onStep, 'deposit', 'deposit into the ledger', () =>
    depositToLedger(contracts, wallet, amountWei, signal),
  )
  if (provider) {
    await reportStep(onStep, 'transfer', 'lock it for the provider', () =>
      transferToProvider(contracts, wallet, provider, amountWei, signal),
    )
  }
  const account = await readComputeAccount({ profile, address: wallet.address, signal })
  const { transactionHash: txHash } = receipt
  return { address: wallet.address, depositedWei: amountWei, txHash, lockedFor: provider ?? null, account }
}
