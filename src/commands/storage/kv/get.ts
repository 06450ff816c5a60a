import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../../cli/og-command.ts'

type Result = {
  streamId: string
  key: string
  version: number
  sizeBytes: number
  value: string
  /** base64 when the value is not text */
  encoding: 'utf8' | 'base64'
}

export default class StorageKvGet extends OgCommand<Result> {
  static override summary = 'read a key of a stream, now or as it was'
  static override description =
    'Prints the value, without control characters (--quiet and --json keep them); one that is not text is printed as base64. ' +
    'A version is the sequence number of a submission.'
  static override examples = [
    { description: 'Read a value', command: '<%= config.bin %> storage kv get 0xf2bd greeting' },
    {
      description: 'As it was after submission 7',
      command: '<%= config.bin %> storage kv get 0xf2bd greeting --version 7',
    },
  ]
  static override args = {
    stream: Args.string({ description: 'id of the stream: 0x and up to 64 hex digits', required: true }),
    key: Args.string({ description: 'key, as text', required: true }),
  }
  static override flags = {
    version: Flags.integer({
      description: 'what was written by this submission or before it',
      min: 0,
      helpValue: 'SEQ',
    }),
    node: Flags.string({ description: 'KV node to ask (default that of the devnet)', helpValue: 'URL' }),
  }
  static override exitCodes = { 4: 'no such key' }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(StorageKvGet)
    const { resolveProfile } = await import('../../../client/connect.ts')
    const { showBytes } = await import('../../../cli/shown-bytes.ts')
    const { getValue, kvNodeOf, parseKey, parseStreamId } = await import('../../../client/storage/kv.ts')
    const streamId = parseStreamId(args.stream)
    const key = parseKey(args.key)
    const node = kvNodeOf(await resolveProfile(flags), flags.node)
    const found = await getValue(node, streamId, key, { version: flags.version, signal: this.abort })
    const { text, encoding } = showBytes(found.value)
    return { streamId, key: args.key, version: found.version, sizeBytes: found.value.length, value: text, encoding }
  }

  protected render({ value }: Result): string {
    return value
  }

  protected override primary({ value }: Result): string {
    return value
  }
}
