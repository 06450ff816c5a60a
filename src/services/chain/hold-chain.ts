import type { Hex } from '../../client/chain/rpc.ts'
import type { Hold } from '../../runtime/child/service.ts'
import type { Chain } from './chain.ts'
import { parseResult } from './rpc-reply.ts'

/** Lets the chain stand still at a block of which all is on the disk: requests wait until it is released. */
export async function holdChain(chain: Chain): Promise<Hold> {
  const held = Promise.withResolvers<Record<string, unknown>>()
  const released = Promise.withResolvers<void>()
  chain
    .exclusively(async (turn) => {
      const body = await turn.read('eth_getBlockByNumber', ['latest', false])
      const head = parseResult<{ number: Hex; hash: Hex }>(body)
      held.resolve(head ? { blockNumber: Number(head.number), blockHash: head.hash } : {})
      await released.promise
    })
    .catch(held.reject)
  return { state: await held.promise, release: released.resolve }
}
