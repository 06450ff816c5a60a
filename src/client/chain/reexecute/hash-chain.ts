import { hexToBytes } from '@noble/hashes/utils.js'
import { ogError } from '../../../errors/og-error.ts'
import { blockHash, type RpcHeader } from '../../../protocol/chain/block-header.ts'
import type { Hex } from '../rpc.ts'
import type { Ask } from './proven-state.ts'
import type { HashOf } from './second-evm.ts'

/** How many ancestors BLOCKHASH reaches. */
const WINDOW = 256

/** Hashes of blocks, each proven by the hash of a later block that is proven itself. */
export type HashChain = {
  /** Takes a block whose hash was checked. */
  add(header: RpcHeader): void
  /** The hash of an ancestor of block `of`, whose parent was added. Headers in between are fetched and checked. */
  hashOf(of: number): HashOf
}

/** @throws OgError STATE_PROOF_INVALID when an ancestor is not linked, STATE_UNPROVABLE when the node does not have it */
export function createHashChain(ask: Ask): HashChain {
  const hashes = new Map<number, Hex>()

  function add(header: RpcHeader): void {
    const number = Number(header.number)
    hashes.set(number, header.hash)
    hashes.set(number - 1, header.parentHash)
    for (const known of hashes.keys()) if (known < number - WINDOW - 1) hashes.delete(known)
  }

  function check(number: number, found: RpcHeader | null): RpcHeader {
    const what = `the header of block ${number}`
    if (!found) throw ogError('STATE_UNPROVABLE', { what, reason: 'the node does not have it' })
    const [expected, actual] = [hashes.get(number), blockHash(found)]
    if (expected === actual) return found
    const reason = 'the block after it has another parent'
    throw ogError('STATE_PROOF_INVALID', { what, reason }, { details: { expected, actual } })
  }

  return {
    add,
    hashOf: (of) => async (wanted) => {
      const missing: number[] = []
      for (let number = wanted + 1; number < of && !hashes.has(number - 1); number++) missing.push(number)
      // Asked for at once, checked from the latest backwards: each gives the hash of the one before.
      const found = await Promise.all(
        missing.map((number) => ask<RpcHeader | null>('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])),
      )
      for (const [at, number] of [...missing.entries()].reverse()) add(check(number, found[at] ?? null))
      const hash = hashes.get(wanted)
      if (!hash)
        throw ogError('STATE_UNPROVABLE', { what: `the hash of block ${wanted}`, reason: 'no header leads to it' })
      return hexToBytes(hash.slice(2))
    },
  }
}
