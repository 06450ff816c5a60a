import { CHUNK_BYTES, SEGMENT_CHUNKS } from './units.ts'

/** A node of shard {shardId, numShard} stores the segments whose global index ≡ shardId modulo numShard (§5.2). */
export type ShardConfig = { shardId: number; numShard: number }

/** Valid when the number of shards is a power of two above zero and the id is below it. */
export function isValidShard({ shardId, numShard }: ShardConfig): boolean {
  const isPower = Number.isSafeInteger(numShard) && numShard > 0 && Number.isInteger(Math.log2(numShard))
  return isPower && Number.isSafeInteger(shardId) && shardId >= 0 && shardId < numShard
}

/** Global index of the first segment of a file that starts at sector `startEntryIndex`. */
export function firstSegment(startEntryIndex: number): number {
  return Math.floor(startEntryIndex / SEGMENT_CHUNKS)
}

/** Whether a shard stores a global segment. */
export function ownsSegment(shard: ShardConfig, globalIndex: number): boolean {
  return globalIndex % shard.numShard === shard.shardId
}

/** First global segment ≥ `from` that a shard stores. */
export function firstOwnSegment(shard: ShardConfig, from: number): number {
  return Math.floor((from + shard.numShard - 1 - shard.shardId) / shard.numShard) * shard.numShard + shard.shardId
}

/** Local indexes of the real segments of a file that a shard stores, ascending. */
export function* ownSegments(shard: ShardConfig, startEntryIndex: number, sizeBytes: number): Generator<number> {
  const first = firstSegment(startEntryIndex)
  const count = Math.ceil(Math.ceil(sizeBytes / CHUNK_BYTES) / SEGMENT_CHUNKS)
  for (let global = firstOwnSegment(shard, first); global < first + count; global += shard.numShard)
    yield global - first
}

/**
 * A set of nodes that together store every segment once: nodes with few shards first, then by id, each taken only when it
 * adds coverage (§5.3, method "min"). Undefined when they cannot cover everything.
 */
export function selectCovering<T extends { config: ShardConfig }>(nodes: readonly T[]): T[] | undefined {
  const sorted = nodes
    .filter(({ config }) => isValidShard(config))
    .toSorted((a, b) => a.config.numShard - b.config.numShard || a.config.shardId - b.config.shardId)
  const selected: T[] = []
  const width = Math.max(1, ...sorted.map(({ config }) => config.numShard))
  const covered = new Set<number>()
  for (const node of sorted) {
    const slots = slotsOf(node.config, width)
    if (slots.some((slot) => covered.has(slot))) continue
    for (const slot of slots) covered.add(slot)
    selected.push(node)
    if (covered.size === width) return selected
  }
  return undefined
}

function slotsOf({ shardId, numShard }: ShardConfig, width: number): number[] {
  return Array.from({ length: width / numShard }, (_, i) => shardId + i * numShard)
}
