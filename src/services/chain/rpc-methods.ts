import type { Hex } from '../../client/chain/rpc.ts'
import { Chain } from './chain.ts'
import { GAS_CAP } from './engine.ts'
import { translateErrors } from './error-translation.ts'
import { type Call, resolveAlias } from './method-aliases.ts'
import { errorBody, isResult, parseResult, type ReplyBody, RPC_CODES, resultBody } from './rpc-reply.ts'

/** Answers one request, without its id. `text` is the request as it arrived, when it arrived alone. */
export type Dispatch = (call: Call, text?: string) => Promise<ReplyBody>

type Shim = (params: readonly unknown[]) => Promise<ReplyBody> | ReplyBody

const SYNC_SEND_TIMEOUT_MS = 10_000
const SYNC_SEND_POLL_MS = 20
/** EIP-7966: the transaction was accepted, but not mined in time */
const SYNC_SEND_TIMED_OUT = 4
/** what the engine estimates for a plain transfer; its search ends one gas above */
const TRANSFER_GAS = 21_001n
/** three slots that hold a time */
const TIME_ALLOWANCE_GAS = 10_000n

/** The JSON-RPC surface of the chain: aliases, changes, the methods the engine lacks, and for all the rest the engine itself. */
export function createDispatch(chain: Chain, clientVersion: string): Dispatch {
  const shims = createShims(chain, clientVersion)
  return async (call, text) => {
    const { method, params } = resolveAlias(call)
    const shim = shims.get(method)
    if (shim) return await shim(params)
    if (Chain.isMutating(method)) return translateErrors(method, await chain.mutate(method, params))
    const capped = capGas(method, params)
    const isAsItCame = method === call.method && capped === params && params === call.params
    const body = text !== undefined && isAsItCame ? chain.readText(text, method, params) : chain.read(method, capped)
    return translateErrors(call.method, await body)
  }
}

function createShims(chain: Chain, clientVersion: string): Map<string, Shim> {
  return new Map<string, Shim>([
    ['web3_clientVersion', () => resultBody(clientVersion)],
    ['net_listening', () => resultBody(true)],
    ['net_peerCount', () => resultBody('0x0')],
    ['eth_getUncleCountByBlockNumber', () => resultBody('0x0')],
    ['eth_getUncleCountByBlockHash', () => resultBody('0x0')],
    ['eth_subscribe', notOverHttp],
    ['eth_unsubscribe', notOverHttp],
    ['eth_getBlockReceipts', (params) => blockReceipts(chain, params)],
    ['eth_sendRawTransactionSync', (params) => sendAndWait(chain, params)],
    ['eth_estimateGas', (params) => estimateGas(chain, params)],
    ['txpool_status', () => poolStatus(chain)],
    ['hardhat_metadata', () => metadata(chain, clientVersion)],
  ])
}

function notOverHttp(): ReplyBody {
  return errorBody(RPC_CODES.methodNotFound, 'subscriptions need a WebSocket connection (same port)')
}

async function blockReceipts(chain: Chain, [block]: readonly unknown[]): Promise<ReplyBody> {
  const body = await chain.read(...blockRequest(block))
  if (!isResult(body)) return translateErrors('eth_getBlockReceipts', body)
  const hashes = parseResult<{ transactions: Hex[] } | null>(body)?.transactions
  if (!hashes) return resultBody(null)
  const receipts = await Promise.all(hashes.map((hash) => chain.read('eth_getTransactionReceipt', [hash])))
  return `{"result":[${receipts.map((receipt) => receipt.slice('{"result":'.length, -1)).join(',')}]}`
}

/** EIP-1898: a tag, a number, a hash, or an object with one of the latter two. */
function blockRequest(block: unknown): [string, unknown[]] {
  const wanted =
    typeof block === 'object' && block !== null
      ? ((block as { blockHash?: string; blockNumber?: string }).blockHash ??
        (block as { blockNumber?: string }).blockNumber)
      : block
  const isHash = typeof wanted === 'string' && /^0x[0-9a-f]{64}$/i.test(wanted)
  return isHash ? ['eth_getBlockByHash', [wanted, false]] : ['eth_getBlockByNumber', [wanted ?? 'latest', false]]
}

/**
 * The engine's estimate, with an allowance for whatever runs code. It is made for a block of this second; mined in the next one,
 * a contract that stores the time pays 2,800 more for each such slot (EIP-2200), which the engine's own 1.6 % may not hold:
 * `Flow.submit` then ran out of gas and the official SDK waited for ever (2026-11-22).
 */
async function estimateGas(chain: Chain, params: readonly unknown[]): Promise<ReplyBody> {
  const body = await chain.read('eth_estimateGas', capGas('eth_estimateGas', params))
  const estimate = BigInt(parseResult<Hex>(body) ?? 0)
  if (estimate <= TRANSFER_GAS) return translateErrors('eth_estimateGas', body)
  const generous = estimate + TIME_ALLOWANCE_GAS
  return resultBody(`0x${(generous < GAS_CAP ? generous : GAS_CAP).toString(16)}`)
}

async function sendAndWait(chain: Chain, [raw, timeout]: readonly unknown[]): Promise<ReplyBody> {
  const sent = await chain.mutate('eth_sendRawTransaction', [raw])
  const hash = parseResult<Hex>(sent)
  if (hash === undefined) return translateErrors('eth_sendRawTransactionSync', sent)
  const giveUpAt = Date.now() + Math.min(Number(timeout ?? SYNC_SEND_TIMEOUT_MS) || SYNC_SEND_TIMEOUT_MS, 60_000)
  for (;;) {
    const receipt = await chain.read('eth_getTransactionReceipt', [hash])
    if (!receipt.startsWith('{"result":null')) return receipt
    if (Date.now() >= giveUpAt) {
      return errorBody(SYNC_SEND_TIMED_OUT, 'the transaction was accepted but not mined in time', hash)
    }
    await new Promise((resolve) => setTimeout(resolve, SYNC_SEND_POLL_MS))
  }
}

async function poolStatus(chain: Chain): Promise<ReplyBody> {
  const pending = parseResult<unknown[]>(await chain.read('eth_pendingTransactions', [])) ?? []
  return resultBody({ pending: `0x${pending.length.toString(16)}`, queued: `0x${chain.queued.length.toString(16)}` })
}

async function metadata(chain: Chain, clientVersion: string): Promise<ReplyBody> {
  const known = parseResult<Record<string, unknown>>(await chain.read('hardhat_metadata', []))
  return resultBody({ ...known, clientVersion })
}

const CALLS = new Set(['eth_call', 'eth_estimateGas', 'debug_traceCall'])

/** Lowers the gas of a call to what one call may use, as geth's --rpc.gascap does, instead of refusing it. */
function capGas(method: string, params: readonly unknown[]): readonly unknown[] {
  const [call] = params
  if (!CALLS.has(method) || typeof call !== 'object' || call === null || !('gas' in call)) return params
  const { gas } = call
  if (typeof gas !== 'string' || !/^0x[0-9a-f]+$/i.test(gas) || BigInt(gas) <= GAS_CAP) return params
  return [{ ...call, gas: `0x${GAS_CAP.toString(16)}` }, ...params.slice(1)]
}
