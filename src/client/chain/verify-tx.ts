import { keccak_256 } from '@noble/hashes/sha3.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { isOgError, ogError } from '../../errors/og-error.ts'
import { blockHash, type RpcHeader } from '../../protocol/chain/block-header.ts'
import { orderedTrieRoot } from '../../protocol/chain/ordered-trie.ts'
import { logsBloom, type RpcReceipt, receiptBytes } from '../../protocol/chain/receipt-bytes.ts'
import {
  type RpcTransaction,
  recoverSender,
  transactionBytes,
  transactionHash,
} from '../../protocol/chain/transaction-bytes.ts'
import type { NetworkProfile } from '../profile.ts'
import { type Evidence, type EvidenceLink, overallVerdict } from '../verify/evidence.ts'
import { createRpc, type Hex, type RpcClient } from './rpc.ts'

type RpcBlock = RpcHeader & { transactions: RpcTransaction[] }

/**
 * Re-checks a mined transaction without trusting the node's word: every hash and root between the signed bytes and the block hash
 * is computed again here. What remains taken on trust is that this block is the chain's, which the link to its parent and the
 * canonical number support, and that the EVM computed the state root rightly.
 * @throws OgError NOT_ON_CHAIN when the network has no such transaction, NETWORK_UNREACHABLE
 */
export async function verifyTx(
  hash: Hex,
  { profile, signal, rpc = createRpc(profile.rpc) }: { profile: NetworkProfile; signal?: AbortSignal; rpc?: RpcClient },
): Promise<Evidence> {
  const ask = <T>(method: string, params: unknown[]) => rpc.request<T>(method, params, { signal })
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
    links.push(unchecked('the transaction is in a block', 'it is still pending'))
    return evidence(hash, links)
  }
  const [block, receipt] = await Promise.all([
    ask<RpcBlock | null>('eth_getBlockByHash', [tx.blockHash, true]),
    ask<RpcReceipt | null>('eth_getTransactionReceipt', [hash]),
  ])
  if (!block) {
    links.push(unchecked('the block of the transaction is there', `the node has no block ${tx.blockHash}`))
    return evidence(hash, links)
  }
  const receipts = await blockReceipts(ask, block)
  links.push(
    compare(
      'the block hash is the hash of its header',
      tx.blockHash,
      attempt(() => blockHash(block)),
    ),
    ...inclusionLinks(tx, block),
    ...receiptLinks(hash, block, receipt, receipts),
    ...(await chainLinks(ask, block)),
  )
  return evidence(hash, links)
}

type Ask = <T>(method: string, params: unknown[]) => Promise<T>

function evidence(hash: Hex, links: EvidenceLink[]): Evidence {
  return { subject: hash, kind: 'tx', verdict: overallVerdict(links), links }
}

function senderLink(tx: RpcTransaction): EvidenceLink {
  const link = compare('the sender signed it', tx.from, recoverSender(tx))
  if (link.verdict !== 'false') return link
  return { ...link, note: 'a devnet account that was impersonated signs nothing' }
}

function inclusionLinks(tx: RpcTransaction, block: RpcBlock): EvidenceLink[] {
  const index = Number(tx.transactionIndex)
  const roots = attempt(() => orderedTrieRoot(block.transactions.map(transactionBytes)))
  return [
    compare(`the block holds it at index ${index}`, tx.hash, block.transactions[index]?.hash),
    compare('all transactions of the block give its transactions root', block.transactionsRoot, roots),
  ]
}

function receiptLinks(
  hash: Hex,
  block: RpcBlock,
  receipt: RpcReceipt | null,
  receipts: RpcReceipt[] | undefined,
): EvidenceLink[] {
  if (!receipts || !receipt) {
    return [unchecked('all receipts of the block give its receipts root', 'the node does not give the receipts')]
  }
  const index = receipts.findIndex((entry) => entry.transactionHash === hash)
  const proven = receipts[index]
  const before = BigInt(receipts[index - 1]?.cumulativeGasUsed ?? 0)
  const gasUsed = proven && BigInt(proven.cumulativeGasUsed) - before
  return [
    compare(
      'all receipts of the block give its receipts root',
      block.receiptsRoot,
      attempt(() => orderedTrieRoot(receipts.map(receiptBytes))),
    ),
    compare(
      'the logs of the block give its bloom filter',
      digest(block.logsBloom),
      attempt(() => digest(logsBloom(receipts))),
    ),
    compare('the receipt has the status and logs that the root proves', outcome(receipt), proven && outcome(proven)),
    compare('the receipt has the gas that the root proves', BigInt(receipt.gasUsed).toString(), gasUsed?.toString()),
    compare(
      'the gas of the receipts is the gas of the block',
      BigInt(block.gasUsed).toString(),
      BigInt(receipts.at(-1)?.cumulativeGasUsed ?? 0).toString(),
    ),
  ]
}

/** Long values are compared, and shown, by their hash. */
function digest(text: string): string {
  return `keccak ${bytesToHex(keccak_256(new TextEncoder().encode(text.toLowerCase())))}`
}

function outcome({ status, logs }: RpcReceipt): string {
  const content = logs.map(({ address, topics, data }) => `${address}(${topics.join(',')};${data})`)
  const summary = `status ${Number(status)}, ${logs.length} ${logs.length === 1 ? 'log' : 'logs'}`
  return logs.length === 0 ? summary : `${summary}, ${digest(content.join(' '))}`
}

async function chainLinks(ask: Ask, block: RpcBlock): Promise<EvidenceLink[]> {
  const number = BigInt(block.number)
  const canonical = await ask<RpcHeader | null>('eth_getBlockByNumber', [block.number, false])
  const links = [compare(`block ${number} of the chain is this block`, block.hash, canonical?.hash)]
  if (number === 0n) return links
  const parent = await ask<RpcHeader | null>('eth_getBlockByNumber', [`0x${(number - 1n).toString(16)}`, false])
  if (!parent) return [...links, unchecked('it follows its parent', `the node has no block ${number - 1n}`)]
  return [
    ...links,
    compare(
      'it follows its parent',
      block.parentHash,
      attempt(() => blockHash(parent)),
    ),
  ]
}

/** The receipts of a block in order; one by one where a node has no eth_getBlockReceipts; undefined where it has neither. */
async function blockReceipts(ask: Ask, block: RpcBlock): Promise<RpcReceipt[] | undefined> {
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

function compare(claim: string, expected: string, actual: string | undefined): EvidenceLink {
  if (actual === undefined) return { claim, verdict: 'false', expected, actual: 'cannot be computed from the data' }
  const isEqual = expected.toLowerCase() === actual.toLowerCase()
  return { claim, verdict: isEqual ? 'true' : 'false', expected, actual }
}

function unchecked(claim: string, note: string): EvidenceLink {
  return { claim, verdict: 'unchecked', note }
}

/** Undefined when the node's fields are so broken that nothing can be computed from them: that is a false link, not a crash. */
function attempt<T>(compute: () => T): T | undefined {
  try {
    return compute()
  } catch {
    return undefined
  }
}
