import { styleText } from 'node:util'
import type { Evidence, EvidenceLink, Verdict } from '../client/verify/evidence.ts'
import { clean } from './terminal-text.ts'

const MARKS = { true: '✓', false: '✗', unchecked: '?' } as const
const COLORS = { true: 'green', false: 'red', unchecked: 'yellow' } as const
/** Characters of a value that are shown; `--json` has all of it. */
const MAX_SHOWN = 160
const VERDICTS = { true: 'true', false: 'FALSE', unchecked: 'NOT CHECKED' } as const

/**
 * The chain of evidence for people: one line per link with what was compared, the first link that does not hold named at the
 * end, simulated parts marked. A comparison that held is shown once, one that failed with both sides.
 */
export function renderEvidence({ subject, kind, verdict, links }: Evidence): string {
  const lines = [`${kind} ${clean(subject)}: ${paint(verdict, VERDICTS[verdict])}`]
  for (const link of links) lines.push(...renderLink(link))
  const broken = links.find((link) => link.verdict === 'false') ?? links.find((link) => link.verdict === 'unchecked')
  if (broken) {
    const what = broken.verdict === 'false' ? 'first link that does not hold' : 'first link that could not be checked'
    lines.push(`${what}: ${clean(broken.claim)}`)
  }
  return lines.join('\n')
}

function renderLink({ claim, verdict, expected, actual, note, simulated }: EvidenceLink): string[] {
  const lines = [`  ${paint(verdict, MARKS[verdict])} ${clean(claim)}${simulated ? ' [simulated]' : ''}`]
  if (verdict === 'false') {
    const from = expected === undefined || actual === undefined ? 0 : differenceAt(expected, actual)
    if (expected !== undefined) lines.push(`      expected ${excerpt(expected, from)}`)
    if (actual !== undefined) lines.push(`      actual   ${excerpt(actual, from)}`)
  } else if (actual !== undefined || expected !== undefined) {
    lines.push(`      ${excerpt(actual ?? expected ?? '', 0)}`)
  }
  if (note !== undefined) lines.push(`      ${clean(note)}`)
  return lines
}

/** A value as far as it fits a few lines, from shortly before `from` on: whole blocks of logs tell a reader nothing. */
function excerpt(text: string, from: number): string {
  const shown = clean(text)
  if (shown.length <= MAX_SHOWN) return shown
  const start = Math.max(0, Math.min(from - 40, shown.length - MAX_SHOWN))
  const end = start + MAX_SHOWN
  return `${start > 0 ? '…' : ''}${shown.slice(start, end)}${end < shown.length ? '…' : ''}`
}

/** Index of the first character in which two texts differ. */
function differenceAt(a: string, b: string): number {
  let i = 0
  while (i < a.length && a[i] === b[i]) i++
  return i
}

function paint(verdict: Verdict, text: string): string {
  return styleText(COLORS[verdict], text, { stream: process.stdout })
}
