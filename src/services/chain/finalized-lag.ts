import type { Hex } from '../../client/chain/rpc.ts'
import type { Dispatch } from './rpc-methods.ts'
import { parseResult } from './rpc-reply.ts'

/** Where a request names a block by tag inside an object: filters (eth_getLogs, eth_newFilter, eth_subscribe) and EIP-1898. */
const TAG_FIELDS = ['fromBlock', 'toBlock', 'blockNumber'] as const

const isLagging = (value: unknown): boolean => value === 'finalized' || value === 'safe'

/** Whether a request names `finalized` or `safe` anywhere a tag may stand. */
function namesLaggingTag(params: readonly unknown[]): boolean {
  return params.some(
    (param) =>
      isLagging(param) ||
      (typeof param === 'object' && param !== null && TAG_FIELDS.some((field) => isLagging(Reflect.get(param, field)))),
  )
}

function withNumber(param: unknown, number: Hex): unknown {
  if (isLagging(param)) return number
  if (typeof param !== 'object' || param === null) return param
  const fields = TAG_FIELDS.filter((field) => isLagging(Reflect.get(param, field)))
  return { ...param, ...Object.fromEntries(fields.map((field) => [field, number])) }
}

/**
 * A dispatch in which `finalized` and `safe` mean the block `lag` before the latest (at least block 0). Without a lag they mean what the
 * engine takes them for.
 */
export function withFinalizedLag(dispatch: Dispatch, lag: number | undefined): Dispatch {
  if (lag === undefined) return dispatch
  return async (call, text) => {
    if (!namesLaggingTag(call.params)) return await dispatch(call, text)
    const latest = parseResult<Hex>(await dispatch({ method: 'eth_blockNumber', params: [] })) ?? '0x0'
    const number: Hex = `0x${Math.max(0, Number(latest) - lag).toString(16)}`
    return await dispatch({ method: call.method, params: call.params.map((param) => withNumber(param, number)) })
  }
}
