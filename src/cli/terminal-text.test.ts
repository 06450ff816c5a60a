import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainSink } from './plain-sink.ts'
import { clean, cleanView, oneLine, shellWord } from './terminal-text.ts'

const EVIL = {
  title: '\u001b]0;owned\u0007',
  clipboard: '\u001b]52;c;cm0gLXJmIC8=\u0007',
  clear: '\u001b[2J\u001b[H',
  up: '\u001b[1A\u001b[2K',
  c1: '\u009b2J',
  back: 'safe\b\b\b\bevil',
  overwrite: 'true\rfalse',
  bidi: '\u202egnp.exe\u202c',
  nul: 'a\u0000b',
}
// biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal would act on
const ACTIVE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

describe('text from the chain, from providers and from stored directories on a terminal', () => {
  test.each(Object.entries(EVIL))('%s does nothing', (_, text) => {
    expect(clean(text)).not.toMatch(ACTIVE)
    expect(cleanView(text)).not.toMatch(ACTIVE)
    expect(oneLine(text)).not.toMatch(ACTIVE)
  })

  test('our own colours stay in a view, and nothing else does', () => {
    expect(cleanView('\u001b[32mtrue\u001b[39m')).toBe('\u001b[32mtrue\u001b[39m')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what colours consist of
    const colours = /\u001b\[[0-9;]{0,12}m/g
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(cleanView(`${text}\u001b[1m${text}`).replaceAll(colours, '')).not.toMatch(ACTIVE)
      }),
    )
  })

  test('a name is one line of a table', () => {
    expect(oneLine('scout\n7  trusted')).toBe('scout 7  trusted')
  })

  test('what streams and what is noted is cleaned too', () => {
    const said: string[] = []
    const push = (text: string) => void said.push(text)
    const sink = plainSink({ stdout: push, stderr: push, stderrIsTty: false })
    for (const text of Object.values(EVIL)) {
      sink.emit({ type: 'output', chunk: text })
      sink.emit({ type: 'note', message: text })
      sink.emit({ type: 'step', id: 'x', status: 'done', title: text, detail: text })
    }
    expect(said.join('')).not.toMatch(ACTIVE)
  })

  test.each([
    ['og-tiny', 'og-tiny'],
    ['Qwen/Qwen2.5-0.5B', 'Qwen/Qwen2.5-0.5B'],
    ['x; rm -rf ~', "'x; rm -rf ~'"],
    ['$(id)', "'$(id)'"],
    ["a'b", "'a'\\''b'"],
    ['a\nid', "'a id'"],
    ['-x', "'-x'"],
  ])('%j in a suggested command is %s', (text, expected) => {
    expect(shellWord(text)).toBe(expected)
  })
})
