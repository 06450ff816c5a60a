import { describe, expect, test } from 'vitest'
import { guessOutputMode, resolveOutputMode } from './output-mode.ts'

describe('guessOutputMode', () => {
  test.each([
    [['up'], {}, 'human'],
    [['up', '--json'], {}, 'json'],
    [['run', '--', '--json'], {}, 'human'],
    [['up', '-q'], {}, 'quiet'],
    [['up', '--output', 'ndjson'], {}, 'ndjson'],
    [['up', '--output=json'], {}, 'json'],
    [['up', '--output'], {}, 'human'],
    [['up', '--output', 'xml'], { OG_OUTPUT: 'json' }, 'json'],
    [['up'], { OG_OUTPUT: 'quiet' }, 'quiet'],
    [['up'], { OG_OUTPUT: 'nonsense' }, 'human'],
    [['up'], { OG_OUTPUT: 'quiet', OG_JSON: 'true' }, 'json'],
    [['up', '-q'], { OG_JSON: '1' }, 'quiet'],
  ] as const)('%j with %j is %s', (argv, env, mode) => {
    expect(guessOutputMode(argv, env)).toBe(mode)
  })
})

describe('resolveOutputMode', () => {
  test('flags beat the environment', () => {
    expect(resolveOutputMode({ output: 'human' }, 'x', { OG_OUTPUT: 'json' })).toBe('human')
    expect(resolveOutputMode({ quiet: true }, 'x', { OG_JSON: '1' })).toBe('quiet')
    expect(resolveOutputMode({}, 'x', { OG_OUTPUT: 'ndjson' })).toBe('ndjson')
  })

  test('the same format asked for twice is no conflict', () => {
    expect(resolveOutputMode({ json: true, output: 'json' }, 'x', {})).toBe('json')
  })

  test('two formats conflict', () => {
    expect(() => resolveOutputMode({ json: true, quiet: true }, 'x', {})).toThrowError(
      expect.objectContaining({ code: 'FLAG_CONFLICT' }),
    )
    expect(() => resolveOutputMode({ json: true, output: 'ndjson' }, 'x', {})).toThrowError(
      expect.objectContaining({ code: 'FLAG_CONFLICT' }),
    )
  })

  test('an unknown OG_OUTPUT is refused', () => {
    expect(() => resolveOutputMode({}, 'x', { OG_OUTPUT: 'xml' })).toThrowError(
      expect.objectContaining({ code: 'FLAG_INVALID' }),
    )
  })
})
