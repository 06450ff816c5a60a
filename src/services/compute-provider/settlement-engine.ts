import type { Logger } from 'pino'
import { eventsOfReceipt, getEvents, writeContract } from '../../client/chain/contract.ts'
import type { Wallet } from '../../client/chain/wallet.ts'
import { type ComputeContracts, type OnChainAccount, readAccount } from '../../client/compute/serving.ts'
import { contractAbi } from '../../contracts/abi.ts'
import {
  MAX_SETTLEMENTS_PER_CALL,
  nextSettlementNonce,
  requestsHash,
  SETTLEMENT_STATUS,
  type SettlementStatus,
  signSettlement,
} from '../../protocol/compute/settlement.ts'
import type { Hex } from '../../protocol/ecdsa.ts'
import { type FeeBook, type FeeRow, type SettlementOrder, settledRequestOf } from './fee-book.ts'

export type SettlementEngine = {
  /** Settles everything that is due, now; concurrent calls share one round. Errors of the chain are logged and retried later. */
  settle(): Promise<void>
  /** Says that a fee was added: settles at once when a user owes much. */
  noteFee(user: Hex): void
  stop(): void
}

type ResultEvent = { user: Hex; status: number; unsettledAmount: bigint }

/** After a refusal that only user or owner can mend (nobody acknowledged, no account) a user is left alone this long. */
const REFUSED_PAUSE_MS = 60_000

/**
 * Collects fees on chain (0G compute spec §4.12): per user one settlement signed by the TEE key, up to 50 in one transaction.
 * A settlement is journaled before it is sent. When its end is unknown afterwards, the chain is asked: the contract takes each
 * nonce once, so sending the same order again can never charge twice.
 */
