import type { Hook } from '@oclif/core'
import { commandNotFoundError } from '../command-not-found-error.ts'

/** oclif calls this when the words after `0g` name no command: fails with the nearest command, asks nothing. */
const commandNotFound: Hook<'command_not_found'> = async ({ id, argv, config }) => {
  throw commandNotFoundError([...id.split(':'), ...(argv ?? [])], config)
}

export default commandNotFound
