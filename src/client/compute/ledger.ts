import { contractAbi } from '../../contracts/abi.ts'
import { ogError } from '../../errors/og-error.ts'
import { formatAmount } from '../chain/amount.ts'
import { type Receipt as TxReceipt, writeContract } from '../chain/contract.ts'
import type { Wallet } from '../chain/wallet.ts'
import { type OnComputeStep, reportStep } from './progress.ts'
import {
  type ComputeContracts,
  type OnChainAccount,
  readAccount,
  readLedgerManager,
  unlessReverted,
} from './serving.ts'

const ONE_0G = 10n ** 18n
/** LedgerManager refuses to open a ledger with less (MIN_ACCOUNT_BALANCE). */
const MIN_LEDGER_WEI = 3n * ONE_0G
/** LedgerManager refuses smaller first transfers to a provider (MIN_TRANSFER_AMOUNT). */
const MIN_TRANSFER_WEI = ONE_0G
/** Providers keep this much of a sub-account untouched, on top of fees (0G compute spec §4.5). */
export const RESERVE_WEI = ONE_0G
/** What a top-up brings a sub-account to, as official clients do. */
const TARGET_WEI = 2n * ONE_0G
/** What a devnet account opens its ledger with: room for two providers. */
const OPENING_WEI = 5n * ONE_0G

/** A user's ledger: `available` is free, the rest is locked in sub-accounts of providers. Wei. */
export type Ledger = { availableWei: bigint; totalWei: bigint }

/** The ledger of a user, or undefined when none was opened. */
export async function readLedger(
  contracts: ComputeContracts,
  user: string,
  signal?: AbortSignal,
): Promise<Ledger | undefined> {
  const read = readLedgerManager<{ availableBalance: bigint; totalBalance: bigint }>(
    contracts,
    'getLedger',
    [user],
    signal,
  )
  const ledger = await unlessReverted(read, 'LedgerNotExists')
  return ledger && { availableWei: ledger.availableBalance, totalWei: ledger.totalBalance }
}

/**
 * Puts money into the user's ledger; opens it when there is none, for which the contract wants at least 3 0G.
 * @throws OgError RPC_REVERTED (too little), INSUFFICIENT_FUNDS
 */
export async function depositToLedger(
  contracts: ComputeContracts,
  wallet: Wallet,
  amountWei: bigint,
  signal?: AbortSignal,
): Promise<TxReceipt> {
  return await writeLedger(contracts, wallet, 'depositFund', [], amountWei, signal)
}

/** Moves money from the ledger's free part into the sub-account with a provider; creates and acknowledges it. */
export async function transferToProvider(
  contracts: ComputeContracts,
  wallet: Wallet,
  provider: string,
  amountWei: bigint,
  signal?: AbortSignal,
): Promise<TxReceipt> {
  const service = await serviceName(contracts, signal)
  return await writeLedger(contracts, wallet, 'transferFund', [provider, service, amountWei], 0n, signal)
}

/**
 * Makes sure that the user can pay a provider for a request of up to `feeWei` beyond what is unsettled: sub-account funded and
 * acknowledged, topped up from the ledger, and, with `autoDeposit` (devnets), the ledger from the wallet. Returns the
 * sub-account as it is afterwards; does nothing when everything is in place.
 * @throws OgError LEDGER_UNFUNDED when the ledger has too little and may not be filled, INSUFFICIENT_FUNDS
 */
