import { contractAbi } from '../../contracts/abi.ts'
import { isOgError } from '../../errors/og-error.ts'
import { type Receipt, receiptText } from '../../protocol/compute/receipt.ts'
import {
  requestsHash,
  SETTLEMENT_STATUS,
  type SettledRequest,
  settledRequestHash,
} from '../../protocol/compute/settlement.ts'
import { type Hex, isSameAddress } from '../../protocol/ecdsa.ts'
import { eventsOfReceipt, type Receipt as TxReceipt } from '../chain/contract.ts'
import type { EvidenceLink } from '../verify/evidence.ts'
import type { Offer } from './offers.ts'
import { callProvider, withDeadline } from './provider-http.ts'
import type { ComputeContracts } from './serving.ts'

/** What a provider says about the settlement of one answer; every part of it is checked against the chain. */
export type SettlementStatement = {
  chatId: string
  feeWei: string
  status: 'pending' | 'settled'
  nonce: string | null
  requestsHash: Hex | null
  txHash: Hex | null
  requests: SettledRequest[]
}

/**
 * The settlement of a receipt's fee. The provider names the transaction and the requests it summed up; from those the hash that
 * stands on chain is recomputed, which shows that this answer was charged in it, once, with this fee.
 */
export async function settlementLink(
  receipt: Receipt,
  offer: Offer,
  contracts: ComputeContracts,
  signal?: AbortSignal,
): Promise<EvidenceLink> {
  const claim = 'the fee was settled on chain as the receipt says'
  let statement: SettlementStatement | undefined
  try {
    statement = await fetchSettlement(offer, receipt.chatId, signal)
  } catch (error) {
    signal?.throwIfAborted()
    if (!isOgError(error)) throw error
    return { claim, verdict: 'unchecked', note: `the provider cannot be asked: ${error.message}` }
  }
  if (!statement) return { claim, verdict: 'unchecked', note: 'the provider does not tell about settlements' }
  const fee = { expected: `${receipt.feeWei} wei`, actual: `${statement.feeWei} wei` }
  if (statement.feeWei !== receipt.feeWei) return { claim, verdict: 'false', ...fee }
  if (statement.status === 'pending') {
    return {
      claim: 'the fee the provider will settle is that of the receipt',
      verdict: 'true',
      ...fee,
      note: 'not settled yet',
    }
  }
  return { claim, ...(await checkTransaction(receipt, statement, contracts, signal)) }
}

/** Asks a provider how an answer was settled; undefined when it does not know or has no such route. */
export async function fetchSettlement(
  offer: Pick<Offer, 'provider' | 'url'>,
  chatId: string,
  signal?: AbortSignal,
): Promise<SettlementStatement | undefined> {
  const response = await callProvider(offer, `/v1/settlement/${encodeURIComponent(chatId)}`, {
    signal: withDeadline(signal),
  })
  if (!response.ok) return undefined
  return parseStatement(await response.json().catch(() => undefined))
}

/** The statement comes from the party being checked: anything malformed counts as no statement. */
function parseStatement(value: unknown): SettlementStatement | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { chatId, feeWei, status, nonce, requestsHash: hash, txHash, requests } = value as Record<string, unknown>
  if (typeof chatId !== 'string' || !isDecimal(feeWei) || !Array.isArray(requests)) return undefined
  const rows = requests.map(parseRequest)
  if (rows.includes(undefined)) return undefined
  return {
    chatId,
    feeWei,
    status: status === 'settled' ? 'settled' : 'pending',
    nonce: isDecimal(nonce) ? nonce : null,
    requestsHash: isHash(hash) ? hash : null,
    txHash: isHash(txHash) ? txHash : null,
    requests: rows as SettledRequest[],
  }
}

function parseRequest(value: unknown): SettledRequest | undefined {
  const { requestHash, feeWei, inputFeeWei, outputFeeWei } = (value ?? {}) as Record<string, unknown>
  if (!isHash(requestHash) || !isDecimal(feeWei) || !isDecimal(inputFeeWei) || !isDecimal(outputFeeWei))
    return undefined
  return { requestHash, feeWei: BigInt(feeWei), inputFeeWei: BigInt(inputFeeWei), outputFeeWei: BigInt(outputFeeWei) }
}

function isDecimal(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,78}$/.test(value)
}
function isHash(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
}

async function checkTransaction(
  receipt: Receipt,
  statement: SettlementStatement,
  { rpc, inference }: ComputeContracts,
  signal?: AbortSignal,
): Promise<Omit<EvidenceLink, 'claim'>> {
  const isFalse = (note: string, values: Partial<EvidenceLink> = {}) => ({ verdict: 'false' as const, note, ...values })
  const { txHash, requests } = statement
  const own = settledRequestHash(receipt.chatId, receiptText(receipt))
  const ownRows = requests.filter((request) => request.requestHash === own)
  if (ownRows.length !== 1 || `${ownRows[0]?.feeWei}` !== receipt.feeWei) {
    return isFalse('this answer is not in the settlement exactly once with its fee')
  }
  if (!txHash) return isFalse('the provider names no transaction')
  const [transaction, txReceipt] = await Promise.all([
    rpc.request<{ input: Hex; to: Hex } | null>('eth_getTransactionByHash', [txHash], { signal }),
    rpc.request<TxReceipt | null>('eth_getTransactionReceipt', [txHash], { signal }),
  ])
  if (!transaction || !txReceipt) return isFalse(`there is no transaction ${txHash} on chain`)
  const hash = requestsHash(receipt.user, requests)
  if (!isSameAddress(transaction.to, inference) || !transaction.input.includes(hash.slice(2))) {
    return isFalse('the transaction does not settle these requests', {
      expected: hash,
      actual: statement.requestsHash ?? 'none',
    })
  }
  const abi = contractAbi('InferenceServing')
  const results = eventsOfReceipt<{ user: Hex; status: number }>(txReceipt, {
    address: inference,
    abi,
    eventName: 'TEESettlementResult',
  })
  const result = results.find((event) => isSameAddress(event.args.user, receipt.user))
  const status = result ? SETTLEMENT_STATUS[result.args.status] : undefined
  const isPaid = status === 'SUCCESS' || status === 'PARTIAL'
  return {
    verdict: isPaid ? 'true' : 'false',
    expected: 'SUCCESS',
    actual: status ?? 'no event',
    note: `transaction ${txHash}, settlement nonce ${statement.nonce}, ${requests.length} requests`,
  }
}
