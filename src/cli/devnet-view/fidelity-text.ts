import type { FidelityRow } from '../../topology/fidelity.ts'
import { textTable } from './text-table.ts'

/** The honesty table for a terminal. */
export function fidelityText(rows: readonly FidelityRow[]): string {
  return textTable(
    ['PART', 'IS', 'HOW'],
    rows.map(({ part, level, how }) => [part, level, how]),
  )
}