export async function ensureFunded(options: {
  contracts: ComputeContracts
  wallet: Wallet
  provider: string
  feeWei: bigint
  unsettledWei?: bigint
  autoDeposit: boolean
  onStep?: OnComputeStep | undefined
  signal?: AbortSignal | undefined
}): Promise<OnChainAccount> {
  const { contracts, wallet, provider, feeWei, unsettledWei = 0n, autoDeposit, onStep, signal } = options
  const account = await readAccount(contracts, wallet.address, provider, signal)
  const free = account ? account.balance - account.pendingRefund : 0n
  const needed = RESERVE_WEI + feeWei + unsettledWei
  // Fees of earlier answers may still be unsettled: stay half a 0G above the line so that a top-up is rare.
  const isLow = free < needed + ONE_0G / 2n
  if (account && !isLow && account.acknowledged) return account

  if (isLow) {
    // A usual request fits into the slack between target and reserve; only an unusually dear one raises the amount.
    const extra = feeWei + unsettledWei - ONE_0G / 2n
    const missing = TARGET_WEI + (extra > 0n ? extra : 0n) - free
    const transfer = missing > MIN_TRANSFER_WEI ? missing : MIN_TRANSFER_WEI
    await ensureLedger({ contracts, wallet, needWei: transfer, autoDeposit, onStep, signal })
    await reportStep(onStep, 'transfer', `lock ${formatAmount(transfer)} 0G for the provider`, () =>
      transferToProvider(contracts, wallet, provider, transfer, signal),
    )
  } else {
    await reportStep(onStep, 'acknowledge', "acknowledge the provider's signer", () =>
      acknowledgeSigner(contracts, wallet, provider, signal),
    )
  }
  const funded = await readAccount(contracts, wallet.address, provider, signal)
  if (!funded) throw ogError('BUG', { reason: 'the sub-account is gone right after its transfer' })
  return funded
}

/** Tells the contract that the user accepts the provider's signer; settlement is refused without it. */
export async function acknowledgeSigner(
  contracts: ComputeContracts,
  wallet: Wallet,
  provider: string,
  signal?: AbortSignal,
): Promise<TxReceipt> {
  const { rpc, inference } = contracts
  const abi = contractAbi('InferenceServing')
  const args = [provider, true]
  return await writeContract({
    rpc,
    wallet,
    address: inference,
    abi,
    functionName: 'acknowledgeTEESigner',
    args,
    signal,
  })
}

async function ensureLedger(options: {
  contracts: ComputeContracts
  wallet: Wallet
  needWei: bigint
  autoDeposit: boolean
  onStep?: OnComputeStep | undefined
  signal?: AbortSignal | undefined
}): Promise<void> {
  const { contracts, wallet, needWei, autoDeposit, onStep, signal } = options
  const ledger = await readLedger(contracts, wallet.address, signal)
  const available = ledger?.availableWei ?? 0n
  if (available >= needWei) return
  const missing = needWei - available
  const minimum = ledger ? missing : missing > MIN_LEDGER_WEI ? missing : MIN_LEDGER_WEI
  if (!autoDeposit) {
    const args = { address: wallet.address, have: formatAmount(available), need: formatAmount(minimum) }
    throw ogError('LEDGER_UNFUNDED', args)
  }
  const deposit = minimum > OPENING_WEI ? minimum : OPENING_WEI
  const title = ledger
    ? `add ${formatAmount(deposit)} 0G to the ledger`
    : `open a ledger with ${formatAmount(deposit)} 0G`
  await reportStep(onStep, 'deposit', title, () => depositToLedger(contracts, wallet, deposit, signal))
}

const serviceNames = new Map<string, string>()

/** The name the ledger knows the inference contract by (`inference-v1.0` on public networks). */
async function serviceName(contracts: ComputeContracts, signal?: AbortSignal): Promise<string> {
  const key = `${contracts.rpc.url} ${contracts.ledger}`
  const known = serviceNames.get(key)
  if (known !== undefined) return known
  const { fullName } = await readLedgerManager<{ fullName: string }>(
    contracts,
    'getServiceInfo',
    [contracts.inference],
    signal,
  )
  serviceNames.set(key, fullName)
  return fullName
}

async function writeLedger(
  { rpc, ledger }: ComputeContracts,
  wallet: Wallet,
  functionName: string,
  args: readonly unknown[],
  value: bigint,
  signal?: AbortSignal,
): Promise<TxReceipt> {
  const abi = contractAbi('LedgerManager')
  return await writeContract({ rpc, wallet, address: ledger, abi, functionName, args, value, signal })
}
