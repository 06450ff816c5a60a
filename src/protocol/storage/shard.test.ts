import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  firstOwnSegment,
  isValidShard,
  missingShards,
  ownSegments,
  ownsSegment,
  type ShardConfig,
  selectNodes,
} from './shard.ts'

const node = (shardId: number, numShard: number) => ({ config: { shardId, numShard } })
const shards = fc
  .integer({ min: 0, max: 5 })
  .chain((k) => fc.record({ numShard: fc.constant(2 ** k), shardId: fc.integer({ min: 0, max: 2 ** k - 1 }) }))

describe('which segments a shard stores', () => {
  test('valid shards are powers of two with an id below', () => {
    for (const shard of [node(0, 1), node(1, 2), node(7, 8)]) expect(isValidShard(shard.config)).toBe(true)
    for (const shard of [node(1, 1), node(0, 3), node(0, 0), node(-1, 2), node(0.5, 2)]) {
      expect(isValidShard(shard.config)).toBe(false)
    }
  })

  test('every segment of a file belongs to exactly one shard of a set', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5 }),
        fc.nat(2 ** 30),
        fc.integer({ min: 1, max: 2 ** 24 }),
        (k, start, size) => {
          const numShard = 2 ** k
          const all = Array.from({ length: numShard }, (_, shardId) => [
            ...ownSegments({ shardId, numShard }, start, size),
          ])
          const count = Math.ceil(size / 262_144)
          expect(all.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i))
        },
      ),
    )
  })

  test('the first own segment is own, not before, and there is none between', () => {
    fc.assert(
      fc.property(shards, fc.nat(2 ** 40), (shard, from) => {
        const first = firstOwnSegment(shard, from)
        expect(ownsSegment(shard, first)).toBe(true)
        expect(first).toBeGreaterThanOrEqual(from)
        expect(first - from).toBeLessThan(shard.numShard)
      }),
    )
  })
})

describe('selection', () => {
  const nodes = [node(0, 1), node(0, 2), node(1, 2)]

  test('min takes the full-range node, max the shards, a number only those of that many shards', () => {
    expect(selectNodes(nodes, 1, 'min')).toEqual([node(0, 1)])
    expect(selectNodes(nodes, 1, 'max')).toEqual([node(0, 2), node(1, 2)])
    expect(selectNodes(nodes, 1, 2)).toEqual([node(0, 2), node(1, 2)])
    expect(selectNodes(nodes, 1, 4)).toBeUndefined()
    expect(selectNodes(nodes, 2, 'min')).toHaveLength(3)
    expect(selectNodes(nodes, 3, 'min')).toBeUndefined()
    expect(selectNodes([], 0, 'min')).toEqual([])
  })

  test('missing shards are exactly what no node stores, as wide as they can be named', () => {
    expect(missingShards([])).toEqual([{ shardId: 0, numShard: 1 }])
    expect(missingShards([node(0, 2).config, node(3, 4).config])).toEqual([{ shardId: 1, numShard: 4 }])
    fc.assert(
      fc.property(fc.array(shards, { maxLength: 20 }), (configs) => {
        const missing = missingShards(configs)
        for (let segment = 0; segment < 32; segment++) {
          const isStored = configs.some((shard) => ownsSegment(shard, segment))
          expect(missing.filter((shard) => ownsSegment(shard, segment))).toHaveLength(isStored ? 0 : 1)
        }
      }),
    )
  })

  test('what is selected covers every segment, whatever the nodes', () => {
    fc.assert(
      fc.property(
        fc.array(shards, { maxLength: 20 }),
        fc.integer({ min: 1, max: 2 }),
        (configs: ShardConfig[], replica) => {
          const selected = selectNodes(
            configs.map((config) => ({ config })),
            replica,
            'random',
          )
          const holders = (from: ShardConfig[], segment: number) =>
            from.filter((shard) => ownsSegment(shard, segment)).length
          const segments = Array.from({ length: 32 }, (_, i) => i)
          if (selected) {
            const chosen = selected.map(({ config }) => config)
            for (const segment of segments) expect(holders(chosen, segment)).toBeGreaterThanOrEqual(replica)
          }
        },
      ),
    )
  })
})
