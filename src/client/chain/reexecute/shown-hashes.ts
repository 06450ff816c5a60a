import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js'
import { isOgError } from '../../../errors/og-error.ts'
import type { RpcHeader } from '../../../protocol/chain/block-header.ts'
import type { Hex } from '../rpc.ts'
import type { Ask } from './proven-state.ts'
import type { HashOf } from './second-evm.ts'

/** A height at which contracts are shown another hash than the header has. */
export type ShownHash = { number: number; shown: Hex; proven: Hex }

const NO_HASH: Hex = `0x${'00'.repeat(32)}`

/**
 * Where BLOCKHASH on the node itself, in a call made on top of this block, gives another hash than the headers prove. A devnet whose engine began
 * again from a checkpoint does: to the new engine the blocks before it have other hashes. Empty when the node cannot be asked.
 */
export async function foreignHashes(
  ask: Ask,
  block: RpcHeader,
  heights: readonly number[],
  hashOf: HashOf,
): Promise<ShownHash[]> {
  const found: ShownHash[] = []
  const answer = await call(ask, block, heights)
  for (const [at, number] of heights.entries()) {
    const shown: Hex = `0x${answer.slice(2 + at * 64, 66 + at * 64)}`
    const proven: Hex = `0x${bytesToHex(await hashOf(number))}`
    if (shown.length === 66 && shown !== NO_HASH && shown !== proven) found.push({ number, shown, proven })
  }
  return found
}

/** Earlier hashes as {@link foreignHashes} found them, the others as they are proven. */
export function asShown(hashes: readonly ShownHash[], hashOf: HashOf): HashOf {
  return async (number) => {
    const foreign = hashes.find((hash) => hash.number === number)
    return foreign ? hexToBytes(foreign.shown.slice(2)) : await hashOf(number)
  }
}

/** Runs code that returns the hashes of some heights; what it returns, or nothing when the node refuses. */
async function call(ask: Ask, block: RpcHeader, heights: readonly number[]): Promise<Hex> {
  const digits = (value: number, bytes: number) => value.toString(16).padStart(bytes * 2, '0')
  // PUSH8 height BLOCKHASH PUSH2 offset MSTORE for each, then PUSH2 size PUSH0 RETURN
  const code = heights.map((height, at) => `67${digits(height, 8)}4061${digits(at * 32, 2)}52`).join('')
  const data = `0x${code}61${digits(heights.length * 32, 2)}5ff3`
  try {
    return await ask<Hex>('eth_call', [{ data }, block.number])
  } catch (error) {
    if (isOgError(error) && ['RPC_ERROR', 'RPC_REVERTED'].includes(error.code)) return '0x'
    throw error
  }
}
