import { isOgError, ogError } from '../../errors/og-error.ts'
import type { RpcTransaction } from '../../protocol/chain/transaction-bytes.ts'
import type { NetworkProfile } from '../profile.ts'
import { type DecodedValue, decodeCallTo, decodeLog } from './decode-abi.ts'
import { explainRevert } from './explain-revert.ts'
import { type GasLint, lintGas } from './gas-lint.ts'
import { nameOf } from './names.ts'
import { createRpc, type Hex, type RpcClient } from './rpc.ts'
import type { Receipt, RpcLog } from './transaction.ts'

export type TransactionView = {
  hash: Hex
  status: 'success' | 'reverted' | 'pending'
  blockNumber: number | null
  /** ISO time of the block */
  time: string | null
  from: Hex
  fromName: string | null
  to: Hex | null
  toName: string | null
  contractAddress: Hex | null
  valueWei: bigint
  nonce: number
  gasLimit: number
  gasUsed: number | null
  feeWei: bigint | null
  call: { function: string; args: DecodedValue[] } | null
  events: { contract: string; event: string; args: DecodedValue[] }[]
  /** why it failed, decoded */
  reason: string | null
  /** where 0G Chain would have charged more */
  gasLint: GasLint | null
}

type Options = { profile: NetworkProfile; signal?: AbortSignal | undefined }

/** A transaction with everything decoded that the network's ABIs know. @throws OgError NOT_ON_CHAIN, VALUE_INVALID */
export async function describeTransaction(hash: string, { profile, signal }: Options): Promise<TransactionView> {
  requireHash(hash)
  const rpc = createRpc(profile.rpc)
  const [tx, receipt] = await Promise.all([
    rpc.request<RpcTransaction | null>('eth_getTransactionByHash', [hash], { signal }),
    rpc.request<Receipt | null>('eth_getTransactionReceipt', [hash], { signal }),
  ])
  if (!tx) throw ogError('NOT_ON_CHAIN', { what: `transaction ${hash}`, network: profile.name })
  const block =
    receipt && (await rpc.request<{ timestamp: Hex }>('eth_getBlockByHash', [receipt.blockHash, false], { signal }))
  const isReverted = receipt !== null && receipt.status !== '0x1'
  return {
    hash: tx.hash,
    status: receipt === null ? 'pending' : isReverted ? 'reverted' : 'success',
    blockNumber: receipt === null ? null : Number(receipt.blockNumber),
    time: block ? new Date(Number(block.timestamp) * 1000).toISOString() : null,
    from: tx.from,
    fromName: nameOf(profile, tx.from) ?? null,
    to: tx.to,
    toName: nameOf(profile, tx.to) ?? null,
    contractAddress: receipt?.contractAddress ?? null,
    valueWei: BigInt(tx.value),
    nonce: Number(tx.nonce),
    gasLimit: Number(tx.gas),
    gasUsed: receipt === null ? null : Number(receipt.gasUsed),
    feeWei: receipt === null ? null : BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice),
    call: showCall(profile, tx),
    events: receipt?.logs.map((log) => showEvent(profile, log)) ?? [],
    reason: isReverted ? await revertReason(profile, rpc, tx, signal) : null,
    gasLint: receipt && lintGas(receipt, BigInt(tx.gas)),
  }
}

function requireHash(hash: string): void {
  if (/^0x[0-9a-f]{64}$/i.test(hash)) return
  throw ogError('VALUE_INVALID', {
    value: hash,
    expected: 'a transaction hash',
    example: '0x followed by 64 hex digits',
  })
}

function showCall(profile: NetworkProfile, { to, input }: RpcTransaction): TransactionView['call'] {
  const decoded = to === null ? undefined : decodeCallTo(profile, to, input)
  return decoded ? { function: decoded.name, args: decoded.args } : null
}

function showEvent(profile: NetworkProfile, log: RpcLog): TransactionView['events'][number] {
  const contract = nameOf(profile, log.address) ?? log.address
  const decoded = decodeLog(profile, log)
  if (decoded) return { contract, event: decoded.name, args: decoded.args }
  const data = { name: 'data', type: 'bytes', value: log.data }
  return { contract, event: log.topics[0] ?? 'anonymous', args: [data] }
}

/** Calls the transaction again on the state before its block; other transactions of that block may make it end otherwise. */
async function revertReason(
  profile: NetworkProfile,
  rpc: RpcClient,
  tx: RpcTransaction,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { from, to, input, value, gas } = tx
  const before = `0x${(BigInt(tx.blockNumber ?? 1) - 1n).toString(16)}`
  try {
    const again = rpc.request('eth_call', [{ from, to, data: input, value, gas }, before], { signal })
    await explainRevert(profile, 'eth_call', again)
  } catch (error) {
    if (isOgError(error)) return error.message
    throw error
  }
  return 'it ran out of gas, or failed because of an earlier transaction of its block'
}
