import { expect, test } from 'vitest'
import { globalFlagsLast } from './global-flags-last.ts'

test.each([
  ['storage ls --json', 'storage ls --json'],
  ['--json storage ls', 'storage ls --json'],
  ['-q --devnet second storage ls 0x1', 'storage ls 0x1 -q --devnet second'],
  ['--output=ndjson --network galileo chain balance', 'chain balance --output=ndjson --network galileo'],
  ['--json compute run m -- --json', 'compute run m --json -- --json'],
  ['--json', '--json'],
  ['--json --help', '--json --help'],
  ['--bogus --json storage ls', '--bogus --json storage ls'],
  ['--devnet', '--devnet'],
  ['', ''],
])('0g %s is 0g %s', (typed, run) => {
  const split = (line: string) => line.split(' ').filter(Boolean)
  expect(globalFlagsLast(split(typed))).toEqual(split(run))
})
