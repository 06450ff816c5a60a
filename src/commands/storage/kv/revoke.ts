import { Args } from '@oclif/core'
import { type AccessResult, accessFlags, KvAccessCommand, keyFlag, streamArg } from '../../../cli/kv-access.ts'

export default class StorageKvRevoke extends KvAccessCommand {
  static override summary = 'take the right to write to a stream from an account'
  static override description =
    'Only an admin of the stream may; admins themselves keep their right until they give it up.'
  static override examples = [
    { description: 'No more writes from bob', command: '<%= config.bin %> storage kv revoke 0xf2bd bob' },
  ]
  static override args = {
    stream: streamArg,
    account: Args.string({ description: 'name or address of the account', required: true }),
  }
  static override flags = { ...accessFlags, key: keyFlag }

  protected async execute(): Promise<AccessResult> {
    const { args, flags } = await this.parse(StorageKvRevoke)
    const { account } = args
    if (flags.key === undefined) return await this.change(args.stream, { op: 'REVOKE_WRITER_ROLE', account }, flags)
    return await this.change(args.stream, { op: 'REVOKE_SPECIAL_WRITER_ROLE', account, key: flags.key }, flags)
  }
}
