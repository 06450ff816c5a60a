import { Args } from '@oclif/core'
import {
  type AccessResult,
  accessFlags,
  adminFlag,
  KvAccessCommand,
  keyFlag,
  streamArg,
} from '../../../cli/kv-access.ts'

export default class StorageKvGrant extends KvAccessCommand {
  static override summary = 'let an account write to a stream'
  static override description = [
    'Admins and writers of a stream may let others write to it; with --key, admins and the writers of that key. Only an admin makes admins.',
    'A right to be admin cannot be taken away again, only given up (`0g storage kv renounce --admin`).',
  ].join('\n')
  static override examples = [
    { description: 'Let bob write', command: '<%= config.bin %> storage kv grant 0xf2bd bob' },
    {
      description: 'Let bob write one protected key',
      command: '<%= config.bin %> storage kv grant 0xf2bd bob --key price',
    },
  ]
  static override args = {
    stream: streamArg,
    account: Args.string({ description: 'name or address of the account', required: true }),
  }
  static override flags = { ...accessFlags, key: keyFlag, admin: adminFlag }

  protected async execute(): Promise<AccessResult> {
    const { args, flags } = await this.parse(StorageKvGrant)
    const { account } = args
    if (flags.admin) return await this.change(args.stream, { op: 'GRANT_ADMIN_ROLE', account }, flags)
    if (flags.key === undefined) return await this.change(args.stream, { op: 'GRANT_WRITER_ROLE', account }, flags)
    return await this.change(args.stream, { op: 'GRANT_SPECIAL_WRITER_ROLE', account, key: flags.key }, flags)
  }
}
