import { ogError } from '../errors/og-error.ts'

const ANSWER_MS = 5_000

/** Selector of InferenceServing.getService(address), which reverts for a provider that is not listed. */
const GET_SERVICE = '0x15a52302'

/** One JSON-RPC request; the client's own RPC layer retries and decodes, a probe must do neither. */
async function ask(url: string | undefined, method: string, params: unknown[]): Promise<unknown> {
  const target = url ?? ''
  const response = await fetch(target, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((error: Error) => {
    throw unreachable(target, error.message)
  })
  const reply = (await response.json()) as { result?: unknown; error?: { message?: string } }
  if (reply.error) throw unreachable(target, `${method}: ${reply.error.message}`)
  return reply.result
}

const unreachable = (url: string, reason: string) => ogError('NETWORK_UNREACHABLE', { url, reason })

/** The chain answers, and where one is expected its genesis is the one with our contracts. */
export async function probeChain(rpc: string | undefined, contract: string | undefined): Promise<void> {
  await ask(rpc, 'eth_blockNumber', [])
  if (contract === undefined) return
  const code = await ask(rpc, 'eth_getCode', [contract, 'latest'])
  if (typeof code !== 'string' || code.length <= 2) throw unreachable(rpc ?? '', `no contract at ${contract}`)
}

/**
 * The process behind a JSON-RPC URL answers `method`. Meant for methods that it answers out of itself: the engine of the chain, or
 * another node that is asked for more, may be busy for a minute.
 */
export async function probeProcess(url: string | undefined, method: string): Promise<void> {
  await ask(url, method, [])
}

/** A storage node reports its state of synchronisation. */
export async function probeStorageNode(node: string | undefined): Promise<void> {
  const status = await ask(node, 'zgs_getStatus', [])
  if (typeof status !== 'object' || status === null) throw unreachable(node ?? '', 'zgs_getStatus has no result')
}

/** The indexer lists at least `count` nodes. */
export async function probeIndexer(indexer: string | undefined, count: number): Promise<void> {
  const nodes = (await ask(indexer, 'indexer_getShardedNodes', [])) as { trusted?: unknown[] } | null
  const listed = nodes?.trusted?.length ?? 0
  if (listed < count) throw unreachable(indexer ?? '', `${listed} of ${count} storage nodes are listed`)
}

/** A KV node says how far it has replayed. */
export async function probeKv(kv: string | undefined): Promise<void> {
  const progress = (await ask(kv, 'kv_getReplayProgress', [])) as { appliedSeq?: unknown } | null
  if (typeof progress?.appliedSeq !== 'number') throw unreachable(kv ?? '', 'kv_getReplayProgress has no result')
}

/** GET answers 2xx. */
export async function probeHttp(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) }).catch((error: Error) => {
    throw unreachable(url, error.message)
  })
  await response.body?.cancel()
  if (!response.ok) throw unreachable(url, `HTTP ${response.status}`)
}

/** Something that speaks HTTP listens there and says anything at all. */
export async function probeAnswers(url: string): Promise<void> {
  const response = await fetch(url, { signal: AbortSignal.timeout(ANSWER_MS) }).catch((error: Error) => {
    throw unreachable(url, error.message)
  })
  await response.body?.cancel()
}

/** The provider is listed on chain, where clients look for it. */
export async function probeListed(rpc: string | undefined, serving: string, provider: string): Promise<void> {
  const data = `${GET_SERVICE}${provider.slice(2).padStart(64, '0')}`
  await ask(rpc, 'eth_call', [{ to: serving, data }, 'latest'])
}
