import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import type { Hex } from '../../client/chain/rpc.ts'

/** keccak-256 of a code in hex. */
export function hashOfCode(code: Hex): Hex {
  return `0x${bytesToHex(keccak_256(hexToBytes(code.slice(2))))}`
}
