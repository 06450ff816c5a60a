import { isOgError, ogError } from '../../errors/og-error.ts'
import type { RpcHeader } from '../../protocol/chain/block-header.ts'
import type { NetworkProfile } from '../profile.ts'
import { type Evidence, type EvidenceLink, overallVerdict, type Verdict } from '../verify/evidence.ts'
import type { Hardfork } from './reexecute/chain-rules.ts'
import type { FetchedBlock } from './replay-block.ts'
import { createRpc, type Hex, type RpcClient } from './rpc.ts'
import { type Ask, isFarAway } from './verify-block.ts'
import { wellFormed } from './well-formed-answers.ts'

type BlockRange = { from: bigint; to: bigint }

/** How one block came out. */
export type ReplayedBlock = {
  number: bigint
  hash: Hex
  transactions: number
  gasUsed: bigint
  verdict: Verdict
  /** the first link that does not hold or could not be checked */
  problem: EvidenceLink | null
  evidence: Evidence
}

/** How a range came out. `blocks` holds those that are not proven; all of them with `keepEvidence`, and a single one. */
export type ReplayResult = {
  from: bigint
  to: bigint
  verdict: Verdict
  replayed: number
  proven: number
  transactions: number
  gasUsed: bigint
  durationMs: number
  blocks: ReplayedBlock[]
}

export type ReplayOptions = {
  profile: NetworkProfile
  hardfork?: Hardfork | undefined
  /** keep the evidence of blocks that are proven too: some kilobytes each */
  keepEvidence?: boolean
  onBlock?: (block: ReplayedBlock, done: number, total: number) => void
  signal?: AbortSignal | undefined
  rpc?: RpcClient
}

const TAGS = ['latest', 'earliest', 'finalized', 'safe']
/** Blocks fetched before their turn comes, so that the node works while the EVM does. */
const AHEAD = 4
/** Blocks in a result that nobody wants to read to the end. */
const MAX_KEPT_PROBLEMS = 1_000

/**
 * Replays the blocks of a range in order, each from proven state. Memory stays bounded however long the range is, unless the evidence of all
 * blocks is kept.
 * @throws OgError NOT_ON_CHAIN, VALUE_INVALID, NETWORK_UNREACHABLE
 */
export async function replay(rangeText: string, options: ReplayOptions): Promise<ReplayResult> {
  const { profile, hardfork, keepEvidence = false, onBlock, signal, rpc = createRpc(profile.rpc) } = options
  const startedMs = performance.now()
  const ask: Ask = wellFormed((method, params) => rpc.request(method, params, { signal }))
  const range = await resolveRange(rangeText, ask, profile.name)
  const [{ createReexecutor }, { replayBlock, fetchBlock }] = await Promise.all([
    import('./reexecute/reexecute-block.ts'),
    import('./replay-block.ts'),
  ])
  const useTracer = isFarAway(profile.rpc)
  const reexecutor = createReexecutor({ ask, chainId: profile.chainId, hardfork, useTracer })
  const summary = { verdict: 'true' as Verdict, replayed: 0, proven: 0, transactions: 0, gasUsed: 0n }
  const blocks: ReplayedBlock[] = []
  const total = Number(range.to - range.from) + 1
  let parent = range.from === 0n ? null : await header(ask, range.from - 1n)
  for await (const fetched of inOrder(range, (number) => fetchBlock(ask, number))) {
    signal?.throwIfAborted()
    if (!fetched)
      throw ogError('NOT_ON_CHAIN', { what: `block ${range.from + BigInt(summary.replayed)}`, network: profile.name })
    const done = describe(fetched, await replayBlock({ ...fetched, parent, reexecutor, ask }))
    parent = fetched.block
    summary.replayed += 1
    summary.proven += done.verdict === 'true' ? 1 : 0
    summary.transactions += done.transactions
    summary.gasUsed += done.gasUsed
    summary.verdict = worse(summary.verdict, done.verdict)
    if (keepEvidence || total === 1 || (done.verdict !== 'true' && blocks.length < MAX_KEPT_PROBLEMS)) blocks.push(done)
    onBlock?.(done, summary.replayed, total)
  }
  return { ...range, ...summary, durationMs: performance.now() - startedMs, blocks }
}