export function createSettlementEngine(options: {
  contracts: ComputeContracts
  /** the provider's account: only it may settle its fees */
  wallet: Wallet
  signer: Wallet
  book: FeeBook
  log: Logger
  intervalMs: number
  /** a user who owes this much is settled at once */
  thresholdWei: bigint
}): SettlementEngine {
  const { contracts, wallet, signer, book, log, intervalMs, thresholdWei } = options
  const domain = { chainId: BigInt(contracts.chainId), verifyingContract: contracts.inference }
  const pausedUntilMs = new Map<Hex, number>()
  let running: Promise<void> | undefined

  const round = async (): Promise<void> => {
    const orders: SettlementOrder[] = []
    for (const order of book.unfinishedSettlements()) {
      const account = await readAccount(contracts, order.user, wallet.address)
      if (account && account.nonce >= BigInt(order.nonce)) await recordFromChain(order)
      else orders.push(order)
    }
    for (const [user, rows] of book.openRows()) {
      if ((pausedUntilMs.get(user) ?? 0) > Date.now()) continue
      const account = await readAccount(contracts, user, wallet.address)
      const order = account && placeOrder(user, rows, account)
      if (!order) {
        pausedUntilMs.set(user, Date.now() + REFUSED_PAUSE_MS)
        continue
      }
      await book.beginSettlement(order)
      orders.push(order)
    }
    for (let at = 0; at < orders.length; at += MAX_SETTLEMENTS_PER_CALL) {
      await send(orders.slice(at, at + MAX_SETTLEMENTS_PER_CALL))
    }
  }

  /** Rows the balance covers, oldest first (at least one: what it lacks stays owed); nothing when the user cannot be charged. */
  const placeOrder = (user: Hex, rows: readonly FeeRow[], account: OnChainAccount): SettlementOrder | undefined => {
    if (!account.acknowledged || account.balance === 0n) return undefined
    const chosen: FeeRow[] = []
    let totalFeeWei = 0n
    for (const row of rows) {
      const sum = totalFeeWei + BigInt(row.feeWei)
      if (chosen.length > 0 && sum > account.balance) break
      chosen.push(row)
      totalFeeWei = sum
    }
    let lastNonce = book.lastNonce(user)
    if (account.nonce > lastNonce) lastNonce = account.nonce
    const nonce = nextSettlementNonce(Date.now(), lastNonce)
    const hash = requestsHash(user, chosen.map(settledRequestOf))
    const settlement = { requestsHash: hash, nonce, provider: wallet.address, user, totalFeeWei }
    return {
      user,
      nonce: `${nonce}`,
      requestsHash: hash,
      totalFeeWei: `${totalFeeWei}`,
      signature: signSettlement(settlement, domain, signer.privateKey),
      chatIds: chosen.map((row) => row.chatId),
    }
  }

  const send = async (orders: readonly SettlementOrder[]): Promise<void> => {
    const items = orders.map((order) => ({
      user: order.user,
      provider: wallet.address,
      totalFee: BigInt(order.totalFeeWei),
      requestsHash: order.requestsHash,
      nonce: BigInt(order.nonce),
      signature: order.signature,
    }))
    const { rpc, inference } = contracts
    const abi = contractAbi('InferenceServing')
    const receipt = await writeContract({
      rpc,
      wallet,
      address: inference,
      abi,
      functionName: 'settleFeesWithTEE',
      args: [items],
    })
    const events = eventsOfReceipt<ResultEvent>(receipt, { address: inference, abi, eventName: 'TEESettlementResult' })
    for (const [index, order] of orders.entries()) {
      const event = events[index]
      const status = event && SETTLEMENT_STATUS[event.args.status]
      if (!event || !status) continue
      // The nonce was used: an earlier transaction of the same order came through after all.
      if (status === 'INVALID_NONCE') await recordFromChain(order)
      else await record(order, status, event.args.unsettledAmount, receipt.transactionHash)
    }
  }

  /** Finds the transaction that settled an order and records its outcome; an order the chain does not know is open again. */
  const recordFromChain = async (order: SettlementOrder): Promise<void> => {
    const { rpc, inference: address } = contracts
    const abi = contractAbi('InferenceServing')
    const found = await getEvents<ResultEvent>({
      rpc,
      address,
      abi,
      eventName: 'TEESettlementResult',
      args: { user: order.user },
    })
    for (const { args, transactionHash } of found.reverse()) {
      const status = SETTLEMENT_STATUS[args.status]
      if (status !== 'SUCCESS' && status !== 'PARTIAL') continue
      const transaction = await rpc.request<{ input: Hex } | null>('eth_getTransactionByHash', [transactionHash])
      if (!transaction?.input.includes(order.requestsHash.slice(2))) continue
      await record(order, status, args.unsettledAmount, transactionHash)
      return
    }
    await record(order, 'INVALID_NONCE', BigInt(order.totalFeeWei), null)
  }

  const record = async (
    order: SettlementOrder,
    status: SettlementStatus,
    unsettledWei: bigint,
    txHash: Hex | null,
  ): Promise<void> => {
    await book.endSettlement({ user: order.user, nonce: order.nonce, status, unsettledWei: `${unsettledWei}`, txHash })
    const facts = { user: order.user, requests: order.chatIds.length, feeWei: order.totalFeeWei, status, txHash }
    if (status === 'SUCCESS') {
      log.info(facts, 'fees settled')
      return
    }
    log.warn(facts, 'fees not fully settled')
    if (status !== 'INVALID_NONCE') pausedUntilMs.set(order.user, Date.now() + REFUSED_PAUSE_MS)
  }

  const settle = (): Promise<void> => {
    running ??= round()
      .catch((err: unknown) => log.warn({ err }, 'settlement failed, it is tried again'))
      .finally(() => {
        running = undefined
      })
    return running
  }

  const timer = setInterval(() => void settle(), intervalMs)
  timer.unref()

  return {
    settle,
    noteFee(user) {
      if (book.unsettledWei(user) >= thresholdWei) void settle()
    },
    stop() {
      clearInterval(timer)
    },
  }
}
