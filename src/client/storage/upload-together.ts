import { toWireSegment } from '../../protocol/storage/file-layout.ts'
import type { FileTree } from '../../protocol/storage/file-tree.ts'
import { firstSegment, ownsSegment } from '../../protocol/storage/shard.ts'
import type { Base64Text, SegmentWithProof } from '../../protocol/storage/wire.ts'
import { encodeBase64 } from '../../utils/base64-text.ts'
import { mapLimit } from '../../utils/map-limit.ts'
import type { SegmentSource } from './segment-source.ts'
import type { StorageNode } from './storage-nodes.ts'

/** What goes into one request: many small files share its cost, and the node's flush to disk. */
const MAX_FILES = 64
const MAX_BYTES = 4 * 1024 ** 2
const REQUESTS_PER_NODE = 2

/** A submitted file of one segment. */
type SmallFile = { source: SegmentSource; tree: FileTree; startEntryIndex: number }

/**
 * Sends files of one segment to the nodes of their shards, many to a request. This only saves requests: who calls it completes each file
 * afterwards as usual, so what a node did not take here is sent again and then explained.
 */
export async function uploadTogether(
  files: readonly SmallFile[],
  shards: readonly StorageNode[],
  signal: AbortSignal | undefined,
): Promise<void> {
  if (files.length < 2) return
  await Promise.all(
    shards.map(async (shard) => {
      const own = files.filter(({ startEntryIndex }) => ownsSegment(shard.config, firstSegment(startEntryIndex)))
      await mapLimit(inGroups(own), REQUESTS_PER_NODE, async (group) => {
        signal?.throwIfAborted()
        const segments = await Promise.all(group.map(segmentOf))
        await shard.rpc.request('zgs_uploadSegments', [segments], { signal }).catch(() => signal?.throwIfAborted())
      })
    }),
  )
}

async function segmentOf({ source, tree }: SmallFile): Promise<SegmentWithProof<Base64Text>> {
  try {
    const data = encodeBase64(toWireSegment(await source.read(0)))
    return { root: tree.root, data, index: 0, proof: tree.proof(0), fileSize: source.sizeBytes }
  } finally {
    await source.close()
  }
}

function inGroups(files: readonly SmallFile[]): SmallFile[][] {
  const groups: SmallFile[][] = []
  let bytes = Number.POSITIVE_INFINITY
  for (const file of files) {
    const last = groups.at(-1)
    if (!last || last.length >= MAX_FILES || bytes + file.source.sizeBytes > MAX_BYTES) {
      groups.push([file])
      bytes = 0
    } else last.push(file)
    bytes += file.source.sizeBytes
  }
  return groups
}
