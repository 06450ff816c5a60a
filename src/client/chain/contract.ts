import * as AbiEvent from 'ox/AbiEvent'
import * as AbiFunction from 'ox/AbiFunction'
import { type Hex, naming, type RpcClient } from './rpc.ts'
import { type Receipt, type RpcLog, sendTransaction } from './transaction.ts'
import type { Wallet } from './wallet.ts'

export type { Receipt } from './transaction.ts'

/** An ABI as JSON; `contractAbi(name)` of src/contracts gives those of the network. */
export type ContractAbi = readonly unknown[]

type Target = { rpc: RpcClient; address: Hex; abi: ContractAbi; functionName: string; args?: readonly unknown[] }

/** What a decoded event log holds. `args` is keyed by parameter name. */
export type DecodedEvent<Args = Record<string, unknown>> = {
  eventName: string
  args: Args
  address: Hex
  blockNumber: bigint
  logIndex: number
  transactionHash: Hex
}

/**
 * Calls a view function. One output is returned bare, several as an array; tuples as objects; addresses lower case.
 * @throws OgError RPC_REVERTED with the custom error decoded
 */
export async function readContract<T = unknown>(
  options: Target & { from?: Hex | undefined; blockNumber?: bigint | undefined; signal?: AbortSignal | undefined },
): Promise<T> {
  const { rpc, address, abi, functionName, args = [], from, blockNumber, signal } = options
  const item = functionOf(abi, functionName, args)
  const block = blockNumber === undefined ? 'latest' : `0x${blockNumber.toString(16)}`
  const request = rpc.request<Hex>('eth_call', [{ from, to: address, data: encodeCall(item, args) }, block], {
    signal,
  })
  const data = await naming(functionName, request)
  return AbiFunction.decodeResult(item, data, { checksumAddress: false }) as T
}

/**
 * Sends a transaction to a function and waits for its receipt.
 * @throws OgError RPC_REVERTED with the custom error decoded, INSUFFICIENT_FUNDS, TIMEOUT
 */
export async function writeContract(
  options: Target & {
    wallet: Wallet
    /** wei sent along */
    value?: bigint | undefined
    gas?: bigint | undefined
    signal?: AbortSignal | undefined
  },
): Promise<Receipt> {
  const { rpc, wallet, address, abi, functionName, args = [], value, gas, signal } = options
  const data = encodeCall(functionOf(abi, functionName, args), args)
  return await sendTransaction({ rpc, wallet, to: address, data, valueWei: value, gas, signal, what: functionName })
}

/** Events of one contract, oldest first. `args` filters by indexed parameters. */
export async function getEvents<Args = Record<string, unknown>>(options: {
  rpc: RpcClient
  address: Hex
  abi: ContractAbi
  eventName: string
  args?: Record<string, unknown> | undefined
  fromBlock?: bigint | undefined
  toBlock?: bigint | undefined
  signal?: AbortSignal | undefined
}): Promise<DecodedEvent<Args>[]> {
  const { rpc, address, abi, eventName, args, fromBlock = 0n, toBlock, signal } = options
  const event = AbiEvent.fromAbi(abi, eventName) as AbiEvent.AbiEvent
  const { topics } = args ? AbiEvent.encode(event, args as never) : AbiEvent.encode(event)
  const filter = {
    address,
    topics,
    fromBlock: `0x${fromBlock.toString(16)}`,
    toBlock: toBlock === undefined ? 'latest' : `0x${toBlock.toString(16)}`,
  }
  const logs = await rpc.request<RpcLog[]>('eth_getLogs', [filter], { signal })
  return logs.map((log) => decodeLog<Args>(event, log))
}

/** The events of one kind in a receipt, e.g. the `Submit` a transaction emitted. Logs of other contracts are skipped. */
export function eventsOfReceipt<Args = Record<string, unknown>>(
  receipt: Receipt,
  options: { address: Hex; abi: ContractAbi; eventName: string },
): DecodedEvent<Args>[] {
  const event = AbiEvent.fromAbi(options.abi, options.eventName) as AbiEvent.AbiEvent
  const selector = AbiEvent.getSelector(event)
  return receipt.logs
    .filter((log) => log.address.toLowerCase() === options.address.toLowerCase() && log.topics[0] === selector)
    .map((log) => decodeLog<Args>(event, log))
}

function decodeLog<Args>(event: AbiEvent.AbiEvent, log: RpcLog): DecodedEvent<Args> {
  return {
    eventName: event.name,
    args: AbiEvent.decode(event, log as never, { checksumAddress: false }) as Args,
    address: log.address,
    blockNumber: BigInt(log.blockNumber),
    logIndex: Number(log.logIndex),
    transactionHash: log.transactionHash,
  }
}

function functionOf(abi: ContractAbi, name: string, args: readonly unknown[]): AbiFunction.AbiFunction {
  return AbiFunction.fromAbi(abi, name as never, { args } as never) as AbiFunction.AbiFunction
}

function encodeCall(item: AbiFunction.AbiFunction, args: readonly unknown[]): Hex {
  return AbiFunction.encodeData(item, args as never)
}
