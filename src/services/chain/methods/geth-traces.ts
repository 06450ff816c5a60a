import { translateErrors } from '../error-translation.ts'
import { resultBody } from '../rpc-reply.ts'
import { type Block, requireBlock } from './block-lookup.ts'
import type { Family } from './method.ts'
import { hashParam, objectParam } from './params.ts'
import { ask } from './rpc-fault.ts'

/** The debug_ methods about whole blocks; transactions and calls are traced by the engine. */
export const gethTraces: Family = ({ chain }) => {
  const traceBlock = async (block: Block, options: unknown) => {
    const tracer = objectParam(options ?? {}, 'tracer options')
    const traced: object[] = []
    for (const txHash of block.transactions) {
      traced.push({ txHash, result: await ask<unknown>(chain, 'debug_traceTransaction', txHash, tracer) })
    }
    return resultBody(traced)
  }
  return {
    debug_traceTransaction: async ([hash, options]) =>
      translateErrors(
        'debug_traceTransaction',
        await chain.read('debug_traceTransaction', [hashParam(hash), objectParam(options ?? {}, 'tracer options')]),
      ),
    debug_traceBlockByNumber: async ([id, options]) => await traceBlock(await requireBlock(chain, id), options),
    debug_traceBlockByHash: async ([id, options]) => await traceBlock(await requireBlock(chain, id), options),
  }
}
