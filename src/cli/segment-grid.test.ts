import { expect, test } from 'vitest'
import type { NodeSegments } from '../client/storage/locate-file.ts'
import { formatRanges, segmentGrid } from './segment-grid.ts'

const node = (own: number[], missing: number[], state: NodeSegments['state']): NodeSegments => ({
  url: '',
  shard: { shardId: 0, numShard: 2 },
  state,
  own,
  missing,
})

test('a column for each segment', () => {
  const nodes = [node([0, 2, 4], [2], 'incomplete'), node([1, 3], [], 'complete'), node([1, 3], [1, 3], 'down')]
  expect(segmentGrid({ segments: 5, nodes })).toEqual(['# - #', ' # # ', ' x x '])
})

test('several segments to a column once the row would be long', () => {
  const own = Array.from({ length: 1000 }, (_, i) => i)
  const [row] = segmentGrid({ segments: 1000, nodes: [node(own, [999], 'incomplete')] })
  expect(row).toBe(`${'#'.repeat(62)}-`)
})

test('ranges', () => {
  expect(formatRanges([])).toBe('')
  expect(formatRanges([0, 1, 2, 7, 9, 10])).toBe('0-2, 7, 9-10')
  expect(formatRanges([1, 3, 5], 2)).toBe('1, 3, …')
})
