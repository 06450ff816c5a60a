import { isOgError, ogError } from '../../errors/og-error.ts'
import { fileLayout } from '../../protocol/storage/file-layout.ts'
import { ALREADY_FINALIZED } from '../../protocol/storage/rpc-faults.ts'
import { parseSegment } from '../../protocol/storage/rpc-params.ts'
import { checkSegment } from '../../protocol/storage/segment-proof.ts'
import { ownSegments, type ShardConfig } from '../../protocol/storage/shard.ts'
import type { FlowSubmission } from '../../protocol/storage/submission.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { Base64Text, SegmentWithProof } from '../../protocol/storage/wire.ts'
import { decodeBase64, encodeBase64 } from '../../utils/base64-text.ts'
import { mapLimit } from '../../utils/map-limit.ts'
import type { NetworkProfile } from '../profile.ts'
import { flowOf, readSubmissions } from './flow-contract.ts'
import type { OnStorageProgress } from './progress.ts'
import { holdersOf, listStorageNodes, type StorageNode } from './storage-nodes.ts'
import { parseRoot } from './stored-file.ts'

/** What was found at one node and done about it; segments are counted once per transaction they belong to. */
export type NodeHealth = {
  url: string
  shard: ShardConfig
  /** segments that belong there */
  segments: number
  /** of those, there and proven when they were looked at */
  whole: number
  /** were missing, damaged or wrong, and are there now */
  repaired: number
  /** are missing still: no other node has them, or this one did not take them */
  lost: number
  /** 'down': it stopped answering, and was left alone from then on */
  state: 'up' | 'down'
}

export type HealReport = {
  files: number
  nodes: NodeHealth[]
  /** segments that no node has */
  holes: { root: Hex; txSeq: number; segments: number[] }[]
}

type Work = { nodes: Patient[]; signal: AbortSignal | undefined }
type Patient = { node: StorageNode; health: NodeHealth }

const SEGMENTS_AT_ONCE = 4

/**
 * Looks at every segment of every file (or of those named) on every node that should have it, proof included, and sends each node
 * what it lacks, taken from any other node and proven again.
 * @throws OgError ROOT_INVALID, ROOT_UNKNOWN, NETWORK_UNREACHABLE
 */
export async function healStorage(options: {
  profile: NetworkProfile
  roots?: readonly string[]
  signal?: AbortSignal | undefined
  onProgress?: OnStorageProgress | undefined
}): Promise<HealReport> {
  const { profile, signal, onProgress } = options
  const wanted = (options.roots ?? []).map(parseRoot)
  const all = await readSubmissions(flowOf(profile), { signal })
  for (const root of wanted) if (!all.some((one) => one.root === root)) throw ogError('ROOT_UNKNOWN', { root })
  const submissions = wanted.length > 0 ? all.filter(({ root }) => wanted.includes(root)) : all
  const listed = await listStorageNodes(profile, signal)
  const work = { signal, nodes: listed.filter((node) => !isGateway(node, profile)).map(asPatient) }
  const totalBytes = submissions.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  const holes: HealReport['holes'] = []
  let doneBytes = 0
  for (const submission of submissions) {
    const missing = await healFile(submission, work)
    if (missing.length > 0) holes.push({ root: submission.root, txSeq: submission.txSeq, segments: missing })
    doneBytes += submission.sizeBytes
    onProgress?.({ phase: 'download', label: 'every node', doneBytes, totalBytes })
  }
  return {
    files: new Set(submissions.map(({ root }) => root)).size,
    nodes: work.nodes.map(({ health }) => health),
    holes,
  }
}

/** On a devnet the configured node of the full range is the gateway, which stores nothing itself. */
function isGateway({ config, isTrusted }: StorageNode, profile: NetworkProfile): boolean {
  return profile.mnemonic !== undefined && isTrusted === true && config.numShard === 1
}

function asPatient(node: StorageNode): Patient {
  const none = { segments: 0, whole: 0, repaired: 0, lost: 0 }
  return { node, health: { url: node.url, shard: node.config, ...none, state: 'up' } }
}

/** Heals one file on all nodes; returns the segments that no node has. */
async function healFile(submission: FlowSubmission, work: Work): Promise<number[]> {
  const held = new Set<number>()
  const lacks = await Promise.all(
    work.nodes.map(async (patient) => {
      const own = [...ownSegments(patient.node.config, submission.startEntryIndex, submission.sizeBytes)]
      patient.health.segments += own.length
      const missing: number[] = []
      await mapLimit(own, SEGMENTS_AT_ONCE, async (index) => {
        if (!(await fetchProven(patient, submission, index, work.signal))) return void missing.push(index)
        patient.health.whole += 1
        held.add(index)
      })
      return { patient, missing }
    }),
  )
  for (const { patient, missing } of lacks) {
    await mapLimit(missing, SEGMENTS_AT_ONCE, async (index) => {
      const isRepaired = held.has(index) && (await repair(patient, submission, index, work))
      patient.health[isRepaired ? 'repaired' : 'lost'] += 1
    })
  }
  const { segments } = fileLayout(submission.sizeBytes)
  return Array.from({ length: segments }, (_, index) => index).filter((index) => !held.has(index))
}

/** Sends a node a segment from one that has it; false when that cannot be done. */
async function repair(
  { node, health }: Patient,
  submission: FlowSubmission,
  index: number,
  work: Work,
): Promise<boolean> {
  const { nodes, signal } = work
  const others = nodes.filter((other) => other.node !== node)
  const able = holdersOf(
    others.map((other) => other.node),
    submission.startEntryIndex,
    index,
  )
  for (const source of able) {
    const other = others.find((one) => one.node === source) as Patient
    const segment = await fetchProven(other, submission, index, signal)
    if (!segment) continue
    try {
      await node.rpc.request('zgs_uploadSegmentsByTxSeq', [[segment], submission.txSeq], { signal })
      return true
    } catch (error) {
      signal?.throwIfAborted()
      if (!isOgError(error)) throw error
      if (error.code !== 'RPC_ERROR') health.state = 'down'
      // A node that fetched it from a replica meanwhile is whole already.
      return error.details?.['data'] === ALREADY_FINALIZED.data
    }
  }
  return false
}

/** A segment as a node serves it, once it is proven; undefined when the node lacks it, serves another one, or is down. */
async function fetchProven(
  { node, health }: Patient,
  submission: FlowSubmission,
  index: number,
  signal: AbortSignal | undefined,
): Promise<SegmentWithProof<Base64Text> | undefined> {
  if (health.state === 'down') return undefined
  const { root, txSeq, sizeBytes: fileSize } = submission
  try {
    const method = 'zgs_downloadSegmentWithProofByTxSeq'
    const parsed = parseSegment(await node.rpc.request(method, [txSeq, index], { signal }))
    if ('problem' in parsed) return undefined
    const { proof } = parsed.value
    const data = decodeBase64(parsed.value.data)
    const isProven = checkSegment({ root, data, index, proof, fileSize }) === undefined
    return isProven ? { root, data: encodeBase64(data), index, proof, fileSize } : undefined
  } catch (error) {
    signal?.throwIfAborted()
    if (!isOgError(error)) throw error
    if (error.code !== 'RPC_ERROR') health.state = 'down'
    return undefined
  }
}
