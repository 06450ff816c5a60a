import { Args, Flags } from '@oclif/core'
import { type AccessResult, accessFlags, KvAccessCommand, streamArg } from '../../../cli/kv-access.ts'

export default class StorageKvProtect extends KvAccessCommand {
  static override summary = 'make a key writable only for admins and its own writers'
  static override description =
    'A protected key ("special" in the protocol) is closed to writers of the stream; `0g storage kv grant --key` names who may write it.'
  static override examples = [
    { description: 'Protect a key', command: '<%= config.bin %> storage kv protect 0xf2bd price' },
    { description: 'Open it again', command: '<%= config.bin %> storage kv protect 0xf2bd price --off' },
  ]
  static override args = {
    stream: streamArg,
    key: Args.string({ description: 'key, as text', required: true }),
  }
  static override flags = {
    ...accessFlags,
    off: Flags.boolean({ description: 'open it to all writers of the stream again' }),
  }

  protected async execute(): Promise<AccessResult> {
    const { args, flags } = await this.parse(StorageKvProtect)
    const op = flags.off ? 'SET_KEY_TO_NORMAL' : 'SET_KEY_TO_SPECIAL'
    return await this.change(args.stream, { op, key: args.key }, flags)
  }
}
