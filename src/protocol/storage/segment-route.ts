import type { FileProof } from './merkle.ts'

/**
 * Where a node of this network hands out a segment as it is, beside the methods of the protocol: the body is the segment's real chunks, its
 * proof comes in a header. Text and base64 cost both sides more than the check does. Other nodes answer with 405 (0G storage spec §4.1).
 */
export const SEGMENT_ROUTE = /^\/segment\/(\d{1,15})\/(\d{1,15})$/
export const PROOF_HEADER = 'x-0g-proof'

/** Path of segment `index` of submission `txSeq`. */
export function segmentPath(txSeq: number, index: number): string {
  return `/segment/${txSeq}/${index}`
}

/** The proof as a header says it; undefined when it is no JSON object. Its shape is for the check to judge. */
export function parseProofHeader(text: unknown): FileProof | undefined {
  if (typeof text !== 'string') return undefined
  try {
    const proof = JSON.parse(text) as FileProof | null
    return Array.isArray(proof?.lemma) && Array.isArray(proof.path) ? proof : undefined
  } catch {
    return undefined
  }
}
