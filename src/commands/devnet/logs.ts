import { Args, Flags } from '@oclif/core'
import { durationFlag } from '../../cli/duration-flag.ts'
import { OgCommand } from '../../cli/og-command.ts'
import { ogError } from '../../errors/og-error.ts'
import type { LogRecord } from '../../runtime/log-record.ts'

type LogsData = { records: LogRecord[]; isShown: boolean }

export default class DevnetLogs extends OgCommand<LogsData> {
  static override summary = 'show the logs of the services, merged by time'
  static override description =
    'Reads the log files of the devnet, so it works after a crash too. With --follow it goes on with new lines until Ctrl-C. ' +
    'For one JSON record per line use --output ndjson.'
  static override examples = [
    { description: 'The last lines of everything', command: '<%= config.bin %> devnet logs' },
    { description: 'Follow two services', command: '<%= config.bin %> devnet logs chain storage-0 --follow' },
    {
      description: 'Errors of the last five minutes',
      command: '<%= config.bin %> devnet logs --since 5m --level error',
    },
  ]
  static override strict = false
  static override args = {
    services: Args.string({ description: 'names of services; all when left out', required: false }),
  }
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'go on with new lines as they come' }),
    since: durationFlag({ description: 'only lines of the last while' }),
    grep: Flags.string({ description: 'only lines that match this regular expression', helpValue: 'REGEX' }),
    level: Flags.option({ options: ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const })({
      description: 'only lines of this level or worse',
    }),
    tail: Flags.integer({ description: 'at most so many lines of history', default: 1000, min: 0 }),
  }
  static override endsBySignal = true

  protected async execute(): Promise<LogsData> {
    const { flags, argv } = await this.parse(DevnetLogs)
    if (flags.follow && this.outputMode === 'json') {
      throw ogError('FLAG_CONFLICT', { first: '--follow', second: '--json', command: 'devnet logs' })
    }
    const { showLogs } = await import('../../cli/devnet-view/show-logs.ts')
    return await showLogs({
      devnet: flags.devnet,
      services: argv as string[],
      follow: flags.follow,
      sinceMs: flags.since === undefined ? undefined : Date.now() - flags.since,
      grep: flags.grep,
      level: flags.level,
      tail: flags.tail,
      signal: this.abort,
      sink: this.outputMode === 'human' || this.outputMode === 'ndjson' ? this.sink : undefined,
    })
  }

  protected render(): string {
    return ''
  }

  protected override primary({ records }: LogsData): string[] {
    return records.map((record) => record.msg)
  }
}
