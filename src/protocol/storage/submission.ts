import { rootOfNodes, type SubmissionNode } from './file-tree.ts'
import { fromHex, hashBytes, toHex } from './keccak.ts'
import type { Hex } from './units.ts'

/** A `Submit` event of the Flow contract (0G storage spec §3.2), numbers as JavaScript numbers. */
export type FlowSubmission = {
  txSeq: number
  submitter: Hex
  identity: Hex
  /** file root, folded from the nodes */
  root: Hex
  startEntryIndex: number
  /** sectors, flow padding included */
  sectors: number
  sizeBytes: number
  tags: Hex
  nodes: SubmissionNode[]
  blockNumber: number
  transactionHash: Hex
}

/** topic0 of `Submit`, the same in the old and the new ABI. */
export const SUBMIT_TOPIC: Hex = '0x167ce04d2aa1981994d3a31695da0d785373335b1078cec239a1a3a2c7675555'

/** keccak256 of the node roots, one after the other: the `identity` topic. */
export function submissionIdentity(nodes: readonly SubmissionNode[]): Hex {
  const bytes = new Uint8Array(nodes.length * 32)
  nodes.forEach((node, i) => {
    bytes.set(fromHex(node.root), i * 32)
  })
  return toHex(hashBytes(bytes))
}

/** Sectors that a submission takes and pays for: Σ 2^height. */
export function submissionSectors(nodes: readonly { height: number }[]): number {
  return nodes.reduce((total, { height }) => total + 2 ** height, 0)
}

/** Fee in wei: sectors × price per sector (§3.4). */
export function submissionFeeWei(nodes: readonly { height: number }[], pricePerSectorWei: bigint): bigint {
  return BigInt(submissionSectors(nodes)) * pricePerSectorWei
}

type Log = { topics: readonly string[]; data: string; blockNumber: string; transactionHash: string }

/**
 * Decodes a `Submit` log. By hand, because a node reads thousands at start and the shape is fixed:
 * (uint256 submissionIndex, uint256 startPos, uint256 length, (uint256 length, bytes tags, (bytes32, uint256)[] nodes)).
 */
export function decodeSubmitLog(log: Log): FlowSubmission {
  const data = log.data.slice(2)
  const word = (byteOffset: number): Hex => `0x${data.slice(byteOffset * 2, byteOffset * 2 + 64)}`
  const number = (byteOffset: number): number => Number(BigInt(word(byteOffset)))
  const submission = number(96)
  const tagsAt = submission + number(submission + 32)
  const tagsBytes = number(tagsAt)
  const nodesAt = submission + number(submission + 64)
  const nodes = Array.from({ length: number(nodesAt) }, (_, i) => ({
    root: word(nodesAt + 32 + i * 64),
    height: number(nodesAt + 64 + i * 64),
  }))
  return {
    txSeq: number(0),
    submitter: `0x${(log.topics[1] ?? '').slice(-40)}`,
    identity: log.topics[2] as Hex,
    root: toHex(rootOfNodes(nodes.map(({ root }) => fromHex(root)))),
    startEntryIndex: number(32),
    sectors: number(64),
    sizeBytes: number(submission),
    tags: `0x${data.slice((tagsAt + 32) * 2, (tagsAt + 32 + tagsBytes) * 2)}`,
    nodes,
    blockNumber: Number(log.blockNumber),
    transactionHash: log.transactionHash as Hex,
  }
}
