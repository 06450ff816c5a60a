import type { FileLocation, NodeSegments } from '../client/storage/locate-file.ts'

const MAX_COLUMNS = 64

/**
 * Nodes × segments: `#` has it, `-` should have it and does not, `x` is on a node that is down, blank is another shard's. A long file
 * gets several segments to a column, which is `-` when one of them is missing.
 */
export function segmentGrid({ segments, nodes }: Pick<FileLocation, 'segments' | 'nodes'>): string[] {
  const perColumn = Math.ceil(segments / MAX_COLUMNS)
  const columns = Math.ceil(segments / perColumn)
  return nodes.map((node) => gridRow(node, columns, perColumn))
}

function gridRow({ own, missing, state }: NodeSegments, columns: number, perColumn: number): string {
  const row: string[] = new Array<string>(columns).fill(' ')
  const mark = (indexes: readonly number[], sign: string): void => {
    for (const index of indexes) row[Math.floor(index / perColumn)] = sign
  }
  mark(own, '#')
  mark(missing, state === 'down' || state === 'absent' ? 'x' : '-')
  return row.join('')
}

/** `0-3, 7, 9-12` of ascending numbers; the first `limit` ranges. */
export function formatRanges(numbers: readonly number[], limit = 8): string {
  const ranges: [number, number][] = []
  for (const number of numbers) {
    const last = ranges.at(-1)
    if (last && last[1] === number - 1) last[1] = number
    else ranges.push([number, number])
  }
  const shown = ranges.slice(0, limit).map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`))
  return [...shown, ...(ranges.length > limit ? ['…'] : [])].join(', ')
}
