const SWITCHES = new Set(['--json', '--quiet', '-q'])
const WITH_VALUE = new Set(['--output', '--devnet', '--network'])

/**
 * Moves global flags written before the command behind its words, where oclif looks for them: `0g --json storage ls` is
 * `0g storage ls --json`. What follows `--` stays last; anything else before the command is left for oclif to refuse.
 */
export function globalFlagsLast(argv: readonly string[]): string[] {
  let end = 0
  for (let word = argv[end]; word !== undefined; word = argv[end]) {
    if (SWITCHES.has(word) || (word.includes('=') && WITH_VALUE.has(word.slice(0, word.indexOf('='))))) end += 1
    else if (WITH_VALUE.has(word) && argv[end + 1] !== undefined) end += 2
    else break
  }
  const flags = argv.slice(0, end)
  const rest = argv.slice(end)
  if (rest[0] === undefined || rest[0].startsWith('-')) return [...argv]
  const passThrough = rest.indexOf('--')
  const own = passThrough === -1 ? rest : rest.slice(0, passThrough)
  return [...own, ...flags, ...rest.slice(own.length)]
}
