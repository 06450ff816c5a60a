import * as AbiFunction from 'ox/AbiFunction'
import { ogError } from '../../errors/og-error.ts'
import type { RpcTransaction } from '../../protocol/chain/transaction-bytes.ts'
import type { NetworkProfile } from '../profile.ts'
import { abiAt } from './abi-of.ts'
import { type DecodedValue, named } from './decode-abi.ts'
import { explainRevert } from './explain-revert.ts'
import { type GasLint, lintGas } from './gas-lint.ts'
import { nameOf } from './names.ts'
import { type AbiParameter, parseArgument } from './parse-argument.ts'
import { createRpc, type Hex } from './rpc.ts'
import { sendTransaction } from './transaction.ts'
import { resolveAddress, resolveWallet } from './wallet.ts'

/** What a person types: whom to call (label, contract name or address), which function, with what. */
export type CallText = { target: string; functionText: string; args: readonly string[] }

type AbiFunctionItem = AbiFunction.AbiFunction
type Options = { profile: NetworkProfile; from?: string | undefined; signal?: AbortSignal | undefined }

export type CallResult = {
  contract: string
  address: Hex
  function: string
  /** decoded outputs; empty when the signature names none */
  outputs: DecodedValue[]
  /** the returned bytes */
  raw: Hex
}

/** Calls a function without sending a transaction and decodes what it returns. @throws OgError VALUE_INVALID, RPC_REVERTED */
export async function callFunction(text: CallText, { profile, from, signal }: Options): Promise<CallResult> {
  const { address, item, args } = resolveCall(profile, text)
  const call = {
    to: address,
    data: AbiFunction.encodeData(item, args as never),
    ...(from === undefined ? {} : { from: resolveAddress(profile, from) }),
  }
  const request = createRpc(profile.rpc).request<Hex>('eth_call', [call, 'latest'], { signal })
  const raw = await explainRevert(profile, item.name, request)
  return {
    contract: nameOf(profile, address) ?? address,
    address,
    function: AbiFunction.format(item),
    outputs: decodeOutputs(profile, item, raw, address),
    raw,
  }
}

export type SendResult = {
  txHash: Hex
  from: Hex
  to: Hex
  toName: string | null
  valueWei: bigint
  function: string | null
  blockNumber: number
  gasUsed: number
  feeWei: bigint
  /** where 0G Chain would have charged more */
  gasLint: GasLint | null
}

/**
 * Sends money, a function call, raw data, or a mix, and waits for the receipt.
 * @throws OgError VALUE_INVALID, UNKNOWN_ACCOUNT, INSUFFICIENT_FUNDS, RPC_REVERTED
 */
export async function send(
  text: { target: string; functionText?: string | undefined; args?: readonly string[]; data?: string | undefined },
  { profile, from, signal, valueWei = 0n, gas }: Options & { valueWei?: bigint; gas?: bigint | undefined },
): Promise<SendResult> {
  const wallet = resolveWallet(profile, from)
  const { functionText, args = [] } = text
  const call =
    functionText === undefined ? undefined : resolveCall(profile, { target: text.target, functionText, args })
  const to = call?.address ?? resolveAddress(profile, text.target)
  const data = call ? AbiFunction.encodeData(call.item, call.args as never) : rawData(text.data)
  const rpc = createRpc(profile.rpc)
  const what = call?.item.name ?? 'the transfer'
  const sending = sendTransaction({ rpc, wallet, to, data, valueWei, gas, signal, what })
  const receipt = await explainRevert(profile, what, sending)
  const tx = await rpc.request<RpcTransaction | null>('eth_getTransactionByHash', [receipt.transactionHash], { signal })
  return {
    txHash: receipt.transactionHash,
    from: wallet.address,
    to,
    toName: nameOf(profile, to) ?? null,
    valueWei,
    function: call ? AbiFunction.format(call.item) : null,
    blockNumber: Number(receipt.blockNumber),
    gasUsed: Number(receipt.gasUsed),
    feeWei: BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice),
    gasLint: lintGas(receipt, BigInt(tx?.gas ?? receipt.gasUsed)),
  }
}

