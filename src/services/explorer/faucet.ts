import { formatAmount, parseAmount } from '../../client/chain/amount.ts'
import type { Hex, RpcClient } from '../../client/chain/rpc.ts'
import { submitTransaction, waitForReceipt } from '../../client/chain/transaction.ts'
import { walletFromMnemonic } from '../../client/chain/wallet.ts'
import { ogError } from '../../errors/og-error.ts'

export type FaucetPayment = { txHash: Hex; from: Hex; to: Hex; amountWei: bigint; blockNumber: number | null }

const DEFAULT_AMOUNT = '10'
const MAX_AMOUNT = '100'
const MAX_WAITING = 64
/** A network that mines every few seconds has the payment in its pool by then: it comes. */
const RECEIPT_WITHIN_MS = 10_000

/** Pays from one development account; payments at the same time queue up, so that their nonces never collide. */
export class Faucet {
  readonly #rpc: RpcClient
  readonly #mnemonic: string
  readonly #index: number
  #waiting = 0

  constructor(options: { rpc: RpcClient; mnemonic: string; index: number }) {
    this.#rpc = options.rpc
    this.#mnemonic = options.mnemonic
    this.#index = options.index
  }

  /**
   * Sends `amount` 0G (10 unless said, 100 at most) to an address.
   * @throws OgError VALUE_INVALID, FAUCET_BUSY, INSUFFICIENT_FUNDS, NETWORK_UNREACHABLE
   */
  async pay(address: unknown, amount: unknown = DEFAULT_AMOUNT): Promise<FaucetPayment> {
    if (typeof address !== 'string' || !/^0x[0-9a-f]{40}$/i.test(address))
      throw ogError('VALUE_INVALID', {
        value: JSON.stringify(address) ?? 'nothing',
        expected: 'an address',
        example: 'for example {"address":"0x7099…79c8","amount":"10"}',
      })
    const amountWei = amountOf(amount)
    if (this.#waiting >= MAX_WAITING) throw ogError('FAUCET_BUSY', { waiting: this.#waiting })
    this.#waiting++
    try {
      const wallet = walletFromMnemonic(this.#mnemonic, this.#index)
      const to = address.toLowerCase() as Hex
      const options = { rpc: this.#rpc, wallet, to, valueWei: amountWei, what: 'the payment of the faucet' }
      const txHash = await submitTransaction(options)
      const receipt = await waitForReceipt(this.#rpc, txHash, { timeoutMs: RECEIPT_WITHIN_MS }).catch(() => undefined)
      return { txHash, from: wallet.address, to, amountWei, blockNumber: receipt ? Number(receipt.blockNumber) : null }
    } finally {
      this.#waiting--
    }
  }
}

function amountOf(amount: unknown): bigint {
  const text = typeof amount === 'number' || typeof amount === 'string' ? String(amount) : JSON.stringify(amount)
  const amountWei = parseAmount(text)
  if (amountWei > 0n && amountWei <= parseAmount(MAX_AMOUNT)) return amountWei
  throw ogError('VALUE_INVALID', {
    value: `${formatAmount(amountWei)} 0G`,
    expected: `more than nothing and at most ${MAX_AMOUNT} 0G at a time`,
    example: '`0g chain fund` gives more',
  })
}
