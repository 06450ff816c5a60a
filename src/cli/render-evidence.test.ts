import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import type { Evidence, EvidenceLink } from '../client/verify/evidence.ts'
import { renderEvidence } from './render-evidence.ts'

const show = (verdict: Evidence['verdict'], links: EvidenceLink[]) =>
  stripVTControlCharacters(renderEvidence({ subject: 'agent:0', kind: 'agent', verdict, links }))

describe('evidence for people', () => {
  test('names the first link that does not hold, with both sides', () => {
    const text = show('false', [
      { claim: 'one', verdict: 'true', expected: 'a', actual: 'a' },
      { claim: 'two', verdict: 'unchecked', note: 'the node is down' },
      { claim: 'three', verdict: 'false', expected: 'b', actual: 'c' },
    ])
    expect(text.split('\n')).toEqual([
      'agent agent:0: FALSE',
      '  ✓ one',
      '      a',
      '  ? two',
      '      the node is down',
      '  ✗ three',
      '      expected b',
      '      actual   c',
      'first link that does not hold: three',
    ])
  })

  test('marks what is simulated, and what could not be checked', () => {
    const text = show('unchecked', [
      { claim: 'signed', verdict: 'true', simulated: true },
      { claim: 'stored', verdict: 'unchecked' },
    ])
    expect(text).toContain('✓ signed [simulated]')
    expect(text).toContain('first link that could not be checked: stored')
  })

  test('long values are cut around their first difference; control characters never reach the terminal', () => {
    const long = 'a'.repeat(5_000)
    const text = show('false', [{ claim: 'c\u001b[31m', verdict: 'false', expected: `${long}x`, actual: `${long}y` }])
    expect(text).toMatch(/…a+x\n/)
    expect(text).toMatch(/…a+y\n/)
    expect(text.length).toBeLessThan(600)
    expect(renderEvidence({ subject: 'a\u0007', kind: 'agent', verdict: 'true', links: [] })).not.toContain('\u0007')
  })
})
