import { ogError } from '../errors/og-error.ts'

export const OUTPUT_MODES = ['human', 'json', 'ndjson', 'quiet'] as const

/** How a command shows its result: for people, as one JSON envelope, as a stream of JSON lines, or only the primary id. */
export type OutputMode = (typeof OUTPUT_MODES)[number]

function asMode(value: string | undefined): OutputMode | undefined {
  return OUTPUT_MODES.find((mode) => mode === value)
}

/**
 * Reads the output mode straight from argv and environment, before any parsing, so that even an unparsable command line
 * is answered in the format asked for. A flag beats `OG_JSON`, which beats `OG_OUTPUT`; nothing after `--` counts;
 * values it cannot understand are left to the real parser.
 */
export function guessOutputMode(argv: readonly string[], env: NodeJS.ProcessEnv = process.env): OutputMode {
  const end = argv.indexOf('--')
  const words = end === -1 ? argv : argv.slice(0, end)
  if (words.includes('--json')) return 'json'
  if (words.includes('--quiet') || words.includes('-q')) return 'quiet'
  const position = words.findIndex((word) => word === '--output' || word.startsWith('--output='))
  const word = words[position]
  const named = word === undefined ? undefined : asMode(word === '--output' ? words[position + 1] : word.slice(9))
  return named ?? environmentMode(env) ?? 'human'
}

function environmentMode(env: NodeJS.ProcessEnv): OutputMode | undefined {
  if (/^(1|true|yes|y)$/i.test(env['OG_JSON'] ?? '')) return 'json'
  return asMode(env['OG_OUTPUT'])
}

/**
 * The output mode of parsed flags.
 * @throws FLAG_CONFLICT when two flags ask for different formats, FLAG_INVALID when OG_OUTPUT is none of the modes.
 */
export function resolveOutputMode(
  flags: { json?: boolean; quiet?: boolean; output?: string | undefined },
  command: string,
  env: NodeJS.ProcessEnv = process.env,
): OutputMode {
  const asked = new Map<OutputMode, string>()
  const output = asMode(flags.output)
  if (output) asked.set(output, `--output ${output}`)
  if (flags.json) asked.set('json', '--json')
  if (flags.quiet) asked.set('quiet', '--quiet')
  const [first, second] = [...asked]
  if (first && second) throw ogError('FLAG_CONFLICT', { first: first[1], second: second[1], command })
  if (first) return first[0]
  const fromEnv = env['OG_OUTPUT']
  if (fromEnv && !asMode(fromEnv)) {
    throw ogError('FLAG_INVALID', { reason: `OG_OUTPUT=${fromEnv} is none of ${OUTPUT_MODES.join(', ')}`, command })
  }
  return environmentMode(env) ?? 'human'
}
