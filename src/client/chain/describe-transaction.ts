import * as AbiEvent from 'ox/AbiEvent'
import * as AbiFunction from 'ox/AbiFunction'
import { contractAbi, isContractName } from '../../contracts/abi.ts'
import { contractNameAt } from '../../contracts/address-book.ts'
import { isOgError, ogError } from '../../errors/og-error.ts'
import type { RpcTransaction } from '../../protocol/chain/transaction-bytes.ts'
import type { NetworkProfile } from '../profile.ts'
import type { DecodedValue } from './contract-call.ts'
import { nameOf } from './names.ts'
import type { AbiParameter } from './parse-argument.ts'
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
    call: decodeCall(profile, tx),
    events: receipt?.logs.map((log) => decodeEvent(profile, log)) ?? [],
    reason: isReverted ? await revertReason(rpc, tx, signal) : null,
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

function abiAt(profile: NetworkProfile, address: string | null): readonly unknown[] | undefined {
  const name = address === null ? undefined : contractNameAt(address, profile.contracts)
  return name !== undefined && isContractName(name) ? contractAbi(name) : undefined
}

function decodeCall(profile: NetworkProfile, tx: RpcTransaction): TransactionView['call'] {
  const abi = abiAt(profile, tx.to)
  if (!abi || tx.input.length < 10) return null
  try {
    const item = AbiFunction.fromAbi(abi, tx.input.slice(0, 10) as Hex) as AbiFunction.AbiFunction
    const args = (AbiFunction.decodeData(item, tx.input) ?? []) as readonly unknown[]
    return { function: item.name, args: named(item.inputs, args) }
  } catch {
    return null
  }
}

function decodeEvent(profile: NetworkProfile, log: RpcLog): TransactionView['events'][number] {
  const contract = nameOf(profile, log.address) ?? log.address
  const abi = abiAt(profile, log.address)
  const [selector] = log.topics
  if (abi && selector) {
    try {
      const { event, args } = AbiEvent.decodeLog(abi, log as never, { checksumAddress: false })
      const item = event as AbiEvent.AbiEvent
      const values = (args ?? {}) as Record<string, unknown>
      return {
        contract,
        event: item.name,
        args: named(
          item.inputs,
          item.inputs.map(({ name }, at) => values[name ?? at]),
        ),
      }
    } catch {
      // an event the ABI does not have: shown raw
    }
  }
  return { contract, event: selector ?? 'anonymous', args: [{ name: 'data', type: 'bytes', value: log.data }] }
}

function named(inputs: readonly unknown[], values: readonly unknown[]): DecodedValue[] {
  return (inputs as readonly AbiParameter[]).map(({ name, type }, at) => ({
    name: name ?? '',
    type,
    value: values[at],
  }))
}

/** Calls the transaction again on the state before its block; other transactions of that block may make it end otherwise. */
async function revertReason(rpc: RpcClient, tx: RpcTransaction, signal: AbortSignal | undefined): Promise<string> {
  const { from, to, input, value, gas } = tx
  const before = `0x${(BigInt(tx.blockNumber ?? 1) - 1n).toString(16)}`
  try {
    await rpc.request('eth_call', [{ from, to, data: input, value, gas }, before], { signal })
  } catch (error) {
    if (isOgError(error)) return error.message
    throw error
  }
  return 'it ran out of gas, or failed because of an earlier transaction of its block'
}
