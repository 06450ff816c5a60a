import type { Hook } from '@oclif/core'
import { ogError } from '../../errors/og-error.ts'
import { suggestCommand } from '../suggest-command.ts'

/** oclif calls this when the words after `0g` name no command: fails with the nearest command, asks nothing. */
const commandNotFound: Hook<'command_not_found'> = async ({ id, argv, config }) => {
  const words = [...id.split(':'), ...(argv ?? [])]
  const { typed, match } = suggestCommand(
    words,
    config.commandIDs,
    config.topics.map((topic) => topic.name),
  )
  throw ogError('COMMAND_UNKNOWN', { command: typed, suggestion: match ? `did you mean \`0g ${match}\`? ` : '' })
}

export default commandNotFound
