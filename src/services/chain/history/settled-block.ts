import type { ChainState } from '../chain-state.ts'
import { ZERO_HASH } from './canonical-blocks.ts'
import { askEngine } from './engine-requests.ts'

/**
 * The block to ask for a state instead of `number`: of blocks mined in bulk the engine (EDR 0.22.0) gives a state that has only what changed
 * since its genesis. The last block mined singly below them has the same state.
 * @param first a block that was mined singly, at or below `number`, above which the engine's blocks are the chain's
 */
export async function settledBlock({ engine, bulkEnds }: ChainState, number: number, first: number): Promise<number> {
  if (!bulkEnds.some((end) => end > number)) return number
  let low = Math.max(first, ...bulkEnds.filter((end) => end <= number))
  let high = number
  if (number <= low || !(await isBulk(number))) return number
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (await isBulk(middle)) high = middle
    else low = middle
  }
  return low

  async function isBulk(at: number): Promise<boolean> {
    const quantity = `0x${at.toString(16)}`
    const { parentHash } = await askEngine<{ parentHash: string }>(engine, 'eth_getBlockByNumber', quantity, false)
    return parentHash === ZERO_HASH
  }
}
