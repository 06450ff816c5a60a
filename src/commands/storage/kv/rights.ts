import { Args } from '@oclif/core'
import { accessFlags, keyFlag, streamArg } from '../../../cli/kv-access.ts'
import { OgCommand } from '../../../cli/og-command.ts'
import type { StreamRights } from '../../../client/storage/kv.ts'

type Result = { streamId: string; account: string } & StreamRights

export default class StorageKvRights extends OgCommand<Result> {
  static override summary = 'show what an account may do with a stream'
  static override examples = [
    { description: 'Rights of bob', command: '<%= config.bin %> storage kv rights 0xf2bd bob' },
    { description: 'On one key', command: '<%= config.bin %> storage kv rights 0xf2bd bob --key price' },
  ]
  static override args = {
    stream: streamArg,
    account: Args.string({ description: 'name or address of the account', required: true }),
  }
  static override flags = { node: accessFlags.node, key: keyFlag }
  static override exitCodes = { 4: 'no such account' }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(StorageKvRights)
    const { resolveProfile } = await import('../../../client/connect.ts')
    const { resolveAddress } = await import('../../../client/chain/wallet.ts')
    const { kvNodeOf, parseKey, parseStreamId, readRights } = await import('../../../client/storage/kv.ts')
    const streamId = parseStreamId(args.stream)
    const key = flags.key === undefined ? undefined : parseKey(flags.key)
    const profile = await resolveProfile(flags)
    const account = resolveAddress(profile, args.account)
    const rights = await readRights(kvNodeOf(profile, flags.node), streamId, { account, key, signal: this.abort })
    return { streamId, account, ...rights }
  }

  protected render({ isAdmin, isWriter, key }: Result): string {
    const yes = (is: boolean): string => (is ? 'yes' : 'no')
    return [
      `admin of the stream   ${yes(isAdmin)}`,
      `writer of the stream  ${yes(isWriter)}`,
      ...(key
        ? [
            `key is protected      ${yes(key.isSpecial)}`,
            `writer of the key     ${yes(key.isWriter)}`,
            `may write the key     ${yes(key.mayWrite)}`,
          ]
        : []),
    ].join('\n')
  }

  protected override primary({ isAdmin, isWriter, key }: Result): string {
    return String(key ? key.mayWrite : isAdmin || isWriter)
  }
}
