import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { isOgError } from '../../errors/og-error.ts'
import { blockHash, type RpcHeader } from '../../protocol/chain/block-header.ts'
import { orderedTrieRoot } from '../../protocol/chain/ordered-trie.ts'
import { logsBloom, type RpcReceipt, receiptBytes } from '../../protocol/chain/receipt-bytes.ts'
import { rlpData, rlpEncode, rlpQuantity } from '../../protocol/chain/rlp.ts'
import { recoverSender, transactionBytes } from '../../protocol/chain/transaction-bytes.ts'
import type { EvidenceLink } from '../verify/evidence.ts'
import { uncheckedLink } from '../verify/link.ts'
import type { FullBlock, RpcWithdrawal } from './reexecute/reexecute-block.ts'
import type { Hex } from './rpc.ts'

/** Asks one node. */
export type Ask = <T>(method: string, params: unknown[]) => Promise<T>

/** Links between a header, its hash and the transactions of the block. */
export function headerLinks(block: FullBlock, hash: Hex): EvidenceLink[] {
  const hashLink = compare(
    'the block hash is the hash of its header',
    hash,
    attempt(() => blockHash(block)),
  )
  if (isFilledIn(block)) return [hashLink]
  const { withdrawals, withdrawalsRoot } = block
  const hasWithdrawals = withdrawals !== undefined && withdrawals.length > 0 && withdrawalsRoot !== undefined
  const withdrawalLinks = hasWithdrawals
    ? [
        compare(
          'the withdrawals of the block give its withdrawals root',
          withdrawalsRoot,
          attempt(() => orderedTrieRoot(withdrawals.map(withdrawalBytes))),
        ),
      ]
    : []
  return [
    hashLink,
    ...withdrawalLinks,
    compare(
      'all transactions of the block give its transactions root',
      block.transactionsRoot,
      attempt(() => orderedTrieRoot(block.transactions.map(transactionBytes))),
    ),
  ]
}

/** A withdrawal as the withdrawals trie holds it (EIP-4895). */
function withdrawalBytes({ index, validatorIndex, address, amount }: RpcWithdrawal): Uint8Array {
  return rlpEncode([rlpQuantity(index), rlpQuantity(validatorIndex), rlpData(address), rlpQuantity(amount)])
}

/** Links between the receipts of a block and its header. */
export function receiptsLinks(block: FullBlock, receipts: RpcReceipt[] | undefined): EvidenceLink[] {
  const claim = 'all receipts of the block give its receipts root'
  if (!receipts) return [uncheckedLink(claim, 'the node does not give the receipts')]
  return [
    compare(
      claim,
      block.receiptsRoot,
      attempt(() => orderedTrieRoot(receipts.map(receiptBytes))),
    ),
    compare(
      'the logs of the block give its bloom filter',
      digest(block.logsBloom),
      attempt(() => digest(logsBloom(receipts))),
    ),
    compare(
      'the gas of the receipts is the gas of the block',
      BigInt(block.gasUsed).toString(),
      attempt(() => BigInt(receipts.at(-1)?.cumulativeGasUsed ?? 0).toString()),
    ),
  ]
}

/** Link from a block to the one before it; `parent` is what the node gives for that height. */
export function parentLink(block: FullBlock, parent: RpcHeader | null): EvidenceLink {
  const claim = 'it follows its parent'
  if (isFilledIn(block)) return uncheckedLink(claim, FILLED_IN)
  if (!parent) return uncheckedLink(claim, `the node has no block ${BigInt(block.number) - 1n}`)
  return compare(
    claim,
    block.parentHash,
    attempt(() => blockHash(parent)),
  )
}

const FILLED_IN = 'EDR makes the blocks of hardhat_mine when they are asked for, and links this one to nothing'
const NO_HASH = `0x${'00'.repeat(32)}`
/** keccak-256 of no bytes, which EDR writes where the root of no transactions belongs. */
const NO_TRANSACTIONS = '0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'

/** True for a block that a devnet's engine made up for a height of a large hardhat_mine: empty, and without a parent. */
function isFilledIn({ number, parentHash, transactions, transactionsRoot }: FullBlock): boolean {
  const isEmpty = transactions.length === 0 && transactionsRoot === NO_TRANSACTIONS
  return isEmpty && parentHash === NO_HASH && BigInt(number) > 0n
}

/** Who signed each transaction of a block, and whether that is who the node says. An impersonated account signed nothing. */
export function senderLinks(block: FullBlock): { senders: Hex[]; link: EvidenceLink | undefined } {
  const recovered = block.transactions.map((tx) => recoverSender(tx))
  const senders = block.transactions.map(({ from }, index) => recovered[index] ?? from)
  if (recovered.length === 0) return { senders, link: undefined }
  const wrong = block.transactions.findIndex(({ from }, index) => from.toLowerCase() !== recovered[index])
  const claim = 'every transaction of the block was signed by its sender'
  const tx = block.transactions[wrong]
  if (!tx) return { senders, link: { claim, verdict: 'true', actual: `${recovered.length} signatures` } }
  const link = {
    ...compare(claim, tx.from, recovered[wrong]),
    note: `transaction ${wrong}, ${tx.hash}: ${IMPERSONATED}`,
  }
  // The account that the node names is the one it executed for; that it did not sign is said by the link.
  return { senders: block.transactions.map(({ from }) => from), link }
}

/** What explains a signature that is not the sender's on a devnet. */
export const IMPERSONATED = 'a devnet account that was impersonated signs nothing'

/** The receipts of a block in order; one by one where a node has no eth_getBlockReceipts; undefined where it has neither. */
export async function blockReceipts(ask: Ask, block: FullBlock): Promise<RpcReceipt[] | undefined> {
  if (block.transactions.length === 0) return []
  try {
    const receipts = await ask<RpcReceipt[] | null>('eth_getBlockReceipts', [block.number])
    if (receipts?.length === block.transactions.length) return receipts
  } catch (error) {
    if (!isOgError(error) || error.code !== 'RPC_ERROR') throw error
  }
  const receipts = await Promise.all(
    block.transactions.map((tx) => ask<RpcReceipt | null>('eth_getTransactionReceipt', [tx.hash])),
  )
  return receipts.every((receipt) => receipt !== null) ? receipts : undefined
}

/** Whether a node is not on this machine, so that every round trip counts. */
export function isFarAway(url: string): boolean {
  return !/^https?:\/\/(127\.\d+\.\d+\.\d+|localhost|\[::1\])[:/]?/.test(url)
}

/** True when the data of a block can be relied on: nothing of it was found false; receipts may be missing. */
export function isSound(links: readonly EvidenceLink[]): boolean {
  return links.every(({ verdict }) => verdict !== 'false')
}

/** A link that compares two values in any case of letters. */
export function compare(claim: string, expected: string, actual: string | undefined): EvidenceLink {
  if (actual === undefined) return { claim, verdict: 'false', expected, actual: 'cannot be computed from the data' }
  const isEqual = expected.toLowerCase() === actual.toLowerCase()
  return { claim, verdict: isEqual ? 'true' : 'false', expected, actual }
}

/** Undefined when the node's fields are so broken that nothing can be computed from them: that is a false link, not a crash. */
export function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute()
  } catch {
    return undefined
  }
}

/** Long values are compared, and shown, by their hash. */
export function digest(text: string): string {
  return `keccak ${bytesToHex(keccak_256(new TextEncoder().encode(text.toLowerCase())))}`
}
