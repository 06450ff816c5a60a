import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { rlpData, rlpEncode, rlpQuantity } from './rlp.ts'

type Hex = `0x${string}`

/** What of a receipt the receipts trie covers, as nodes answer it. */
export type RpcReceipt = {
  transactionHash: Hex
  transactionIndex: Hex
  type?: Hex
  status: Hex
  gasUsed: Hex
  cumulativeGasUsed: Hex
  logs: { address: Hex; topics: Hex[]; data: Hex }[]
}

/** Value of a receipt in the receipts trie (EIP-658, EIP-2718). The bloom is computed from the logs, not taken from the node. */
export function receiptBytes(receipt: RpcReceipt): Uint8Array {
  const logs = receipt.logs.map(({ address, topics, data }) => [rlpData(address), topics.map(rlpData), rlpData(data)])
  const body = rlpEncode([
    rlpQuantity(receipt.status),
    rlpQuantity(receipt.cumulativeGasUsed),
    logsBloomBytes([receipt]),
    logs,
  ])
  const type = Number(receipt.type ?? 0)
  return type === 0 ? body : Uint8Array.of(type, ...body)
}

/** Bloom filter of the logs of some receipts, as in receipt and header (yellow paper §4.3.1). */
export function logsBloom(receipts: readonly Pick<RpcReceipt, 'logs'>[]): Hex {
  return `0x${bytesToHex(logsBloomBytes(receipts))}`
}

function logsBloomBytes(receipts: readonly Pick<RpcReceipt, 'logs'>[]): Uint8Array {
  const bloom = new Uint8Array(256)
  for (const { logs } of receipts) {
    for (const { address, topics } of logs) {
      for (const entry of [address, ...topics]) addToBloom(bloom, rlpData(entry))
    }
  }
  return bloom
}

/** Sets three of 2048 bits, chosen by the first three pairs of bytes of the entry's hash. */
function addToBloom(bloom: Uint8Array, entry: Uint8Array): void {
  const hash = keccak_256(entry)
  for (const at of [0, 2, 4]) {
    const bit = (((hash[at] ?? 0) << 8) | (hash[at + 1] ?? 0)) & 2047
    const index = 255 - (bit >> 3)
    bloom[index] = (bloom[index] ?? 0) | (1 << (bit & 7))
  }
}
