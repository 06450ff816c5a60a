import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import * as Secp256k1 from 'ox/Secp256k1'
import * as TxEnvelopeEip1559 from 'ox/TxEnvelopeEip1559'
import * as TxEnvelopeEip2930 from 'ox/TxEnvelopeEip2930'
import * as TxEnvelopeEip4844 from 'ox/TxEnvelopeEip4844'
import * as TxEnvelopeEip7702 from 'ox/TxEnvelopeEip7702'
import * as TxEnvelopeLegacy from 'ox/TxEnvelopeLegacy'
import type { Hex } from './rpc.ts'

/** What the bytes of a signed transaction say. */
export type RawTransaction = {
  type: string
  hash: Hex
  /** recovered from the signature; null when the transaction is not signed */
  from: Hex | null
  /** null when it creates a contract */
  to: Hex | null
  valueWei: bigint
  nonce: number
  gasLimit: number
  maxFeePerGasWei: bigint
  chainId: number | null
  input: Hex
}

/** The part of ox's modules that is the same for every type of transaction. */
type Envelope = {
  deserialize(raw: never): unknown
  getSignPayload(envelope: never): Hex
}

type Fields = {
  to?: Hex | null
  data?: Hex
  input?: Hex
  value?: bigint
  nonce?: bigint | number
  gas?: bigint
  gasPrice?: bigint
  maxFeePerGas?: bigint
  chainId?: number
  r?: unknown
  s?: unknown
  yParity?: number
}

const TYPED: Readonly<Record<string, { name: string; envelope: Envelope }>> = {
  '01': { name: 'eip2930', envelope: TxEnvelopeEip2930 },
  '02': { name: 'eip1559', envelope: TxEnvelopeEip1559 },
  '03': { name: 'eip4844', envelope: TxEnvelopeEip4844 },
  '04': { name: 'eip7702', envelope: TxEnvelopeEip7702 },
}

/** Reads the bytes of a transaction as `eth_sendRawTransaction` takes them; undefined when they are none. */
export function decodeRawTransaction(raw: Hex): RawTransaction | undefined {
  const isLegacy = Number(`0x${raw.slice(2, 4)}`) >= 0xc0
  const kind = isLegacy ? { name: 'legacy', envelope: TxEnvelopeLegacy as Envelope } : TYPED[raw.slice(2, 4)]
  if (!kind) return undefined
  try {
    const fields = kind.envelope.deserialize(raw as never) as Fields
    return {
      type: kind.name,
      hash: `0x${bytesToHex(keccak_256(hexToBytes(raw.slice(2))))}`,
      from: fields.r === undefined ? null : senderOf(kind.envelope, fields),
      to: (fields.to ?? null) && (fields.to?.toLowerCase() as Hex),
      valueWei: fields.value ?? 0n,
      nonce: Number(fields.nonce ?? 0),
      gasLimit: Number(fields.gas ?? 0n),
      maxFeePerGasWei: fields.maxFeePerGas ?? fields.gasPrice ?? 0n,
      chainId: fields.chainId ?? null,
      input: fields.data ?? fields.input ?? '0x',
    }
  } catch {
    return undefined
  }
}

function senderOf(envelope: Envelope, fields: Fields): Hex {
  const { r, s, yParity } = fields
  const payload = envelope.getSignPayload(fields as never)
  return Secp256k1.recoverAddress({ payload, signature: { r, s, yParity } as never }).toLowerCase() as Hex
}
