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

/** Order in which nodes are tried: few shards first, many shards first, any, or only those of exactly k shards. */
export type SelectMethod = 'min' | 'max' | 'random' | number

type Cover = { numShard: number; replicas: number; children: [Cover, Cover] | undefined }

/**
 * Nodes that together store every segment `replica` times, each taken only when it adds to the cover (0G storage spec §5.3).
 * Undefined when the nodes cannot.
 */
export function selectNodes<T extends { config: ShardConfig }>(
  nodes: readonly T[],
  replica: number,
  method: SelectMethod,
): T[] | undefined {
  if (replica === 0) return []
  const root: Cover = { numShard: 1, replicas: 0, children: undefined }
  const selected: T[] = []
  for (const node of inOrder(
    nodes.filter(({ config }) => isValidShard(config)),
    method,
  )) {
    if (!cover(root, node.config, replica)) continue
    selected.push(node)
    if (root.replicas >= replica) return selected
  }
  return undefined
}

/** The widest shards of which no node stores a segment; empty when the nodes store everything. */
export function missingShards(nodes: readonly ShardConfig[]): ShardConfig[] {
  const root: Cover = { numShard: 1, replicas: 0, children: undefined }
  for (const node of nodes.filter(isValidShard)) cover(root, node, 1)
  return uncovered(root, 0)
}

function uncovered({ numShard, replicas, children }: Cover, shardId: number): ShardConfig[] {
  if (replicas > 0) return []
  if (!children) return [{ shardId, numShard }]
  return [...uncovered(children[0], shardId), ...uncovered(children[1], shardId + numShard)]
}

function inOrder<T extends { config: ShardConfig }>(nodes: readonly T[], method: SelectMethod): T[] {
  if (typeof method === 'number') return nodes.filter(({ config }) => config.numShard === method)
  if (method === 'random') return shuffled(nodes)
  const direction = method === 'min' ? 1 : -1
  return nodes.toSorted(
    ({ config: a }, { config: b }) => (a.numShard - b.numShard) * direction || a.shardId - b.shardId,
  )
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

function cover(tree: Cover, { shardId, numShard }: ShardConfig, replica: number): boolean {
  if (tree.replicas >= replica) return false
  if (tree.numShard === numShard) {
    addReplica(tree)
    return true
  }
  tree.children ??= [emptyChild(tree), emptyChild(tree)]
  const [left, right] = tree.children
  const isTaken = cover(shardId % 2 === 0 ? left : right, { shardId: Math.floor(shardId / 2), numShard }, replica)
  tree.replicas = Math.min(left.replicas, right.replicas)
  return isTaken
}

function emptyChild(parent: Cover): Cover {
  return { numShard: parent.numShard * 2, replicas: parent.replicas, children: undefined }
}

function addReplica(tree: Cover): void {
  tree.replicas += 1
  for (const child of tree.children ?? []) addReplica(child)
}
