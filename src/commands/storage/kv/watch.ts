import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../../cli/og-command.ts'
import { oneLine } from '../../../cli/terminal-text.ts'
import { ogError } from '../../../errors/og-error.ts'

type Change = {
  key: string
  keyEncoding: 'utf8' | 'base64'
  /** null when the key was deleted */
  version: number | null
  value: string | null
  valueEncoding: 'utf8' | 'base64' | null
}
type Result = { streamId: string; changes: Change[] }

export default class StorageKvWatch extends OgCommand<Result> {
  static override summary = 'print the keys of a stream, then each change as it comes'
  static override description =
    'Goes on until Ctrl-C. With --once it prints what there is and ends. For one JSON record per change use --output ndjson.'
  static override examples = [
    { description: 'Watch a stream', command: '<%= config.bin %> storage kv watch 0xf2bd' },
    { description: 'All keys and values', command: '<%= config.bin %> storage kv watch 0xf2bd --once --json' },
  ]
  static override args = {
    stream: Args.string({ description: 'id of the stream: 0x and up to 64 hex digits', required: true }),
  }
  static override flags = {
    once: Flags.boolean({ description: 'print what there is and end' }),
    node: Flags.string({ description: 'KV node to ask (default that of the devnet)', helpValue: 'URL' }),
  }
  static override endsBySignal = true

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(StorageKvWatch)
    if (!flags.once && this.outputMode === 'json') {
      throw ogError('FLAG_CONFLICT', { first: '--json', second: 'a watch without --once', command: 'storage kv watch' })
    }
    const { resolveProfile } = await import('../../../client/connect.ts')
    const { kvNodeOf, parseStreamId } = await import('../../../client/storage/kv.ts')
    const { watchStream } = await import('../../../client/storage/kv-watch.ts')
    const { showBytes } = await import('../../../cli/shown-bytes.ts')
    const streamId = parseStreamId(args.stream)
    const node = kvNodeOf(await resolveProfile(flags), flags.node)
    const changes: Change[] = []
    for await (const { key, version, value } of watchStream(node, streamId, { once: flags.once, signal: this.abort })) {
      const shownKey = showBytes(key)
      const shownValue = value && showBytes(value)
      const change: Change = {
        key: shownKey.text,
        keyEncoding: shownKey.encoding,
        version,
        value: shownValue?.text ?? null,
        valueEncoding: shownValue?.encoding ?? null,
      }
      this.sink.emit({ type: 'output', chunk: lineOf(change), data: change })
      if (flags.once) changes.push(change)
    }
    return { streamId, changes }
  }

  protected render(): string {
    return ''
  }

  protected override primary({ changes }: Result): string[] {
    return changes.map(({ key }) => key)
  }
}

/** One line whatever the value: text is quoted as JSON does it. */
function lineOf({ key, version, value, valueEncoding }: Change): string {
  const name = oneLine(key)
  if (value === null) return `-\t${name}\tdeleted\n`
  return `${version}\t${name}\t${valueEncoding === 'utf8' ? JSON.stringify(value) : value}\n`
}
