import { fileLayout } from './file-layout.ts'
import type { SegmentFault } from './segment-proof.ts'
import { SEGMENT_CHUNKS } from './units.ts'

/** JSON-RPC errors of a storage node, word for word (0G storage spec §4.2): clients match on these strings. */
export type StorageFault = { code: number; message: string; data?: unknown }

/** −32602 `Invalid params: <param>`, the reason in `data`. */
export function invalidParams(param: string, reason: string): StorageFault {
  return { code: -32602, message: `Invalid params: ${param}`, data: reason }
}

/** −32602 for parameters of the wrong type or number. */
export function malformedParams(reason: string): StorageFault {
  return { code: -32602, message: 'Invalid params', data: reason }
}

/** −32603 `Internal error`, the reason in `data`. */
export function internalError(reason: string): StorageFault {
  return { code: -32603, message: 'Internal error', data: reason }
}

/** −32000 with the reason as the message. */
export function serverError(reason: string): StorageFault {
  return { code: -32000, message: reason }
}

/** How a refused segment is answered. */
export function segmentFault(fault: SegmentFault): StorageFault {
  return fault.param ? invalidParams(fault.param, fault.message) : serverError(fault.message)
}

export const ALREADY_FINALIZED: StorageFault = invalidParams('root', 'already uploaded and finalized')
export const DUPLICATE_SEGMENT: StorageFault = serverError('segment has already been uploaded or is being uploaded')

/** What is wrong with a request for chunks [start, end) of a file, if anything (§4.3). */
export function chunkRangeFault(sizeBytes: number, start: number, end: number): StorageFault | undefined {
  if (start >= end) return invalidParams('end_index', 'invalid chunk index')
  if (end - start > SEGMENT_CHUNKS) return invalidParams('end_index', `exceeds maximum chunks ${SEGMENT_CHUNKS}`)
  if (end <= fileLayout(sizeBytes).chunks) return undefined
  return serverError(`end entry index exceeds tx size: end=${end} tx size=${sizeBytes}`)
}
