import { ogError } from '../../errors/og-error.ts'
import type { RpcHeader } from '../../protocol/chain/block-header.ts'
import type { RpcReceipt } from '../../protocol/chain/receipt-bytes.ts'
import { type RpcTransaction, recoverSender, transactionHash } from '../../protocol/chain/transaction-bytes.ts'
import type { NetworkProfile } from '../profile.ts'
import { type Evidence, type EvidenceLink, overallVerdict } from '../verify/evidence.ts'
import { uncheckedLink } from '../verify/link.ts'
import type { Hardfork } from './reexecute/chain-rules.ts'
import type { FullBlock } from './reexecute/reexecute-block.ts'
import { createRpc, type Hex, type RpcClient } from './rpc.ts'
import {
  type Ask,
  attempt,
  blockReceipts,
  compare,
  digest,
  headerLinks,
  IMPERSONATED,
  isFarAway,
  isSound,
  parentLink,
  receiptsLinks,
  senderLinks,
} from './verify-block.ts'
import { wellFormed } from './well-formed-answers.ts'

export type VerifyTxOptions = {
  profile: NetworkProfile
  /** insist on a hardfork instead of deriving it from the headers */
  hardfork?: Hardfork | undefined
  signal?: AbortSignal | undefined
  rpc?: RpcClient
}

/**
 * Re-checks a mined transaction without trusting the node's word. Every hash and root between the signed bytes and the block hash is
 * computed again here; then the block is executed again by an independent EVM, from state that is proven against the block before. What remains
 * taken on trust is that these two blocks are the chain's.
 * @throws OgError NOT_ON_CHAIN when the network has no such transaction, NETWORK_UNREACHABLE
 */
export async function verifyTx(
  hash: Hex,
  { profile, hardfork, signal, rpc = createRpc(profile.rpc) }: VerifyTxOptions,
): Promise<Evidence> {
  const ask: Ask = wellFormed((method, params) => rpc.request(method, params, { signal }))
  const tx = await ask<RpcTransaction | null>('eth_getTransactionByHash', [hash])
  if (!tx) throw ogError('NOT_ON_CHAIN', { what: `transaction ${hash}`, network: profile.name })
  const links = [
    compare(
      'the transaction hash is the hash of its signed bytes',
      hash,
      attempt(() => transactionHash(tx)),
    ),
    senderLink(tx),
  ]
  if (tx.blockHash === null) {
    links.push(uncheckedLink('the transaction is in a block', 'it is still pending'))
    return evidence(hash, links)
  }
  const [block, receipt] = await Promise.all([
    ask<FullBlock | null>('eth_getBlockByHash', [tx.blockHash, true]),
    ask<RpcReceipt | null>('eth_getTransactionReceipt', [hash]),
  ])
  if (!block) {
    links.push(uncheckedLink('the block of the transaction is there', `the node has no block ${tx.blockHash}`))
    return evidence(hash, links)
  }
  const [receipts, around] = await Promise.all([blockReceipts(ask, block), neighbours(ask, block)])
  const blockLinks = [
    ...headerLinks(block, tx.blockHash),
    ...receiptsLinks(block, receipts),
    compare(`block ${BigInt(block.number)} of the chain is this block`, block.hash, around.canonical?.hash),
    ...(around.isFirst ? [] : [parentLink(block, around.parent)]),
  ]
  const inclusion = compare(
    `the block holds it at index ${Number(tx.transactionIndex)}`,
    tx.hash,
    block.transactions[Number(tx.transactionIndex)]?.hash,
  )
  links.push(inclusion, ...blockLinks, ...outcomeLinks(hash, receipt, receipts))
  const index = block.transactions.findIndex((entry) => entry.hash === hash)
  if (around.parent && index >= 0 && isSound([...blockLinks, inclusion])) {
    const [{ createReexecutor }, { reexecutionLinks }] = await Promise.all([
      import('./reexecute/reexecute-block.ts'),
      import('./verify-reexecution.ts'),
    ])
    const options = { ask, chainId: profile.chainId, hardfork, useTracer: isFarAway(profile.rpc) }
    const { senders } = senderLinks(block)
    const checked = { block, parent: around.parent, receipts, senders }
    links.push(...(await reexecutionLinks({ checked, reexecutor: createReexecutor(options), ask, index })))
  } else {
    links.push(uncheckedLink('an independent EVM gives the same result', 'the block does not hold together, see above'))
  }
  return evidence(hash, links)
}

function evidence(hash: Hex, links: EvidenceLink[]): Evidence {
  return { subject: hash, kind: 'tx', verdict: overallVerdict(links), links }
}

function senderLink(tx: RpcTransaction): EvidenceLink {
  const link = compare('the sender signed it', tx.from, recoverSender(tx))
  return link.verdict === 'false' ? { ...link, note: IMPERSONATED } : link
}

type Neighbours = { canonical: RpcHeader | null; parent: RpcHeader | null; isFirst: boolean }

async function neighbours(ask: Ask, block: FullBlock): Promise<Neighbours> {
  const number = attempt(() => BigInt(block.number)) ?? 0n
  const at = (height: bigint) => ask<RpcHeader | null>('eth_getBlockByNumber', [`0x${height.toString(16)}`, false])
  const isFirst = number === 0n
  const [canonical, parent] = await Promise.all([at(number), isFirst ? null : at(number - 1n)])
  return { canonical, parent, isFirst }
}

/** Links between the receipt of the transaction and those that the root proves. */
function outcomeLinks(hash: Hex, receipt: RpcReceipt | null, receipts: RpcReceipt[] | undefined): EvidenceLink[] {
  if (!receipts || !receipt) return []
  const index = receipts.findIndex((entry) => entry.transactionHash === hash)
  const proven = receipts[index]
  const before = BigInt(receipts[index - 1]?.cumulativeGasUsed ?? 0)
  const gasUsed = proven && BigInt(proven.cumulativeGasUsed) - before
  return [
    compare('the receipt has the status and logs that the root proves', outcome(receipt), proven && outcome(proven)),
    compare('the receipt has the gas that the root proves', BigInt(receipt.gasUsed).toString(), gasUsed?.toString()),
  ]
}

function outcome({ status, logs }: RpcReceipt): string {
  const content = logs.map(({ address, topics, data }) => `${address}(${topics.join(',')};${data})`)
  const summary = `status ${Number(status)}, ${logs.length} ${logs.length === 1 ? 'log' : 'logs'}`
  return logs.length === 0 ? summary : `${summary}, ${digest(content.join(' '))}`
}
