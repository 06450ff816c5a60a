import type { FlowSubmission } from '../../protocol/storage/submission.ts'
import { readSegments } from './read-segments.ts'
import { findStorageNodes } from './storage-nodes.ts'

/**
 * Reads the file of one submission into memory, every segment proven. For callers that follow the chain themselves.
 * @throws OgError PROOF_INVALID, FILE_INCOMPLETE, NETWORK_UNREACHABLE, STORAGE_NODES_MISSING
 */
export async function readSubmission(
  submission: FlowSubmission,
  options: { indexer: string; signal?: AbortSignal | undefined },
): Promise<Uint8Array> {
  const { indexer, signal } = options
  const nodes = await findStorageNodes({ storage: { indexer } }, { signal })
  const bytes = new Uint8Array(submission.sizeBytes)
  let offset = 0
  for await (const part of readSegments({ root: submission.root, submission, nodes }, { signal })) {
    bytes.set(part, offset)
    offset += part.length
  }
  return bytes
}
