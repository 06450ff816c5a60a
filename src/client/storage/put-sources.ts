import { ogError } from '../../errors/og-error.ts'
import type { FileTree } from '../../protocol/storage/file-tree.ts'
import type { FlowSubmission } from '../../protocol/storage/submission.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { FileInfo } from '../../protocol/storage/wire.ts'
import type { Wallet } from '../chain/wallet.ts'
import type { NetworkProfile } from '../profile.ts'
import { type Flow, feeWei, flowOf, readPriceWei, readSubmissions, submitFiles } from './flow-contract.ts'
import { hashSource } from './hash-source.ts'
import type { OnStorageProgress } from './progress.ts'
import type { SegmentSource } from './segment-source.ts'
import { findStorageNodes, type StorageNodes } from './storage-nodes.ts'
import { uploadSegments } from './upload-segments.ts'

export type PutOptions = {
  profile: NetworkProfile
  wallet: Wallet
  signal?: AbortSignal | undefined
  onProgress?: OnStorageProgress | undefined
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

type Item = { source: SegmentSource; tree: FileTree; known: FileInfo | undefined }

/**
 * Stores several files: hashes each, submits the unknown ones together (fifty to a transaction), sends segments to their
 * shards. A file the network has is not paid for again; one whose upload was broken off is completed. Results in order.
 */
export async function putSources(sources: readonly SegmentSource[], options: PutOptions): Promise<PutResult[]> {
  const { profile, signal, onProgress } = options
  const items: Item[] = []
  const nodes = findStorageNodes(profile, signal)
  nodes.catch(() => undefined)
  for (const source of sources) {
    try {
      const tree = await hashSource(source, { signal, onProgress })
      items.push({ source, tree, known: undefined })
    } finally {
      await source.close()
    }
  }
  const network = await nodes
  for (const item of items) item.known = await knownTo(network, item.tree.root, signal)
  const flow = flowOf(profile)
  const submitted = await submitUnknown(flow, items, options)
  const results: PutResult[] = []
  for (const item of items)
    results.push(await complete(item, submitted.get(item.tree.root), { ...options, flow, network }))
  return results
}

/** What the shards know of a root: undefined as soon as one of them has no transaction for it. */
async function knownTo(
  network: StorageNodes,
  root: Hex,
  signal: AbortSignal | undefined,
): Promise<FileInfo | undefined> {
  const infos = await Promise.all(
    network.shards.map(({ rpc }) => rpc.request<FileInfo | null>('zgs_getFileInfo', [root, true], { signal })),
  )
  const known = infos.filter((info) => info !== null)
  const [first] = known
  if (!first || known.length < infos.length) return undefined
  return { ...first, finalized: known.every(({ finalized }) => finalized) }
}

type Submitted = { submission: FlowSubmission; feeWei: bigint; gasWei: bigint }

async function submitUnknown(flow: Flow, items: readonly Item[], options: PutOptions): Promise<Map<Hex, Submitted>> {
  const submitted = new Map<Hex, Submitted>()
  const unknown = [...new Map(items.filter(({ known }) => !known).map(({ tree }) => [tree.root, tree])).values()]
  if (unknown.length === 0) return submitted
  const priceWei = await readPriceWei(flow, options.signal)
  for (let at = 0; at < unknown.length; at += BATCH_FILES) {
    const files = unknown
      .slice(at, at + BATCH_FILES)
      .map(({ layout, nodes }) => ({ sizeBytes: layout.sizeBytes, nodes }))
    const valueWei = feeWei(files, priceWei)
    options.onProgress?.({ phase: 'submit', files: files.length, feeWei: valueWei })
    const { submissions, receipt } = await submitFiles(flow, files, { ...options, valueWei })
    const gasWei = BigInt(receipt.gasUsed) * BigInt(receipt.effectiveGasPrice)
    files.forEach((file, i) => {
      const submission = submissions[i]
      if (!submission) throw ogError('BUG', { reason: 'the Flow contract emitted fewer Submit events than files' })
      const share = gasWei / BigInt(files.length)
      submitted.set(submission.root, { submission, feeWei: feeWei([file], priceWei), gasWei: share })
    })
  }
  return submitted
}

async function complete(
  { source, tree, known }: Item,
  submitted: Submitted | undefined,
  options: PutOptions & { flow: Flow; network: StorageNodes },
): Promise<PutResult> {
  const { flow, network, signal, onProgress } = options
  const base = { root: tree.root, sizeBytes: tree.layout.sizeBytes, segments: tree.layout.segments }
  const txSeq = known?.tx.seq ?? submitted?.submission.txSeq ?? 0
  if (!known?.finalized) {
    const startEntryIndex = known?.tx.startEntryIndex ?? submitted?.submission.startEntryIndex ?? 0
    try {
      await uploadSegments({ source, tree, txSeq, startEntryIndex, shards: network.shards, signal, onProgress })
    } finally {
      await source.close()
    }
  }
  if (submitted) {
    const { submission, feeWei: fee, gasWei } = submitted
    const paid = { txHash: submission.transactionHash, costWei: fee + gasWei, feeWei: fee }
    return { ...base, txSeq, ...paid, outcome: 'stored' }
  }
  const earlier = await readSubmissions(flow, { nodes: tree.nodes, signal })
  const txHash = (earlier.find((submission) => submission.txSeq === txSeq) ?? earlier[0])?.transactionHash
  return {
    ...base,
    txSeq,
    txHash: txHash ?? '0x',
    costWei: 0n,
    feeWei: 0n,
    outcome: known?.finalized ? 'already-stored' : 'resumed',
  }
}
