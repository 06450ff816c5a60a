import { ogError } from '../../errors/og-error.ts'
import type { NetworkProfile } from '../profile.ts'
import { formatAmount } from './amount.ts'
import { nameOf } from './names.ts'
import { createRpc, type Hex } from './rpc.ts'
import { type Receipt, sendTransaction } from './transaction.ts'
import { resolveAddress, walletFromMnemonic } from './wallet.ts'

export type AccountRow = {
  index: number
  label: string
  address: Hex
  balanceWei: bigint
  /** in 0G */
  balance: string
  nonce: number
  privateKey?: Hex
}

type Options = { profile: NetworkProfile; signal?: AbortSignal | undefined }

/** The accounts of a devnet with their balances; private keys only when asked for. */
export async function listAccounts({
  profile,
  signal,
  showKeys = false,
}: Options & { showKeys?: boolean }): Promise<AccountRow[]> {
  const rpc = createRpc(profile.rpc)
  return await Promise.all(
    profile.accounts.map(async ({ index, role, address }) => {
      const [balance, nonce] = await Promise.all([
        rpc.request<Hex>('eth_getBalance', [address, 'latest'], { signal }),
        rpc.request<Hex>('eth_getTransactionCount', [address, 'latest'], { signal }),
      ])
      return {
        index,
        label: role,
        address,
        balanceWei: BigInt(balance),
        balance: formatAmount(BigInt(balance)),
        nonce: Number(nonce),
        ...(showKeys && profile.mnemonic ? { privateKey: walletFromMnemonic(profile.mnemonic, index).privateKey } : {}),
      }
    }),
  )
}

export type Balance = { account: string; address: Hex; balanceWei: bigint; balance: string }

/** Balance of an account or contract given by label, index, contract name or address. @throws OgError UNKNOWN_ACCOUNT */
export async function readBalance(account: string, { profile, signal }: Options): Promise<Balance> {
  const address = resolveAddress(profile, account)
  const balanceWei = BigInt(
    await createRpc(profile.rpc).request<Hex>('eth_getBalance', [address, 'latest'], { signal }),
  )
  return { account: nameOf(profile, address) ?? address, address, balanceWei, balance: formatAmount(balanceWei) }
}

export type Funding = Balance & { amountWei: bigint; txHash: Hex }

/** The account of a devnet that gives money away. */
const FAUCET = 'faucet'

/**
 * Sends 0G from a devnet's faucet; a faucet that runs dry is refilled first, so any amount works.
 * @throws OgError DEVNET_ONLY, UNKNOWN_ACCOUNT
 */
export async function fundAccount(account: string, amountWei: bigint, { profile, signal }: Options): Promise<Funding> {
  const faucet = profile.accounts.find(({ role }) => role === FAUCET)
  if (profile.mnemonic === undefined || !faucet) {
    throw ogError('DEVNET_ONLY', { what: 'funding an account', network: profile.name })
  }
  const rpc = createRpc(profile.rpc)
  const to = resolveAddress(profile, account)
  const available = BigInt(await rpc.request<Hex>('eth_getBalance', [faucet.address, 'latest'], { signal }))
  const reserve = 10n ** 18n
  if (available < amountWei + reserve) {
    await rpc.request('hardhat_setBalance', [faucet.address, `0x${(amountWei + reserve * 10_000n).toString(16)}`], {
      signal,
    })
  }
  const wallet = walletFromMnemonic(profile.mnemonic, faucet.index)
  const receipt: Receipt = await sendTransaction({ rpc, wallet, to, valueWei: amountWei, signal, what: 'the transfer' })
  return { ...(await readBalance(to, { profile, signal })), amountWei, txHash: receipt.transactionHash }
}
