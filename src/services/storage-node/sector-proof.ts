import { fileLayout, segmentLeafCount } from '../../protocol/storage/file-layout.ts'
import { fromHex, toHex, zeroHash } from '../../protocol/storage/keccak.ts'
import { type FileProof, hashAt, merkleLevels, segmentLeaves } from '../../protocol/storage/merkle.ts'
import { invalidParams, serverError } from '../../protocol/storage/rpc-faults.ts'
import type { FlowSubmission } from '../../protocol/storage/submission.ts'
import { type Hex, SEGMENT_CHUNKS, SEGMENT_HEIGHT } from '../../protocol/storage/units.ts'
import { RpcFault } from '../../runtime/child/json-rpc-http.ts'
import type { StorageNode } from './storage-node.ts'

type Step = { hash: Uint8Array; isLeft: boolean }

/**
 * Proof that a sector is in the flow (0G storage spec §2.4): siblings inside its segment, then inside its submission node
 * (kept with the segment), then in the flow tree. `root`: an earlier root of the flow, or undefined for the current one.
 * @throws RpcFault when the root is unknown, or the sector is not stored here
 */
export async function proveSector(node: StorageNode, sector: number, root: Hex | undefined): Promise<FileProof> {
  const { tree } = node.submissions
  const state = root === undefined ? tree.rootAfter() : tree.findRoot(fromHex(root))
  if (!state) throw new RpcFault(invalidParams('root', 'unknown flow root'))
  if (sector >= state.length) throw new RpcFault(invalidParams('sector_index', 'sector is beyond the flow'))
  const submission = node.submissions.atSector(sector)
  const start = submission
    ? await insideSubmission(node, submission, sector)
    : { leaf: sector === 0 ? new Uint8Array(32) : zeroHash(0), steps: [] as Step[], height: 0, index: sector }
  const steps = [...start.steps, ...tree.siblings(start.height, start.index, state.length)]
  return {
    lemma: [toHex(start.leaf), ...steps.map(({ hash }) => toHex(hash)), toHex(state.root)],
    path: steps.map(({ isLeft }) => isLeft),
  }
}

async function insideSubmission(
  node: StorageNode,
  submission: FlowSubmission,
  sector: number,
): Promise<{ leaf: Uint8Array; steps: Step[]; height: number; index: number }> {
  const inFile = sector - submission.startEntryIndex
  const { height, first } = nodeAt(submission, inFile)
  const segmentIndex = Math.floor(inFile / SEGMENT_CHUNKS)
  const layout = fileLayout(submission.sizeBytes)
  const above: Step[] = []
  if (segmentIndex >= layout.segments) {
    throw new RpcFault(serverError(`sector ${sector} is padding of transaction ${submission.txSeq}`))
  }
  const segment = await node.readSegment(submission, segmentIndex)
  if (!segment) throw new RpcFault(serverError(`sector ${sector} is not stored by this node`))
  for (let level = 0; level < height - SEGMENT_HEIGHT; level++) {
    above.push({ hash: fromHex(segment.proof.lemma[level + 1] as Hex), isLeft: segment.proof.path[level] as boolean })
  }
  const leaves = segmentLeaves(segment.data, segmentLeafCount(layout, segmentIndex))
  const inSegment = inFile % SEGMENT_CHUNKS
  // A node smaller than a segment is a subtree of the last segment's leaves.
  const firstLeaf = height < SEGMENT_HEIGHT ? first % SEGMENT_CHUNKS : 0
  const leafCount = 2 ** Math.min(height, SEGMENT_HEIGHT)
  const levels = merkleLevels(leaves.subarray(firstLeaf * 32, (firstLeaf + leafCount) * 32))
  const within = inSegment - firstLeaf
  const steps = levels.slice(0, -1).map((level, k) => {
    const position = Math.floor(within / 2 ** k)
    const isLeft = position % 2 === 0
    return { hash: hashAt(level, isLeft ? position + 1 : position - 1), isLeft }
  })
  const index = (submission.startEntryIndex + first) / 2 ** height
  return { leaf: hashAt(leaves, inSegment), steps: [...steps, ...above], height, index }
}

/** Height and first sector (inside the file) of the submission node that covers a sector. */
function nodeAt(submission: FlowSubmission, inFile: number): { height: number; first: number } {
  let first = 0
  for (const { height } of submission.nodes) {
    if (inFile < first + 2 ** height) return { height, first }
    first += 2 ** height
  }
  throw new RpcFault(serverError('sector is beyond its transaction'))
}
