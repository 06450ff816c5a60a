import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { fileLayout } from '../../protocol/storage/file-layout.ts'
import { CHUNK_BYTES } from '../../protocol/storage/units.ts'
import type { FileInfo } from '../../protocol/storage/wire.ts'
import type { FullRangeNode } from './full-range-node.ts'
import { FILE_NOT_FINALIZED, FILE_PRUNED, RestFault } from './rest-fault.ts'

/** A file that can be served. @throws RestFault when it is pruned or not complete */
export function requireReady(info: FileInfo): FileInfo {
  if (info.pruned) throw new RestFault(FILE_PRUNED)
  if (!info.finalized) throw new RestFault(FILE_NOT_FINALIZED)
  return info
}

/** The bytes of files, one after the other, segment by segment. @throws RestFault when a segment is missing after all */
export async function* contentOf(node: FullRangeNode, files: readonly FileInfo[]): AsyncGenerator<Uint8Array> {
  for (const info of files) {
    const { segments } = fileLayout(info.tx.size)
    for (let index = 0; index < segments; index++) {
      const bytes = await node.segmentBytes(info, index)
      if (!bytes) throw new RestFault(FILE_NOT_FINALIZED)
      yield bytes
    }
  }
}

/**
 * The bytes of one file under the size it has elsewhere: files that differ only in zero bytes at the end, within the padding,
 * share their root, and the network may know the other one.
 */
export async function* resized(parts: AsyncIterable<Uint8Array>, sizeBytes: number): AsyncGenerator<Uint8Array> {
  let left = sizeBytes
  for await (const part of parts) {
    yield part.subarray(0, left)
    left -= Math.min(left, part.length)
  }
  if (left > 0) yield new Uint8Array(left)
}

/** Whether a file of one size may have the root of a file of another. */
export function canShareRoot(a: number, b: number): boolean {
  return a > 0 && b > 0 && fileLayout(a).paddedChunks * CHUNK_BYTES === fileLayout(b).paddedChunks * CHUNK_BYTES
}

/** Streams an attachment. Its length is promised first, so breaking the connection is how missing data is told. */
export async function sendAttachment(
  response: ServerResponse,
  file: { name: string; sizeBytes: number; parts: AsyncIterable<Uint8Array> },
): Promise<void> {
  const parts = file.parts[Symbol.asyncIterator]()
  // The first segment comes before the head: a file that cannot be read is answered with the reason.
  let next = await parts.next()
  response.writeHead(200, {
    'access-control-allow-origin': '*',
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${encodeURIComponent(file.name)}"`,
    'content-length': file.sizeBytes,
  })
  while (!next.done && !response.destroyed) {
    if (!response.write(next.value)) await Promise.race([once(response, 'drain'), once(response, 'close')])
    next = await parts.next()
  }
  await parts.return?.(undefined)
  response.end()
}
