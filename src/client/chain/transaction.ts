import * as Secp256k1 from 'ox/Secp256k1'
import * as TxEnvelopeEip1559 from 'ox/TxEnvelopeEip1559'
import { isOgError, ogError } from '../../errors/og-error.ts'
import { formatAmount } from './amount.ts'
import { type Hex, type RpcClient, renameRevert, revertError } from './rpc.ts'
import type { Wallet } from './wallet.ts'

/** A transaction receipt as nodes answer it: quantities are hex strings. */
export type Receipt = {
  transactionHash: Hex
  transactionIndex: Hex
  blockHash: Hex
  blockNumber: Hex
  from: Hex
  to: Hex | null
  contractAddress: Hex | null
  status: Hex
  gasUsed: Hex
  cumulativeGasUsed: Hex
  effectiveGasPrice: Hex
  logs: RpcLog[]
  logsBloom: Hex
  type: Hex
}

export type RpcLog = {
  address: Hex
  topics: Hex[]
  data: Hex
  blockNumber: Hex
  blockHash: Hex
  transactionHash: Hex
  transactionIndex: Hex
  logIndex: Hex
  removed: boolean
}

export type SendOptions = {
  rpc: RpcClient
  wallet: Wallet
  to?: Hex | undefined
  data?: Hex | undefined
  valueWei?: bigint | undefined
  /** gas limit; estimated when absent */
  gas?: bigint | undefined
  signal?: AbortSignal | undefined
  /** how long to wait for the receipt */
  timeoutMs?: number | undefined
  /** what the transaction does, for error messages */
  what?: string | undefined
}

const RECEIPT_TIMEOUT_MS = 120_000
const MAX_NONCE_ATTEMPTS = 8
/** 0G Chain charges at least 80 % of the gas limit, so a limit more than a quarter above the use costs real money. */
const GAS_MARGIN_PERCENT = 120n

const chainIds = new Map<string, Promise<number>>()
const queues = new Map<string, Promise<unknown>>()

/** The chain id of an endpoint, asked once per process. */
export function chainIdOf(rpc: RpcClient): Promise<number> {
  let id = chainIds.get(rpc.url)
  if (!id) {
    id = rpc.request<Hex>('eth_chainId').then(Number)
    id.catch(() => chainIds.delete(rpc.url))
    chainIds.set(rpc.url, id)
  }
  return id
}

/**
 * Signs and sends an EIP-1559 transaction and waits for its receipt. Sends of one wallet in one process queue up from
 * estimate to acceptance, so that nonces never collide and each estimate sees the ones before; waiting is not queued.
 * @throws OgError RPC_REVERTED (refused by the estimate, or mined with status 0: details.txHash), INSUFFICIENT_FUNDS, TIMEOUT
 */
export async function sendTransaction(options: SendOptions): Promise<Receipt> {
  const hash = await submitTransaction(options)
  const receipt = await waitForReceipt(options.rpc, hash, options)
  if (receipt.status === '0x1') return receipt
  throw await explainFailure(options, receipt)
}

/** Like {@link sendTransaction}, but returns the hash as soon as the node accepted the transaction. */
export async function submitTransaction(options: SendOptions): Promise<Hex> {
  const key = `${options.rpc.url} ${options.wallet.address}`
  const turn = (queues.get(key) ?? Promise.resolve()).then(() => signAndSubmit(options))
  const settled = turn.catch(() => undefined)
  queues.set(key, settled)
  try {
    return await turn
  } finally {
    if (queues.get(key) === settled) queues.delete(key)
  }
}

async function signAndSubmit(options: SendOptions): Promise<Hex> {
  const { rpc, wallet, signal } = options
  signal?.throwIfAborted()
  const request = { from: wallet.address, to: options.to, data: options.data, value: options.valueWei }
  try {
    const [chainId, pendingNonce, fees, gas] = await Promise.all([
      chainIdOf(rpc),
      pendingCount(rpc, wallet.address, signal),
      currentFees(rpc, signal),
      options.gas ?? estimateGas(rpc, request, signal),
    ])
    let nonce = pendingNonce
    for (let attempt = 1; ; attempt++) {
      const raw = signEip1559(wallet, { ...options, chainId, nonce, gas, ...fees })
      try {
        return await rpc.request<Hex>('eth_sendRawTransaction', [raw], { signal })
      } catch (error) {
        if (attempt >= MAX_NONCE_ATTEMPTS || !isNonceTaken(error)) throw error
        // Another process of the same account was faster, or this node has not seen our last one yet.
        const seen = await pendingCount(rpc, wallet.address, signal)
        nonce = seen > nonce ? seen : nonce + 1n
      }
    }
  } catch (error) {
    throw await explainRefusal(error, options)
  }
}

function pendingCount(rpc: RpcClient, address: Hex, signal: AbortSignal | undefined): Promise<bigint> {
  return rpc.request<Hex>('eth_getTransactionCount', [address, 'pending'], { signal }).then(BigInt)
}

