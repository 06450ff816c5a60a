import type { Hex } from '../../../client/chain/rpc.ts'
import type { Chain } from '../chain.ts'
import { translateErrors } from '../error-translation.ts'
import { errorBody, isResult, parseResult, type ReplyBody, resultBody } from '../rpc-reply.ts'
import type { Family, Method, MethodContext } from './method.ts'
import { addressParam, objectParam } from './params.ts'
import { ask } from './rpc-fault.ts'

const SYNC_SEND_TIMEOUT_MS = 10_000
const MAX_SYNC_SEND_TIMEOUT_MS = 60_000
/** EIP-7966: the transaction was accepted, but not mined in time */
const SYNC_SEND_TIMED_OUT = 4

/** Transactions sent, and sent and waited for. */
export const sending: Family = (context) => {
  const send =
    (method: string): Method =>
    async (params) =>
      translateErrors(method, announced(context, await context.chain.mutate(method, params)))
  return {
    eth_sendTransaction: send('eth_sendTransaction'),
    eth_sendRawTransaction: send('eth_sendRawTransaction'),
    eth_sendRawTransactionSync: ([raw, timeout]) => sendAndWait(context, 'eth_sendRawTransaction', raw, timeout),
    eth_sendTransactionSync: ([request, timeout]) => sendAndWait(context, 'eth_sendTransaction', request, timeout),
    eth_sendUnsignedTransaction: async ([request]) => {
      const from = addressParam(objectParam(request, 'a transaction')['from'], 'a sender')
      const owned = await ask<Hex[]>(context.chain, 'eth_accounts')
      if (owned.includes(from)) return await send('eth_sendTransaction')([request])
      const [, sent] = await context.chain.mutateAll([
        { method: 'hardhat_impersonateAccount', params: [from] },
        { method: 'eth_sendTransaction', params: [request] },
        { method: 'hardhat_stopImpersonatingAccount', params: [from] },
      ])
      return translateErrors('eth_sendUnsignedTransaction', announced(context, sent ?? resultBody(null)))
    },
  }
}

/** Tells subscribers of an accepted transaction. */
function announced({ pending }: MethodContext, body: ReplyBody): ReplyBody {
  if (pending.hasListeners && isResult(body)) pending.accepted(parseResult<Hex>(body) ?? '0x')
  return body
}

async function sendAndWait(
  context: MethodContext,
  method: string,
  transaction: unknown,
  timeout: unknown,
): Promise<ReplyBody> {
  const sent = announced(context, await context.chain.mutate(method, [transaction]))
  const hash = parseResult<Hex>(sent)
  if (hash === undefined) return translateErrors(method, sent)
  const timeoutMs = Math.min(Number(timeout ?? 0) || SYNC_SEND_TIMEOUT_MS, MAX_SYNC_SEND_TIMEOUT_MS)
  const receipt = await waitForReceipt(context.chain, hash, timeoutMs)
  return receipt ?? errorBody(SYNC_SEND_TIMED_OUT, 'the transaction was accepted but not mined in time', hash)
}

/** The reply with the receipt as soon as it is mined; undefined when that takes too long. */
async function waitForReceipt(chain: Chain, hash: Hex, timeoutMs: number): Promise<ReplyBody | undefined> {
  const mined = async () => {
    const reply = await chain.read('eth_getTransactionReceipt', [hash])
    return reply.startsWith('{"result":null') ? undefined : reply
  }
  const atOnce = await mined()
  if (atOnce) return atOnce
  return await new Promise((resolve, reject) => {
    const end = (reply: ReplyBody | undefined) => {
      stop()
      clearTimeout(timer)
      resolve(reply)
    }
    const look = () => void mined().then((reply) => reply && end(reply), reject)
    const stop = chain.onBlocks(look)
    const timer = setTimeout(() => end(undefined), timeoutMs)
    // A block may have come between the first look and the listener.
    look()
  })
}
