import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../../cli/og-command.ts'
import { storageProgress } from '../../../cli/storage-progress.ts'
import { shellWord } from '../../../cli/terminal-text.ts'
import { formatAmount } from '../../../client/chain/amount.ts'

type Result = {
  streamId: string
  key: string
  sizeBytes: number
  isDeleted: boolean
  /** version of the key from now on */
  version: number
  root: string
  txHash: string
  costWei: bigint
}

export default class StorageKvPut extends OgCommand<Result> {
  static override summary = 'write a key of a stream; returns once it can be read'
  static override description = [
    'The write is a file whose tags name the stream: it is submitted to the chain, stored, and replayed by the KV node.',
    'The first account to write to a stream owns it. Every write is a submission of its own and pays for it.',
  ].join('\n')
  static override examples = [
    { description: 'Write a value', command: '<%= config.bin %> storage kv put 0xf2bd greeting hello' },
    {
      description: 'Write what another program prints',
      command: 'date | <%= config.bin %> storage kv put 0xf2bd now -',
    },
    { description: 'Delete a key', command: '<%= config.bin %> storage kv put 0xf2bd greeting --delete' },
  ]
  static override args = {
    stream: Args.string({ description: 'id of the stream: 0x and up to 64 hex digits', required: true }),
    key: Args.string({ description: 'key, as text', required: true }),
    value: Args.string({ description: 'value, as text; - for standard input' }),
  }
  static override flags = {
    from: Flags.string({ description: 'who writes and pays (default alice on a devnet)', helpValue: 'ACCOUNT' }),
    delete: Flags.boolean({ description: 'delete the key' }),
    node: Flags.string({ description: 'KV node to wait for (default that of the devnet)', helpValue: 'URL' }),
  }
  static override exitCodes = { 4: 'not enough funds' }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(StorageKvPut)
    const { resolveProfile } = await import('../../../client/connect.ts')
    const { resolveWallet } = await import('../../../client/chain/wallet.ts')
    const { kvNodeOf, parseKey, parseStreamId, putValues } = await import('../../../client/storage/kv.ts')
    const streamId = parseStreamId(args.stream)
    const key = parseKey(args.key)
    const value = await this.#value(args.value, flags.delete)
    const profile = await resolveProfile(flags)
    const { version, ...stored } = await putValues(kvNodeOf(profile, flags.node), streamId, [{ key, value }], {
      profile,
      wallet: resolveWallet(profile, flags.from),
      signal: this.abort,
      onProgress: storageProgress(this.sink),
    }).then(({ txSeq, root, txHash, costWei }) => ({ version: txSeq, root, txHash, costWei }))
    return { streamId, key: args.key, sizeBytes: value.length, isDeleted: value.length === 0, version, ...stored }
  }

  async #value(text: string | undefined, isDeletion: boolean): Promise<Uint8Array> {
    const { ogError } = await import('../../../errors/og-error.ts')
    const command = 'storage kv put'
    if (isDeletion && text !== undefined)
      throw ogError('FLAG_CONFLICT', { first: '--delete', second: 'VALUE', command })
    if (isDeletion) return new Uint8Array()
    if (text === undefined) throw ogError('ARGUMENT_MISSING', { names: 'VALUE', command })
    const { buffer } = await import('node:stream/consumers')
    const value = text === '-' ? await buffer(process.stdin) : new TextEncoder().encode(text)
    if (value.length > 0) return value
    throw ogError('FLAG_INVALID', { reason: 'an empty value deletes the key: say so with --delete', command })
  }

  protected render({ key, isDeleted, sizeBytes, version, txHash, costWei }: Result): string {
    return [
      isDeleted ? `deleted ${key}` : `wrote ${key} (${sizeBytes} bytes)`,
      `version ${version}`,
      `tx      ${txHash}`,
      `cost    ${formatAmount(costWei)} 0G`,
    ].join('\n')
  }

  protected override primary({ version }: Result): string {
    return String(version)
  }

  protected override next({ streamId, key, isDeleted }: Result): string[] {
    const short = `0x${streamId.replace(/^0x0*(?=.)/, '')}`
    return isDeleted ? [`0g storage kv watch ${short}`] : [`0g storage kv get ${short} ${shellWord(key)}`]
  }
}
