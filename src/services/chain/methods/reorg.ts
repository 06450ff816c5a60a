import type { Turn } from '../chain-turn.ts'
import { ROLL_BACK } from '../changing-methods.ts'
import { resultBody } from '../rpc-reply.ts'
import { heightOf } from './block-lookup.ts'
import { decodeTransaction } from './decode-transaction.ts'
import type { Family } from './method.ts'
import { dataParam, listParam, numberParam, objectParam, optional } from './params.ts'
import { ask, invalidParams, resultOf } from './rpc-fault.ts'

const MAX_DEPTH = 10_000

/** Blocks taken back, and others put in their place: what a client of a chain without finality has to live with. */
export const reorg: Family = ({ chain }) => ({
  anvil_rollback: async ([depth]) => {
    const blocks = optional(depth, 1, (value) => numberParam(value, 'a depth'))
    await chain.exclusively((turn) => rollBack(turn, blocks))
    return resultBody(null)
  },
  anvil_reorg: async ([depth, pairs]) => {
    const blocks = numberParam(depth, 'a depth')
    const placed = listParam(pairs, 'pairs of transaction and block').map((pair) => {
      const [transaction, at] = listParam(pair, 'a pair')
      const index = numberParam(at, 'the index of a block')
      if (index >= blocks) throw invalidParams(`there are ${blocks} new blocks`)
      if (typeof transaction === 'string') {
        // Checked before anything is taken back: a transaction that cannot be read would leave the chain shorter.
        if (!decodeTransaction(dataParam(transaction))) throw invalidParams('expected signed transactions')
        return { method: 'eth_sendRawTransaction', transaction, index }
      }
      return { method: 'eth_sendTransaction', transaction: objectParam(transaction, 'a transaction'), index }
    })
    await chain.exclusively(async (turn) => {
      await rollBack(turn, blocks)
      const isAutomine = await ask<boolean>(turn, 'hardhat_getAutomine')
      await turn.mutate('evm_setAutomine', [false])
      try {
        for (let block = 0; block < blocks; block++) {
          for (const { method, transaction, index } of placed) {
            if (index === block) resultOf(method, await turn.mutate(method, [transaction]))
          }
          resultOf('evm_mine', await turn.mutate('evm_mine', []))
        }
      } finally {
        await turn.mutate('evm_setAutomine', [isAutomine])
      }
    })
    return resultBody(null)
  },
})

async function rollBack(turn: Turn, depth: number): Promise<void> {
  const height = await heightOf(turn)
  if (depth > height) throw invalidParams(`the chain has ${height} blocks above its genesis`)
  if (depth > MAX_DEPTH) throw invalidParams(`${MAX_DEPTH} blocks can be taken back at once`)
  if (depth > 0) resultOf(ROLL_BACK, await turn.mutate(ROLL_BACK, [height - depth]))
}
