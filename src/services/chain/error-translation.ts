import { errorBody, isResult, type ReplyBody, RPC_CODES } from './rpc-reply.ts'

type EngineError = { code: number; message: string; data?: { data?: string; reason?: unknown } | null | unknown }

const UNSUPPORTED = /^Method \S+ is not supported/
const METHOD_NOT_SUPPORTED = -32004

/**
 * The engine's errors in the words and codes of geth, which is what client libraries recognise: a revert has code 3 and its data
 * as a plain hex string, an unknown method is -32601, missing funds are "insufficient funds". Results pass through untouched.
 */
export function translateErrors(method: string, body: ReplyBody): ReplyBody {
  if (isResult(body)) return body
  const { error } = JSON.parse(body) as { error: EngineError }
  if (error.code === METHOD_NOT_SUPPORTED || UNSUPPORTED.test(error.message)) {
    return errorBody(RPC_CODES.methodNotFound, `the method ${method} does not exist`)
  }
  // anvil speaks geth's dialect already.
  if (error.code === RPC_CODES.reverted && typeof error.data === 'string') return body
  const revert = revertData(error)
  if (revert !== undefined)
    return errorBody(RPC_CODES.reverted, `execution reverted${revertReason(error.message)}`, revert)
  if (/enough funds/.test(error.message)) {
    return errorBody(error.code, `insufficient funds for gas * price + value: ${error.message}`)
  }
  return errorBody(error.code, error.message.replace(/^Nonce too (low|high)/, 'nonce too $1'))
}

function revertData({ data }: EngineError): string | undefined {
  if (typeof data !== 'object' || data === null || !('reason' in data) || !('data' in data)) return undefined
  const { reason, data: returned } = data
  const isRevert = typeof reason === 'object' && reason !== null && 'Revert' in reason
  return isRevert && typeof returned === 'string' ? returned : undefined
}

/** EDR: "… reverted with reason string 'x'", "… with panic code 0x11 (…)", "… with an unrecognized custom error (…)". */
function revertReason(message: string): string {
  const reason = /reverted with reason string '([\s\S]*)'$/.exec(message)?.[1]
  if (reason !== undefined) return `: ${reason}`
  const panic = /reverted with panic code (.*)$/.exec(message)?.[1]
  if (panic !== undefined) return `: panic ${panic}`
  return /custom error/.test(message) ? ': custom error' : ''
}
