import type { NetworkProfile } from '../profile.ts'
import { flowOf, readSubmissions } from '../storage/flow-contract.ts'
import { hashSource } from '../storage/hash-source.ts'
import { fileSource } from '../storage/segment-source.ts'
import { verifyRoot } from '../storage/verify-root.ts'
import { type Evidence, type EvidenceLink, overallVerdict } from './evidence.ts'
import { compareLink, failedLink } from './link.ts'

/**
 * Checks a local file against the network: its root is computed here, the chain must have a submission of exactly these
 * nodes and this size, and the network must hold the bytes.
 * @throws OgError FILE_NOT_FOUND, FILE_EMPTY
 */
export async function verifyFile(
  path: string,
  { profile, signal }: { profile: NetworkProfile; signal?: AbortSignal | undefined },
): Promise<Evidence> {
  const source = await fileSource(path)
  const tree = await hashSource(source, { signal }).finally(() => source.close())
  const claim = 'the chain has a submission of exactly this file'
  const describe = (sizeBytes: number) => `root ${tree.root}, ${sizeBytes} bytes`
  const links: EvidenceLink[] = []
  try {
    const submissions = await readSubmissions(flowOf(profile), { nodes: tree.nodes, signal })
    const { sizeBytes } = tree.layout
    // Roots are over padded chunks: files that differ only in zero bytes at the end share one, and the size tells them apart.
    const same = submissions.find((submission) => submission.sizeBytes === sizeBytes) ?? submissions[0]
    const actual = same ? describe(same.sizeBytes) : `no submission has the root ${tree.root}`
    links.push(compareLink(claim, describe(sizeBytes), actual))
    if (same) links.push(...(await verifyRoot(tree.root, { profile, signal })).links)
  } catch (error) {
    signal?.throwIfAborted()
    links.push(failedLink(claim, error))
  }
  return { subject: path, kind: 'file', verdict: overallVerdict(links), links }
}
