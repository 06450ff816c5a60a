import { isResult, type ReplyBody } from '../rpc-reply.ts'

/** Reads that answer with transactions. */
const WITH_TRANSACTIONS = /^eth_(getTransactionBy|pendingTransactions|getBlockBy)/

/**
 * The engine leaves `yParity` out, which typed transactions must have (execution API; `v` is there for compatibility). Only they have 0 or
 * 1 for `v`, and no text within a reply can look like the pattern, because quotes in strings are escaped.
 */
export function withYParity(method: string, body: ReplyBody): ReplyBody {
  if (!WITH_TRANSACTIONS.test(method) || !isResult(body)) return body
  return body.replaceAll(/"v":"(0x[01])","r":/g, '"v":"$1","yParity":"$1","r":')
}
