import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { showArgs } from '../../cli/show-decoded.ts'
import { toJson } from '../../cli/to-json.ts'
import type { LogView } from '../../client/chain/logs.ts'
import { ogError } from '../../errors/og-error.ts'

type Result = { logs: LogView[] }

export default class ChainLogs extends OgCommand<Result> {
  static override summary = 'show event logs, decoded'
  static override description = [
    'CONTRACT is a name or an address; EVENT a name, when the ABI is known, or a signature. Without either, all logs of the range.',
    'With --follow it goes on until Ctrl-C; for one JSON record per log use --output ndjson.',
  ].join('\n')
  static override examples = [
    { description: 'What Flow has taken in', command: '<%= config.bin %> chain logs Flow Submit' },
    {
      description: 'Only from alice, in the last hundred blocks',
      command: '<%= config.bin %> chain logs Flow Submit --where sender=alice --from-block -100',
    },
    { description: 'Everything, as it happens', command: '<%= config.bin %> chain logs --follow' },
    {
      description: 'Any contract by signature',
      command:
        "<%= config.bin %> chain logs 0x5fbdb2315678afecb367f032d93f642f64180aa3 'Transfer(address indexed from, address indexed to, uint256 value)'",
    },
  ]
  static override args = {
    contract: Args.string({ description: 'contract name or address' }),
    event: Args.string({ description: 'event name or signature' }),
  }
  static override flags = {
    where: Flags.string({
      description: 'value of an indexed parameter; may be given several times',
      helpValue: 'NAME=VALUE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'from-block': Flags.integer({
      description: 'first block, or how many of the latest if negative (default 0; -1000 on a public network)',
    }),
    'to-block': Flags.integer({ description: 'last block (default latest)', min: 0 }),
    follow: Flags.boolean({ char: 'f', description: 'go on with new logs until Ctrl-C' }),
    limit: Flags.integer({ description: 'how many of the latest to show at most', min: 1 }),
  }
  static override endsBySignal = true

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(ChainLogs)
    if (flags.follow && this.outputMode === 'json') {
      throw ogError('FLAG_CONFLICT', { first: '--json', second: '--follow', command: 'chain logs' })
    }
    const { resolveProfile } = await import('../../client/connect.ts')
    const { findLogs, followLogs } = await import('../../client/chain/logs.ts')
    const options = { profile: await resolveProfile(flags), signal: this.abort }
    const query = {
      ...args,
      where: flags.where ?? [],
      ...(flags['from-block'] === undefined ? {} : { fromBlock: flags['from-block'] }),
      toBlock: flags['to-block'],
    }
    if (!flags.follow) {
      const logs = await findLogs(query, options)
      return { logs: flags.limit === undefined ? logs : logs.slice(-flags.limit) }
    }
    for await (const log of followLogs(query, options)) {
      this.sink.emit({ type: 'output', chunk: `${lineOf(log)}\n`, data: toJson(log) as Record<string, never> })
    }
    return { logs: [] }
  }

  protected render({ logs }: Result): string {
    return logs.map(lineOf).join('\n')
  }

  protected override primary({ logs }: Result): string[] {
    return logs.map(({ txHash }) => txHash)
  }

  protected override next({ logs }: Result): string[] {
    const last = logs.at(-1)
    return last ? [`0g chain tx ${last.txHash}`] : []
  }
}

function lineOf({ blockNumber, contract, event, args, topics, data }: LogView): string {
  const what = event === null ? `${topics.join(' ') || 'anonymous'} ${data}` : `${event}(${showArgs(args)})`
  return `${blockNumber}  ${contract}  ${what}`
}
