import { ogError } from '../../errors/og-error.ts'
import { isValidShard, type ShardConfig } from '../../protocol/storage/shard.ts'

/** A shard as a person writes it, `i/n`. @throws OgError SHARD_INVALID */
export function parseShard(text: string): ShardConfig {
  const [, id, count] = /^(\d{1,9})\/(\d{1,9})$/.exec(text) ?? []
  const shard = { shardId: Number(id), numShard: Number(count) }
  if (id === undefined || !isValidShard(shard)) throw ogError('SHARD_INVALID', { shard: text })
  return shard
}
