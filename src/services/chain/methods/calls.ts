import type { Hex } from '../../../client/chain/rpc.ts'
import { translateErrors } from '../error-translation.ts'
import { parseResult, type ReplyBody, resultBody } from '../rpc-reply.ts'
import type { Family, Reader } from './method.ts'
import { objectParam, toQuantity } from './params.ts'
import { invalidParams } from './rpc-fault.ts'
import { applyStateOverrides } from './state-overrides.ts'

/** What the engine estimates for a plain transfer; its search ends one gas above. */
const ENGINE_TRANSFER_GAS = 21_001n
const TRANSFER_GAS = 21_000n
/** three slots that hold a time */
const TIME_ALLOWANCE_GAS = 10_000n

/** Calls and estimates: what runs code without changing the chain. */
export const calls: Family = ({ chain, gasCap, callGas }) => {
  const capped = (method: string) => async (params: readonly unknown[]) =>
    translateErrors(method, await chain.read(method, capGas(params, gasCap, callGas)))
  return {
    eth_call: capped('eth_call'),
    debug_traceCall: async (params) => {
      const [call, block, options] = params
      const { stateOverrides, blockOverrides, ...tracer } = objectParam(options ?? {}, 'tracer options')
      if (blockOverrides) throw invalidParams('block overrides are not traced: simulate the block with eth_simulateV1')
      if (!stateOverrides) return await capped('debug_traceCall')(params)
      if (block !== undefined && block !== 'latest') throw invalidParams('state is overridden at the latest block only')
      return await chain.exclusively((turn) =>
        turn.simulate(async (scratch) => {
          await applyStateOverrides(scratch, objectParam(stateOverrides, 'state overrides'))
          const request = capGas([call, 'latest', tracer], gasCap, callGas)
          return translateErrors('debug_traceCall', await scratch.read('debug_traceCall', request))
        }),
      )
    },
    eth_estimateGas: (params) => estimateGas(chain, params, gasCap),
  }
}

/**
 * The engine's estimate, with an allowance for whatever runs code. It is made for a block of this second; mined in the next one,
 * a contract that stores the time pays 2,800 more for each such slot (EIP-2200), which the engine's own 1.6 % may not hold:
 * `Flow.submit` then ran out of gas and the official SDK waited for ever (2026-11-22).
 */
export async function estimateGas(reader: Reader, params: readonly unknown[], gasCap: bigint): Promise<ReplyBody> {
  const body = await reader.read('eth_estimateGas', capGas(params, gasCap))
  const result = parseResult<Hex>(body)
  if (result === undefined) return translateErrors('eth_estimateGas', body)
  const estimate = BigInt(result)
  if (!(await runsCode(reader, params))) {
    return estimate === ENGINE_TRANSFER_GAS ? resultBody(toQuantity(TRANSFER_GAS)) : body
  }
  const generous = estimate + TIME_ALLOWANCE_GAS
  return resultBody(toQuantity(generous < gasCap ? generous : gasCap))
}

/** A transfer to an account without code runs none, whatever data it carries. */
async function runsCode(reader: Reader, [call, block]: readonly unknown[]): Promise<boolean> {
  const { to } = (call ?? {}) as { to?: unknown }
  if (typeof to !== 'string') return true
  return parseResult<Hex>(await reader.read('eth_getCode', [to, block ?? 'latest'])) !== '0x'
}

/**
 * Lowers the gas of a call to what one call may use, as geth's --rpc.gascap does, instead of refusing it. One that names none gets `byDefault`.
 */
export function capGas(params: readonly unknown[], gasCap: bigint, byDefault?: bigint): readonly unknown[] {
  const [call] = params
  if (typeof call !== 'object' || call === null) return params
  const { gas } = call as { gas?: unknown }
  if (gas === undefined || gas === null) {
    return byDefault === undefined ? params : [{ ...call, gas: toQuantity(byDefault) }, ...params.slice(1)]
  }
  if (typeof gas !== 'string' || !/^0x[0-9a-f]+$/i.test(gas) || BigInt(gas) <= gasCap) return params
  return [{ ...call, gas: toQuantity(gasCap) }, ...params.slice(1)]
}
