import { ogError } from '../../errors/og-error.ts'
import { rootOfNodes } from '../../protocol/storage/file-tree.ts'
import { fromHex, isHash, toHex } from '../../protocol/storage/keccak.ts'
import type { FlowSubmission } from '../../protocol/storage/submission.ts'
import type { Hex } from '../../protocol/storage/units.ts'
import type { FileInfo } from '../../protocol/storage/wire.ts'
import type { NetworkProfile } from '../profile.ts'
import { askFileInfo } from './ask-node.ts'
import { flowOf, readSubmissions } from './flow-contract.ts'
import { findStorageNodes, listStorageNodes, type StorageNode, type StorageNodes } from './storage-nodes.ts'

/** A file on the network: what the chain says of it, and who may hold it. */
export type StoredFile = { root: Hex; submission: FlowSubmission; nodes: StorageNodes }

export type FindOptions = {
  profile: NetworkProfile
  signal?: AbortSignal | undefined
  /** size the file should have: files that differ only in zero bytes at the end can share a root */
  sizeBytes?: number | undefined
  /** the nodes, when they are known already */
  nodes?: StorageNodes | undefined
  /** take nodes that do not hold all shards between them, too */
  allowHoles?: boolean | undefined
}

/** A root as typed by a person, lower case. @throws OgError ROOT_INVALID */
export function parseRoot(text: string): Hex {
  if (!isHash(text)) throw ogError('ROOT_INVALID', { root: text })
  return text.toLowerCase() as Hex
}

/**
 * Finds a file by its root. The nodes only say where to look: size and place come from the chain's own event, so a node
 * cannot shorten a file. Nodes that are down are passed over while another one answers.
 * @throws OgError ROOT_INVALID, ROOT_UNKNOWN, NETWORK_UNREACHABLE
 */
export async function findStoredFile(root: string, options: FindOptions): Promise<StoredFile> {
  const { profile, signal } = options
  const wanted = parseRoot(root)
  const nodes = options.nodes ?? (await nodesFor(options))
  const info = await firstInfo(nodes.all, wanted, signal)
  if (!info) throw ogError('ROOT_UNKNOWN', { root: wanted })
  const submissions = await readSubmissions(flowOf(profile), { nodes: nodesOf(info, wanted), signal })
  const submission =
    submissions.find(({ sizeBytes }) => sizeBytes === options.sizeBytes) ??
    submissions.find(({ txSeq }) => txSeq === info.tx.seq) ??
    submissions[0]
  if (!submission) throw ogError('ROOT_UNKNOWN', { root: wanted })
  return { root: wanted, submission, nodes }
}

async function nodesFor({ profile, signal, allowHoles }: FindOptions): Promise<StorageNodes> {
  if (!allowHoles) return await findStorageNodes(profile, { signal })
  const all = await listStorageNodes(profile, signal)
  return { all, shards: all }
}

/** What the first node that knows a root says of it. */
async function firstInfo(
  nodes: readonly StorageNode[],
  root: Hex,
  signal: AbortSignal | undefined,
): Promise<FileInfo | undefined> {
  let failure: unknown
  let answers = 0
  for (const { rpc } of nodes) {
    try {
      const info = await askFileInfo(rpc, root, signal)
      answers += 1
      if (info) return info
    } catch (error) {
      signal?.throwIfAborted()
      failure = error
    }
  }
  if (answers === 0 && failure !== undefined) throw failure
  return undefined
}

/** The submission nodes a storage node names, once they fold to the root asked for. */
function nodesOf(info: FileInfo, root: Hex): { root: Hex; height: number }[] {
  const nodes = info.tx.merkleNodes.map(([depth, hash]) => ({ root: hash, height: depth - 1 }))
  const folded = toHex(rootOfNodes(nodes.map((node) => fromHex(node.root))))
  if (folded !== root) throw ogError('ROOT_UNKNOWN', { root })
  return nodes
}
