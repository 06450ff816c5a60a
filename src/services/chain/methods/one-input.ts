/** Methods whose first parameter is a call or a transaction. */
export const TAKES_CALL: ReadonlySet<string> = new Set([
  'eth_call',
  'eth_estimateGas',
  'eth_createAccessList',
  'eth_sendTransaction',
  'eth_sendTransactionSync',
  'eth_sendUnsignedTransaction',
  'eth_signTransaction',
  'eth_fillTransaction',
  'debug_traceCall',
])

/** cast and alloy send call data twice, as `input` and as `data`; the engine takes one. Where they differ, it refuses as geth does. */
export function oneInput(params: readonly unknown[]): readonly unknown[] {
  const [call, ...others] = params
  if (typeof call !== 'object' || call === null || !('input' in call) || !('data' in call)) return params
  const { data, ...rest } = call
  return data === rest.input ? [rest, ...others] : params
}
