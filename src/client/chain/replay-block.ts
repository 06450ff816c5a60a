import type { RpcHeader } from '../../protocol/chain/block-header.ts'
import type { RpcReceipt } from '../../protocol/chain/receipt-bytes.ts'
import { type Evidence, type EvidenceLink, overallVerdict } from '../verify/evidence.ts'
import { uncheckedLink } from '../verify/link.ts'
import type { FullBlock, Reexecutor } from './reexecute/reexecute-block.ts'
import {
  type Ask,
  blockReceipts,
  headerLinks,
  isSound,
  parentLink,
  receiptsLinks,
  senderLinks,
} from './verify-block.ts'
import { reexecutionLinks } from './verify-reexecution.ts'

/** A block as a node gives it, with its receipts. */
export type FetchedBlock = { block: FullBlock; receipts: RpcReceipt[] | undefined }

export type ReplayTask = FetchedBlock & {
  /** what the node gives for the block before; null when it has none */
  parent: RpcHeader | null
  reexecutor: Reexecutor
  ask: Ask
}

/** A block and its receipts by height; undefined when the node has no such block. */
export async function fetchBlock(ask: Ask, number: bigint): Promise<FetchedBlock | undefined> {
  const block = await ask<FullBlock | null>('eth_getBlockByNumber', [`0x${number.toString(16)}`, true])
  return block ? { block, receipts: await blockReceipts(ask, block) } : undefined
}

/**
 * Checks everything a node says about one block: its hash and roots, who signed, and what an independent EVM makes of its
 * transactions. The genesis block has no transactions and no parent, so that only its hash can be checked.
 */
export async function replayBlock({ block, receipts, parent, reexecutor, ask }: ReplayTask): Promise<Evidence> {
  const number = BigInt(block.number)
  const [hashLink, ...dataLinks] = [...headerLinks(block, block.hash), ...receiptsLinks(block, receipts)]
  const links: EvidenceLink[] = hashLink ? [hashLink] : []
  if (number > 0n) {
    links.push(...dataLinks, parentLink(block, parent))
    const data = [...links]
    const { senders, link } = senderLinks(block)
    if (link) links.push(link)
    if (parent && isSound(data)) {
      const checked = { block, parent, receipts, senders }
      links.push(...(await reexecutionLinks({ checked, reexecutor, ask })))
    } else {
      const note = 'the block does not hold together or its parent is missing, see above'
      links.push(uncheckedLink('an independent EVM gives the same result', note))
    }
  }
  return { subject: number.toString(), kind: 'block', verdict: overallVerdict(links), links }
}