/**
 * The heights a text stands for: a number, a tag, the hash of a block or of a transaction in one, or two of these with `..` between; an open
 * end is the latest block.
 * @throws OgError VALUE_INVALID, NOT_ON_CHAIN
 */
async function resolveRange(text: string, ask: Ask, network: string): Promise<BlockRange> {
  const parts = text.trim().split('..')
  if (parts.length > 2) throw invalidRange(text)
  const [first = '', last = first] = parts
  const [from, to] = await Promise.all([
    heightOf(first === '' ? 'earliest' : first, ask, network),
    heightOf(last === '' ? 'latest' : last, ask, network),
  ])
  if (from > to) throw invalidRange(text)
  return { from, to }
}

async function heightOf(text: string, ask: Ask, network: string): Promise<bigint> {
  const isHash = /^0x[0-9a-f]{64}$/i.test(text)
  const isNumber = /^(\d{1,15}|0x[0-9a-f]{1,12})$/i.test(text)
  if (!isHash && !isNumber && !TAGS.includes(text)) throw invalidRange(text)
  const method = isHash ? 'eth_getBlockByHash' : 'eth_getBlockByNumber'
  const block = await ask<RpcHeader | null>(method, [isNumber ? `0x${BigInt(text).toString(16)}` : text, false])
  if (block) return BigInt(block.number)
  const tx = isHash ? await ask<{ blockNumber: Hex | null } | null>('eth_getTransactionByHash', [text]) : null
  if (tx?.blockNumber) return BigInt(tx.blockNumber)
  throw ogError('NOT_ON_CHAIN', { what: `block ${text}`, network })
}

function invalidRange(text: string) {
  return ogError('VALUE_INVALID', {
    value: JSON.stringify(text),
    expected: 'a block or FROM..TO',
    example: 'for example 12, latest, 5..20 or 5..',
  })
}

async function header(ask: Ask, number: bigint): Promise<RpcHeader | null> {
  try {
    return await ask<RpcHeader | null>('eth_getBlockByNumber', [`0x${number.toString(16)}`, false])
  } catch (error) {
    if (isOgError(error) && error.code === 'RPC_ERROR') return null
    throw error
  }
}

/** What `fetch` gives for each height, in order, some asked for ahead. */
async function* inOrder(
  { from, to }: BlockRange,
  fetch: (number: bigint) => Promise<FetchedBlock | undefined>,
): AsyncGenerator<FetchedBlock | undefined> {
  const waiting: Promise<FetchedBlock | undefined>[] = []
  for (let next = from, current = from; current <= to; current++) {
    for (; next <= to && waiting.length <= AHEAD; next++) {
      const asked = fetch(next)
      // Whoever awaits it gets the error; until then it must not count as unhandled.
      asked.catch(() => {})
      waiting.push(asked)
    }
    yield await waiting.shift()
  }
}

function describe({ block }: FetchedBlock, evidence: Evidence): ReplayedBlock {
  const { links, verdict } = evidence
  const problem =
    links.find((link) => link.verdict === 'false') ?? links.find((link) => link.verdict === 'unchecked') ?? null
  const { hash, transactions, gasUsed } = block
  return {
    number: BigInt(block.number),
    hash,
    transactions: transactions.length,
    gasUsed: BigInt(gasUsed),
    verdict,
    problem,
    evidence,
  }
}

function worse(a: Verdict, b: Verdict): Verdict {
  const claim = 'every block is proven'
  return overallVerdict([
    { claim, verdict: a },
    { claim, verdict: b },
  ])
}
