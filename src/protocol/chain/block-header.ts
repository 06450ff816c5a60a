import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { type RlpItem, rlpData, rlpEncode, rlpQuantity } from './rlp.ts'

type Hex = `0x${string}`

/** The header fields of a block as nodes answer them; the later ones appear with their hardforks. */
export type RpcHeader = {
  hash: Hex
  parentHash: Hex
  sha3Uncles: Hex
  miner: Hex
  stateRoot: Hex
  transactionsRoot: Hex
  receiptsRoot: Hex
  logsBloom: Hex
  difficulty: Hex
  number: Hex
  gasLimit: Hex
  gasUsed: Hex
  timestamp: Hex
  extraData: Hex
  mixHash: Hex
  nonce: Hex
  /** London, EIP-1559 */
  baseFeePerGas?: Hex
  /** Shanghai, EIP-4895 */
  withdrawalsRoot?: Hex
  /** Cancun, EIP-4844 */
  blobGasUsed?: Hex
  excessBlobGas?: Hex
  /** Cancun, EIP-4788 */
  parentBeaconBlockRoot?: Hex
  /** Prague, EIP-7685 */
  requestsHash?: Hex
}

/** Hash of a header: keccak-256 of the RLP of its fields. */
export function blockHash(header: RpcHeader): Hex {
  return `0x${bytesToHex(keccak_256(rlpEncode(headerFields(header))))}`
}

/** The fields of a header in the order they are hashed, up to the last one it has (yellow paper §4.3, and the EIPs above). */
export function headerFields(header: RpcHeader): RlpItem[] {
  const fields: RlpItem[] = [
    rlpData(header.parentHash),
    rlpData(header.sha3Uncles),
    rlpData(header.miner),
    rlpData(header.stateRoot),
    rlpData(header.transactionsRoot),
    rlpData(header.receiptsRoot),
    rlpData(header.logsBloom),
    rlpQuantity(header.difficulty),
    rlpQuantity(header.number),
    rlpQuantity(header.gasLimit),
    rlpQuantity(header.gasUsed),
    rlpQuantity(header.timestamp),
    rlpData(header.extraData),
    rlpData(header.mixHash),
    rlpData(header.nonce),
  ]
  if (header.baseFeePerGas !== undefined) fields.push(rlpQuantity(header.baseFeePerGas))
  if (header.withdrawalsRoot !== undefined) fields.push(rlpData(header.withdrawalsRoot))
  if (header.blobGasUsed !== undefined) fields.push(rlpQuantity(header.blobGasUsed), rlpQuantity(header.excessBlobGas))
  if (header.parentBeaconBlockRoot !== undefined) fields.push(rlpData(header.parentBeaconBlockRoot))
  if (header.requestsHash !== undefined) fields.push(rlpData(header.requestsHash))
  return fields
}
