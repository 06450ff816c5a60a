/** One request, before or after an alias was resolved. */
export type Call = { method: string; params: readonly unknown[] }

const SAME: Record<string, string> = {
  eth_requestAccounts: 'eth_accounts',
  evm_setAccountNonce: 'hardhat_setNonce',
  anvil_mine: 'hardhat_mine',
  anvil_setBalance: 'hardhat_setBalance',
  anvil_setCode: 'hardhat_setCode',
  anvil_setNonce: 'hardhat_setNonce',
  anvil_setStorageAt: 'hardhat_setStorageAt',
  anvil_setCoinbase: 'hardhat_setCoinbase',
  anvil_setNextBlockBaseFeePerGas: 'hardhat_setNextBlockBaseFeePerGas',
  anvil_setLoggingEnabled: 'hardhat_setLoggingEnabled',
  anvil_impersonateAccount: 'hardhat_impersonateAccount',
  anvil_stopImpersonatingAccount: 'hardhat_stopImpersonatingAccount',
  anvil_dropTransaction: 'hardhat_dropTransaction',
  anvil_getAutomine: 'hardhat_getAutomine',
  anvil_setAutomine: 'evm_setAutomine',
  anvil_snapshot: 'evm_snapshot',
  anvil_revert: 'evm_revert',
  anvil_increaseTime: 'evm_increaseTime',
  anvil_setNextBlockTimestamp: 'evm_setNextBlockTimestamp',
  anvil_setTime: 'evm_setTime',
  anvil_setBlockGasLimit: 'evm_setBlockGasLimit',
}

/** anvil counts its mining interval in seconds, the evm_ and hardhat_ dialects in milliseconds. */
const MS_PER_SECOND = 1000

/** A request in the one dialect the rest of the service speaks, its quantities in the form the engine insists on. */
export function resolveAlias({ method, params }: Call): Call {
  if (method === 'anvil_setIntervalMining') {
    return { method: 'evm_setIntervalMining', params: [Number(params[0] ?? 0) * MS_PER_SECOND] }
  }
  const target = SAME[method] ?? method
  return { method: target, params: normaliseParams(target, params) }
}

function normaliseParams(method: string, params: readonly unknown[]): readonly unknown[] {
  switch (method) {
    case 'hardhat_setBalance':
    case 'hardhat_setNonce':
      return [params[0], quantity(params[1])]
    case 'hardhat_setStorageAt':
      return [params[0], quantity(params[1]), word(params[2])]
    case 'hardhat_setNextBlockBaseFeePerGas':
    case 'evm_setBlockGasLimit':
      return [quantity(params[0])]
    case 'hardhat_mine':
      return params.map(quantity)
    case 'eth_call':
    case 'eth_estimateGas':
    case 'eth_createAccessList':
    case 'eth_sendTransaction':
    case 'eth_signTransaction':
    case 'debug_traceCall':
      return oneInput(params)
    default:
      return params
  }
}

/** cast and alloy send call data twice, as `input` and as `data`; the engine takes one. Where they differ, it refuses as geth does. */
function oneInput(params: readonly unknown[]): readonly unknown[] {
  const [call, ...others] = params
  if (typeof call !== 'object' || call === null || !('input' in call) || !('data' in call)) return params
  const { data, ...rest } = call
  return data === rest.input ? [rest, ...others] : params
}

/** A number, decimal string or padded hex as the minimal hex quantity; anything else as it came, for the engine to refuse. */
function quantity(value: unknown): unknown {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return `0x${value.toString(16)}`
  if (typeof value === 'string' && /^(0x[0-9a-f]+|\d+)$/i.test(value)) return `0x${BigInt(value).toString(16)}`
  return value
}

function word(value: unknown): unknown {
  const minimal = quantity(value)
  return typeof minimal === 'string' && /^0x[0-9a-f]{1,64}$/.test(minimal)
    ? `0x${minimal.slice(2).padStart(64, '0')}`
    : value
}
