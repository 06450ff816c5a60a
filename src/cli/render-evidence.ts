import { styleText } from 'node:util'
import type { Evidence, EvidenceLink, Verdict } from '../client/verify/evidence.ts'
import { clean } from './render-error.ts'

const MARKS = { true: '✓', false: '✗', unchecked: '?' } as const
const COLORS = { true: 'green', false: 'red', unchecked: 'yellow' } as const
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
    if (expected !== undefined) lines.push(`      expected ${clean(expected)}`)
    if (actual !== undefined) lines.push(`      actual   ${clean(actual)}`)
  } else if (actual !== undefined || expected !== undefined) {
    lines.push(`      ${clean(actual ?? expected ?? '')}`)
  }
  if (note !== undefined) lines.push(`      ${clean(note)}`)
  return lines
}

function paint(verdict: Verdict, text: string): string {
  return styleText(COLORS[verdict], text, { stream: process.stdout })
}
