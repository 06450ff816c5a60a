import { fileLayout } from '../../protocol/storage/file-layout.ts'
import { FileTreeBuilder } from '../../protocol/storage/file-tree.ts'
import { FlowTree } from '../../protocol/storage/flow-tree.ts'
import { toHex } from '../../protocol/storage/keccak.ts'
import { ownSegments } from '../../protocol/storage/shard.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import { type Evidence, type EvidenceLink, overallVerdict } from '../verify/evidence.ts'
import { compareLink, failedLink, uncheckedLink } from '../verify/link.ts'
import { flowOf, readFlowRoot, readSubmissions } from './flow-contract.ts'
import type { OnStorageProgress } from './progress.ts'
import { provenSegment } from './read-segments.ts'
import { describeNode, type StorageNode } from './storage-nodes.ts'
import { type FindOptions, findStoredFile, parseRoot, type StoredFile } from './stored-file.ts'

/** The flow root is recomputed from all submissions before; beyond this many that is left to others. */
const MAX_REPLAYED_SUBMISSIONS = 20_000

type VerifyOptions = FindOptions & { onProgress?: OnStorageProgress | undefined }

/**
 * Checks a stored file link by link: the chain's submission folds to the root, the flow's own root covers that submission,
 * every node serves every segment of its shard with a proof that holds, and the bytes together hash to the root.
 * A node that is down makes a link unchecked, a wrong byte makes it false.
 * @throws OgError ROOT_INVALID, ROOT_UNKNOWN, NETWORK_UNREACHABLE when neither chain nor indexer can be asked
 */
export async function verifyRoot(root: string, options: VerifyOptions): Promise<Evidence> {
  const subject = parseRoot(root)
  const file = await findStoredFile(subject, options)
  const links = [...chainLinks(file), await flowLink(file, options)]
  const builder = new FileTreeBuilder(file.submission.sizeBytes)
  const proven = new Set<number>()
  for (const node of file.nodes.all) links.push(await nodeLink(file, node, builder, proven, options))
  links.push(contentLink(file, builder, proven))
  return { subject, kind: 'root', verdict: overallVerdict(links), links }
}

function chainLinks({ root, submission }: StoredFile): EvidenceLink[] {
  const { txSeq, blockNumber, transactionHash, sizeBytes } = submission
  const note = `transaction ${transactionHash} in block ${blockNumber}, ${sizeBytes} bytes`
  return [compareLink(`submission ${txSeq} on the chain is of this root`, root, submission.root, { note })]
}

/** The contract's root after this submission, against the one all submissions up to it lead to. */
async function flowLink({ submission }: StoredFile, { profile, signal }: VerifyOptions): Promise<EvidenceLink> {
  const { txSeq } = submission
  const claim = `the flow's root covers submission ${txSeq}`
  if (txSeq >= MAX_REPLAYED_SUBMISSIONS) return uncheckedLink(claim, 'too many submissions before it to replay')
  try {
    const flow = flowOf(profile)
    const [recorded, submissions] = await Promise.all([
      readFlowRoot(flow, txSeq, signal),
      readSubmissions(flow, { signal }),
    ])
    const tree = new FlowTree()
    for (const { startEntryIndex, nodes } of submissions.slice(0, txSeq + 1)) tree.append(startEntryIndex, nodes)
    return compareLink(claim, recorded, toHex(tree.rootAfter().root))
  } catch (error) {
    return failedLink(claim, error)
  }
}

/** Every segment one node should hold, each proven; the first that fails names itself. */
async function nodeLink(
  file: StoredFile,
  node: StorageNode,
  builder: FileTreeBuilder,
  proven: Set<number>,
  { signal, onProgress }: VerifyOptions,
): Promise<EvidenceLink> {
  const { startEntryIndex, sizeBytes } = file.submission
  const own = [...ownSegments(node.config, startEntryIndex, sizeBytes)]
  const claim = `${describeNode(node)} holds its ${own.length} of ${fileLayout(sizeBytes).segments} segments`
  if (own.length === 0) return { claim, verdict: 'true', note: 'the file has no segment in this shard' }
  let missing = 0
  try {
    for (const [done, index] of own.entries()) {
      const data = await provenSegment(file, index, node, signal)
      if (!data) missing += 1
      else if (!proven.has(index)) {
        builder.add(index, data)
        proven.add(index)
      }
      onProgress?.({ phase: 'download', label: node.url, doneBytes: done + 1, totalBytes: own.length })
    }
  } catch (error) {
    signal?.throwIfAborted()
    return failedLink(claim, error)
  }
  if (missing > 0) return uncheckedLink(claim, `${missing} segments are not there`)
  return { claim, verdict: 'true', note: 'every proof leads to the root' }
}

function contentLink({ root, submission }: StoredFile, builder: FileTreeBuilder, proven: Set<number>): EvidenceLink {
  const claim = 'the bytes hash to the root'
  const { segments } = fileLayout(submission.sizeBytes)
  if (proven.size < segments)
    return uncheckedLink(claim, `${segments - proven.size} of ${segments} segments are missing`)
  const rebuilt: Hex = builder.build().root
  return compareLink(claim, root, rebuilt)
}
