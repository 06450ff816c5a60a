import { resultBody } from '../rpc-reply.ts'
import type { Family, Method } from './method.ts'
import { invalidParams } from './rpc-fault.ts'

/** The chain from its genesis again. */
export const reset: Family = ({ chain }) => {
  const startOver: Method = async ([options]) => {
    if (typeof options === 'object' && options !== null && 'forking' in options && options.forking) {
      throw invalidParams('a running chain cannot be made a fork: start one with 0g devnet up --fork URL')
    }
    await chain.reset()
    return resultBody(true)
  }
  return {
    hardhat_reset: startOver,
    anvil_reset: async (params) => {
      await startOver(params)
      return resultBody(null)
    },
  }
}