async function estimateGas(rpc: RpcClient, request: object, signal: AbortSignal | undefined): Promise<bigint> {
  const estimate = BigInt(await rpc.request<Hex>('eth_estimateGas', [request], { signal }))
  return estimate === 21_000n ? estimate : (estimate * GAS_MARGIN_PERCENT) / 100n
}

type Fees = { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint }

async function currentFees(rpc: RpcClient, signal: AbortSignal | undefined): Promise<Fees> {
  const [block, tip] = await Promise.all([
    rpc.request<{ baseFeePerGas?: Hex }>('eth_getBlockByNumber', ['latest', false], { signal }),
    rpc.request<Hex>('eth_maxPriorityFeePerGas', [], { signal }).catch(() => '0x3b9aca00' as Hex),
  ])
  const maxPriorityFeePerGas = BigInt(tip)
  // Twice the base fee survives six full blocks in a row (EIP-1559: +12.5 % each).
  return { maxPriorityFeePerGas, maxFeePerGas: BigInt(block.baseFeePerGas ?? '0x0') * 2n + maxPriorityFeePerGas }
}

export type Eip1559Fields = Fees & {
  chainId: number
  nonce: bigint
  gas: bigint
  to?: Hex | undefined
  data?: Hex | undefined
  valueWei?: bigint | undefined
}

/** The signed raw bytes of an EIP-1559 transaction. */
export function signEip1559(wallet: Wallet, fields: Eip1559Fields): Hex {
  const { chainId, nonce, gas, maxFeePerGas, maxPriorityFeePerGas } = fields
  const envelope = TxEnvelopeEip1559.from({
    chainId,
    nonce,
    gas,
    maxFeePerGas,
    maxPriorityFeePerGas,
    value: fields.valueWei ?? 0n,
    ...(fields.to ? { to: fields.to } : {}),
    ...(fields.data ? { data: fields.data } : {}),
  })
  const payload = TxEnvelopeEip1559.getSignPayload(envelope)
  const signature = Secp256k1.sign({ payload, privateKey: wallet.privateKey, as: 'Object' })
  return TxEnvelopeEip1559.serialize(envelope, { signature })
}

/**
 * Polls for a receipt: at once, then with growing pauses up to half a second.
 * @throws OgError TIMEOUT; the reason of `signal` when aborted
 */
export async function waitForReceipt(
  rpc: RpcClient,
  hash: Hex,
  options: { signal?: AbortSignal | undefined; timeoutMs?: number | undefined } = {},
): Promise<Receipt> {
  const timeoutMs = options.timeoutMs ?? RECEIPT_TIMEOUT_MS
  const giveUpAt = Date.now() + timeoutMs
  for (let pauseMs = 10; ; pauseMs = Math.min(pauseMs * 2, 500)) {
    options.signal?.throwIfAborted()
    const receipt = await rpc.request<Receipt | null>('eth_getTransactionReceipt', [hash], { signal: options.signal })
    if (receipt) return receipt
    if (Date.now() + pauseMs > giveUpAt) throw ogError('TIMEOUT', { what: `transaction ${hash}`, timeoutMs })
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

function isNonceTaken(error: unknown): boolean {
  return (
    isOgError(error) &&
    error.code === 'RPC_ERROR' &&
    /nonce too low|already known|already imported|replacement|known transaction/i.test(error.message)
  )
}

/** Turns a node's "not enough funds" into INSUFFICIENT_FUNDS and names what was being done in a revert. */
async function explainRefusal(error: unknown, { rpc, wallet, valueWei, what }: SendOptions): Promise<unknown> {
  if (!isOgError(error)) return error
  if (error.code === 'RPC_ERROR' && /insufficient funds|enough funds|OutOfFund|lack of funds/i.test(error.message)) {
    const balance = BigInt(await rpc.request<Hex>('eth_getBalance', [wallet.address, 'latest']))
    const value = valueWei ?? 0n
    const needed = value > balance ? `${formatAmount(value)} plus gas` : 'more for gas'
    return ogError(
      'INSUFFICIENT_FUNDS',
      { account: wallet.address, balance: formatAmount(balance), needed },
      { cause: error, details: { balanceWei: balance, valueWei: value } },
    )
  }
  return what === undefined ? error : renameRevert(error, what)
}

/** Finds out why a mined transaction failed by calling it again on the state it met. */
async function explainFailure(options: SendOptions, receipt: Receipt): Promise<unknown> {
  const { rpc, wallet, to, data, valueWei, what = 'the transaction' } = options
  const details = { txHash: receipt.transactionHash, blockNumber: Number(receipt.blockNumber) }
  try {
    const call = { from: wallet.address, to, data, value: valueWei, gas: options.gas }
    await rpc.request('eth_call', [call, `0x${(BigInt(receipt.blockNumber) - 1n).toString(16)}`])
  } catch (error) {
    if (isOgError(error) && error.code === 'RPC_REVERTED') return renameRevert(error, what, details)
  }
  return revertError(what, undefined, `mined with status 0 (${receipt.transactionHash})`, details)
}
