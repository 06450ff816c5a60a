import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { Hex } from '../../../client/chain/rpc.ts'
import type { RlpItem } from '../../../protocol/chain/rlp.ts'
import { rlpDecode } from '../../../protocol/chain/rlp-decode.ts'
import { type RpcTransaction, recoverSender } from '../../../protocol/chain/transaction-bytes.ts'

/** A signed transaction (EIP-2718) as nodes answer one that is not mined. Undefined when the bytes are none. */
export function decodeTransaction(raw: string): RpcTransaction | undefined {
  try {
    const bytes = hexToBytes(raw.slice(2))
    const type = bytes[0] ?? 0
    const fields =
      type < 0x80 ? typedFields(type, list(rlpDecode(bytes.subarray(1)))) : legacyFields(list(rlpDecode(bytes)))
    const hash: Hex = `0x${bytesToHex(keccak_256(bytes))}`
    const tx = { ...fields, hash, blockHash: null, blockNumber: null, transactionIndex: null } as RpcTransaction
    const from = recoverSender(tx)
    return from ? { ...tx, from } : undefined
  } catch {
    return undefined
  }
}

type Fields = Omit<RpcTransaction, 'hash' | 'from' | 'blockHash' | 'blockNumber' | 'transactionIndex'>

function legacyFields(items: readonly RlpItem[]): Fields {
  const [nonce, gasPrice, gas, to, value, input, v, r, s] = items
  const chainId = quantity(v)
  return {
    type: '0x0',
    nonce: quantity(nonce),
    gasPrice: quantity(gasPrice),
    gas: quantity(gas),
    ...target(to),
    value: quantity(value),
    input: data(input),
    v: quantity(v),
    r: quantity(r),
    s: quantity(s),
    ...(BigInt(chainId) >= 35n ? { chainId: hexOf((BigInt(chainId) - 35n) / 2n) } : {}),
  }
}

/** EIP-2930 (1), EIP-1559 (2), EIP-4844 (3) without its sidecar, EIP-7702 (4). */
function typedFields(type: number, items: readonly RlpItem[]): Fields {
  const rest = [...items]
  const next = () => rest.shift()
  const chainId = quantity(next())
  const nonce = quantity(next())
  const fees =
    type === 1
      ? { gasPrice: quantity(next()) }
      : { maxPriorityFeePerGas: quantity(next()), maxFeePerGas: quantity(next()) }
  const gas = quantity(next())
  const payload = { ...target(next()), value: quantity(next()), input: data(next()) }
  const accessList = list(next()).map((entry) => {
    const [address, keys] = list(entry)
    return { address: data(address), storageKeys: list(keys).map(data) }
  })
  const blob = type === 3 ? { maxFeePerBlobGas: quantity(next()), blobVersionedHashes: list(next()).map(data) } : {}
  const authorizations = type === 4 ? { authorizationList: list(next()).map(authorization) } : {}
  const signature = { yParity: quantity(next()), r: quantity(next()), s: quantity(next()) }
  return {
    type: hexOf(BigInt(type)),
    chainId,
    nonce,
    ...fees,
    gas,
    ...payload,
    accessList,
    ...blob,
    ...authorizations,
    v: signature.yParity,
    ...signature,
  }
}

function authorization(item: RlpItem): NonNullable<RpcTransaction['authorizationList']>[number] {
  const [chainId, address, nonce, yParity, r, s] = list(item)
  return {
    chainId: quantity(chainId),
    address: data(address),
    nonce: quantity(nonce),
    yParity: quantity(yParity),
    r: quantity(r),
    s: quantity(s),
  }
}

function target(item: RlpItem | undefined): { to: Hex | null } {
  const to = data(item)
  return { to: to === '0x' ? null : to }
}

function list(item: RlpItem | undefined): readonly RlpItem[] {
  if (item instanceof Uint8Array || item === undefined) throw new RangeError('expected a list')
  return item
}

function data(item: RlpItem | undefined): Hex {
  if (!(item instanceof Uint8Array)) throw new RangeError('expected bytes')
  return `0x${bytesToHex(item)}`
}

function quantity(item: RlpItem | undefined): Hex {
  const hex = data(item)
  return hexOf(hex === '0x' ? 0n : BigInt(hex))
}

const hexOf = (value: bigint): Hex => `0x${value.toString(16)}`
