import type { Interfaces } from '@oclif/core'
import { type OgError, ogError } from '../errors/og-error.ts'
import { suggestCommand } from './suggest-command.ts'

/** COMMAND_UNKNOWN for words that name no command, with the nearest command or topic if one is at most two edits away. */
export function commandNotFoundError(words: readonly string[], config: Interfaces.Config): OgError {
  const topics = config.topics.map(({ name }) => name)
  const { typed, match } = suggestCommand(words, config.commandIDs, topics)
  return ogError('COMMAND_UNKNOWN', { command: typed, suggestion: match ? `did you mean \`0g ${match}\`? ` : '' })
}
