import { ogError } from '../../errors/og-error.ts'
import type { FileTree } from '../../protocol/storage/file-tree.ts'
import type { FlowSubmission } from '../../protocol/storage/submission.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import { mapLimit } from '../../utils/map-limit.ts'
import type { Wallet } from '../chain/wallet.ts'
import type { NetworkProfile } from '../profile.ts'
import { earlierSubmissions, type Flow, feeWei, flowOf, readPriceWei, submitFiles } from './flow-contract.ts'
import { hashSource } from './hash-source.ts'
import type { OnStorageProgress } from './progress.ts'
import type { SegmentSource } from './segment-source.ts'
import { findStorageNodes, type StorageNodes } from './storage-nodes.ts'
import { uploadSegments } from './upload-segments.ts'
import { uploadTogether } from './upload-together.ts'

export type PutOptions = {
  profile: NetworkProfile
  wallet: Wallet
  signal?: AbortSignal | undefined
  onProgress?: OnStorageProgress | undefined
  /** tags of the submissions; files with tags are submitted each time, because the submission itself means something */
  tags?: Hex | undefined
  /** on how many nodes each segment is put; more than one needs a network with that many (default 1) */
  replicas?: number | undefined
}

/** A file that is stored: final on every node that holds a part of it. */
export type PutResult = {
  root: Hex
  txSeq: number
  txHash: Hex
  sizeBytes: number
  segments: number
  /** fee of the market plus gas; 0 when nothing had to be submitted */
  costWei: bigint
  feeWei: bigint
  /** 'stored' = submitted now · 'resumed' = submitted before, completed now · 'already-stored' = nothing to do */
  outcome: 'stored' | 'resumed' | 'already-stored'
}

/** Submissions in one transaction; each costs up to half a million gas. */
const BATCH_FILES = 50
/** Gas allowed for a batch, times what the one before it took: it differs with epochs and how the tree grows. */
const GAS_MARGIN = 2n
/** No chain of today has smaller blocks; what might need more is estimated. */
const MAX_ASSUMED_GAS = 30_000_000n
/** Small files wait for answers most of the time, so several are worked on at once. */
const FILES_AT_ONCE = 16

/** A hashed file, and the submission that stands for it once there is one. */
type Item = { source: SegmentSource; tree: FileTree; submission: FlowSubmission | undefined; paid: Payment | undefined }
type Payment = { feeWei: bigint; gasWei: bigint }

/**
 * Stores several files: hashes each, submits those the chain does not have (fifty to a transaction), sends segments to their
 * shards. A file the chain has is not paid for again; one whose upload was broken off is completed. Results in order.
 */
export async function putSources(sources: readonly SegmentSource[], options: PutOptions): Promise<PutResult[]> {
  const { profile, signal, onProgress, tags } = options
  const flow = flowOf(profile)
  const nodes = findStorageNodes(profile, { replicas: options.replicas, signal })
  nodes.catch(() => undefined)
  const items = await mapLimit(sources, FILES_AT_ONCE, async (source): Promise<Item> => {
    const tree = await hashSource(source, { signal, onProgress }).finally(() => source.close())
    return { source, tree, submission: undefined, paid: undefined }
  })
  if (!tags) {
    const files = items.map(({ tree }) => ({ sizeBytes: tree.layout.sizeBytes, nodes: tree.nodes }))
    const earlier = await earlierSubmissions(flow, files, signal)
    for (const [i, item] of items.entries()) item.submission = earlier[i]
  }
  const network = await nodes
  await submitNew(flow, items, options)
  const small = items.flatMap(({ source, tree, submission, paid }) =>
    paid && submission && tree.layout.segments === 1
      ? [{ source, tree, startEntryIndex: submission.startEntryIndex }]
      : [],
  )
  await uploadTogether(small, network.shards, signal)
  return await mapLimit(items, FILES_AT_ONCE, (item) => complete(item, network, options))
}

/** Submits the items that have no submission yet; the same content twice goes in once. */
async function submitNew(flow: Flow, items: readonly Item[], options: PutOptions): Promise<void> {
  const groups = new Map<string, Item[]>()
  for (const item of items.filter(({ submission }) => !submission)) {
    const key = `${item.tree.root} ${item.tree.layout.sizeBytes}`
    groups.set(key, [...(groups.get(key) ?? []), item])
  }
  if (groups.size === 0) return
  const unknown = [...groups.values()] as [Item, ...Item[]][]
  const priceWei = await readPriceWei(flow, options.signal)
  let gas: bigint | undefined
  for (let at = 0; at < unknown.length; at += BATCH_FILES) {
    const batch = unknown.slice(at, at + BATCH_FILES)
    const files = batch.map(([{ tree }]) => ({
      sizeBytes: tree.layout.sizeBytes,
      nodes: tree.nodes,
      tags: options.tags,
    }))
    const valueWei = feeWei(files, priceWei)
    options.onProgress?.({ phase: 'submit', files: files.length, feeWei: valueWei })
    const { submissions, receipt } = await submitFiles(flow, files, { ...options, valueWei, gas })
    // An estimate carries a batch out several times; the next one is no larger, and what it does not need is not paid.
    const limit = BigInt(receipt.gasUsed) * GAS_MARGIN
    gas = limit <= MAX_ASSUMED_GAS ? limit : undefined
    const gasWei = (BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice)) / BigInt(files.length)
    for (const [i, [first, ...copies]] of batch.entries()) {
      const submission = submissions[i]
      if (submission?.root !== first.tree.root)
        throw ogError('BUG', { reason: 'the Flow contract recorded other files' })
      for (const item of [first, ...copies]) item.submission = submission
      first.paid = { feeWei: feeWei([{ sizeBytes: submission.sizeBytes, nodes: first.tree.nodes }], priceWei), gasWei }
    }
  }
}

async function complete(item: Item, network: StorageNodes, options: PutOptions): Promise<PutResult> {
  const { source, tree, paid } = item
  const { txSeq, startEntryIndex, transactionHash } = item.submission as FlowSubmission
  const { signal, onProgress } = options
  const { shards } = network
  const upload = { source, tree, txSeq, startEntryIndex, shards, signal, onProgress }
  const sentBytes = await uploadSegments(upload).finally(() => source.close())
  return {
    root: tree.root,
    txSeq,
    txHash: transactionHash,
    sizeBytes: tree.layout.sizeBytes,
    segments: tree.layout.segments,
    costWei: paid ? paid.feeWei + paid.gasWei : 0n,
    feeWei: paid?.feeWei ?? 0n,
    outcome: paid ? 'stored' : sentBytes > 0 ? 'resumed' : 'already-stored',
  }
}
