import type { Hex } from '../../protocol/storage/units.ts'
import type { NetworkProfile } from '../profile.ts'
import { flowOf, readSubmissions } from './flow-contract.ts'

/** A file as the chain lists it. */
export type ListedFile = {
  txSeq: number
  root: Hex
  sizeBytes: number
  submitter: Hex
  blockNumber: number
  txHash: Hex
}

/** Every file ever submitted, newest first; a root submitted several times is listed once, with its first submission. */
export async function listFiles(options: {
  profile: NetworkProfile
  submitter?: Hex | undefined
  signal?: AbortSignal | undefined
}): Promise<ListedFile[]> {
  const submissions = await readSubmissions(flowOf(options.profile), { signal: options.signal })
  const seen = new Set<Hex>()
  const files: ListedFile[] = []
  for (const { txSeq, root, sizeBytes, submitter, blockNumber, transactionHash } of submissions) {
    if (seen.has(root) || (options.submitter && submitter !== options.submitter)) continue
    seen.add(root)
    files.push({ txSeq, root, sizeBytes, submitter, blockNumber, txHash: transactionHash })
  }
  return files.reverse()
}
