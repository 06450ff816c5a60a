import {
  type AccessResult,
  accessFlags,
  adminFlag,
  KvAccessCommand,
  keyFlag,
  streamArg,
} from '../../../cli/kv-access.ts'

export default class StorageKvRenounce extends KvAccessCommand {
  static override summary = 'give up a right of your own on a stream'
  static override description =
    'Without flags the right to write. A stream whose last admin renounces has none from then on.'
  static override examples = [
    { description: 'Hand a stream over', command: '<%= config.bin %> storage kv renounce 0xf2bd --admin' },
  ]
  static override args = { stream: streamArg }
  static override flags = { ...accessFlags, key: keyFlag, admin: adminFlag }

  protected async execute(): Promise<AccessResult> {
    const { args, flags } = await this.parse(StorageKvRenounce)
    if (flags.admin) return await this.change(args.stream, { op: 'RENOUNCE_ADMIN_ROLE' }, flags)
    if (flags.key === undefined) return await this.change(args.stream, { op: 'RENOUNCE_WRITER_ROLE' }, flags)
    return await this.change(args.stream, { op: 'RENOUNCE_SPECIAL_WRITER_ROLE', key: flags.key }, flags)
  }
}