function rawData(data: string | undefined): Hex | undefined {
  if (data === undefined || /^0x([0-9a-f]{2})*$/i.test(data)) return data as Hex | undefined
  throw ogError('VALUE_INVALID', { value: data, expected: 'hex data', example: 'for example 0x12ab' })
}

function resolveCall(profile: NetworkProfile, { target, functionText, args }: CallText) {
  const address = resolveAddress(profile, target)
  const item = functionText.includes('(')
    ? parseSignature(functionText)
    : findFunction(profile, address, functionText, args.length)
  const inputs = item.inputs as readonly AbiParameter[]
  if (inputs.length !== args.length) {
    throw ogError('VALUE_INVALID', {
      value: `${args.length} arguments`,
      expected: `what ${AbiFunction.format(item)} takes (${inputs.length})`,
      example: 'give one argument per parameter; arrays and tuples as JSON',
    })
  }
  return { address, item, args: inputs.map((input, at) => parseArgument(profile, input, args[at] ?? '')) }
}

/** `transfer(address,uint256)`, with `returns (…)` or cast's `(inputs)(outputs)` when outputs are to be decoded. */
function parseSignature(text: string): AbiFunctionItem {
  const cast = /^([^()]+)(\(.*\))(\(.*\))$/.exec(text.trim())
  const human = cast ? `${cast[1]}${cast[2]} returns ${cast[3]}` : text.trim()
  try {
    return AbiFunction.from(human.startsWith('function ') ? human : `function ${human}`) as AbiFunctionItem
  } catch (error) {
    throw ogError(
      'VALUE_INVALID',
      {
        value: JSON.stringify(text),
        expected: 'a function signature',
        example: "for example 'balanceOf(address)(uint256)', in quotes",
      },
      { cause: error },
    )
  }
}

function findFunction(profile: NetworkProfile, address: Hex, name: string, count: number): AbiFunctionItem {
  const abi = abiAt(profile, address)
  if (!abi) {
    throw ogError('VALUE_INVALID', {
      value: name,
      expected: `a function of ${address}, whose ABI is not known`,
      example: "give the whole signature, for example 'balanceOf(address)(uint256)'",
    })
  }
  const contract = nameOf(profile, address) ?? address
  const functions = abi.filter(isFunction)
  const named = functions.filter((item) => item.name === name)
  const fitting = named.filter((item) => item.inputs.length === count)
  const [only] = fitting.length > 0 ? fitting : named
  if (only && (fitting.length === 1 || named.length === 1)) return only
  const candidates =
    named.length > 0
      ? named.map((item) => AbiFunction.format(item).replace(/^function /, ''))
      : [...new Set(functions.map((item) => item.name))]
  throw ogError('VALUE_INVALID', {
    value: name,
    expected: named.length > 0 ? `unambiguous in ${contract}: give the signature` : `a function of ${contract}`,
    example: `it has ${candidates.join(', ')}`,
  })
}

function isFunction(item: unknown): item is AbiFunctionItem {
  return (item as { type?: string }).type === 'function'
}

function decodeOutputs(profile: NetworkProfile, item: AbiFunctionItem, raw: Hex, address: Hex): DecodedValue[] {
  const outputs = item.outputs as readonly AbiParameter[]
  if (outputs.length === 0) return []
  if (raw === '0x') {
    throw ogError('VALUE_INVALID', {
      value: address,
      expected: `a contract with ${item.name}: it returned nothing`,
      example: 'check the address; `0g chain call` needs a contract there',
    })
  }
  const decoded: unknown = AbiFunction.decodeResult(item, raw, { checksumAddress: false })
  const values = outputs.length === 1 ? [decoded] : (decoded as unknown[])
  return named(outputs, values, profile)
}
