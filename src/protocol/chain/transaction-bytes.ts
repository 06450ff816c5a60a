import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { type RlpItem, rlpData, rlpEncode, rlpQuantity } from './rlp.ts'

type Hex = `0x${string}`

/** A mined transaction as nodes answer it. */
export type RpcTransaction = {
  hash: Hex
  type?: Hex
  from: Hex
  to: Hex | null
  nonce: Hex
  gas: Hex
  value: Hex
  input: Hex
  gasPrice?: Hex
  maxFeePerGas?: Hex
  maxPriorityFeePerGas?: Hex
  maxFeePerBlobGas?: Hex
  blobVersionedHashes?: Hex[]
  accessList?: { address: Hex; storageKeys: Hex[] }[]
  authorizationList?: { chainId: Hex; address: Hex; nonce: Hex; yParity: Hex; r: Hex; s: Hex }[]
  chainId?: Hex
  v?: Hex
  yParity?: Hex
  r: Hex
  s: Hex
  blockHash: Hex | null
  blockNumber: Hex | null
  transactionIndex: Hex | null
}

/** The signed bytes that were sent (EIP-2718: type byte, then RLP; legacy transactions have no type byte). */
export function transactionBytes(tx: RpcTransaction): Uint8Array {
  const type = Number(tx.type ?? 0)
  if (type === 0) return rlpEncode([...legacyFields(tx), rlpQuantity(tx.v), rlpQuantity(tx.r), rlpQuantity(tx.s)])
  const signature = [rlpQuantity(parity(tx)), rlpQuantity(tx.r), rlpQuantity(tx.s)]
  return Uint8Array.of(type, ...rlpEncode([...typedFields(type, tx), ...signature]))
}

/** The hash a transaction goes by. */
export function transactionHash(tx: RpcTransaction): Hex {
  return `0x${bytesToHex(keccak_256(transactionBytes(tx)))}`
}

/** The address whose key made the signature, or undefined when no key could have made it. */
export function recoverSender(tx: RpcTransaction): Hex | undefined {
  try {
    const signature = new secp256k1.Signature(BigInt(tx.r), BigInt(tx.s), parity(tx))
    const publicKey = signature.recoverPublicKey(keccak_256(signedBytes(tx))).toBytes(false)
    return `0x${bytesToHex(keccak_256(publicKey.subarray(1)).subarray(12))}`
  } catch {
    return undefined
  }
}

/** What the signature covers; for a legacy transaction with the chain id of EIP-155 when `v` carries one. */
export function signedBytes(tx: RpcTransaction): Uint8Array {
  const type = Number(tx.type ?? 0)
  if (type !== 0) return Uint8Array.of(type, ...rlpEncode(typedFields(type, tx)))
  const v = BigInt(tx.v ?? 0)
  const replayProtection = v >= 35n ? [rlpQuantity((v - 35n) / 2n), rlpQuantity(0), rlpQuantity(0)] : []
  return rlpEncode([...legacyFields(tx), ...replayProtection])
}

function parity(tx: RpcTransaction): number {
  if (tx.yParity !== undefined) return Number(tx.yParity)
  const v = BigInt(tx.v ?? 0)
  if (v >= 35n) return Number((v - 35n) % 2n)
  return Number(v >= 27n ? v - 27n : v)
}

function legacyFields(tx: RpcTransaction): RlpItem[] {
  return [rlpQuantity(tx.nonce), rlpQuantity(tx.gasPrice), rlpQuantity(tx.gas), ...payload(tx)]
}

function payload(tx: RpcTransaction): RlpItem[] {
  return [rlpData(tx.to), rlpQuantity(tx.value), rlpData(tx.input)]
}

/** Fields of EIP-2930 (1), EIP-1559 (2), EIP-4844 (3) and EIP-7702 (4) in the order they are signed. */
function typedFields(type: number, tx: RpcTransaction): RlpItem[] {
  const fees =
    type === 1 ? [rlpQuantity(tx.gasPrice)] : [rlpQuantity(tx.maxPriorityFeePerGas), rlpQuantity(tx.maxFeePerGas)]
  const accessList = (tx.accessList ?? []).map(({ address, storageKeys }) => [
    rlpData(address),
    storageKeys.map(rlpData),
  ])
  const fields = [
    rlpQuantity(tx.chainId),
    rlpQuantity(tx.nonce),
    ...fees,
    rlpQuantity(tx.gas),
    ...payload(tx),
    accessList,
  ]
  if (type === 3) fields.push(rlpQuantity(tx.maxFeePerBlobGas), (tx.blobVersionedHashes ?? []).map(rlpData))
  if (type === 4) {
    fields.push(
      (tx.authorizationList ?? []).map(({ chainId, address, nonce, yParity, r, s }) => [
        rlpQuantity(chainId),
        rlpData(address),
        rlpQuantity(nonce),
        rlpQuantity(yParity),
        rlpQuantity(r),
        rlpQuantity(s),
      ]),
    )
  }
  return fields
}
