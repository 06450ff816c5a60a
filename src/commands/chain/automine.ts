import { Args } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import type { MiningMode } from '../../client/chain/mining.ts'

export default class ChainAutomine extends OgCommand<MiningMode> {
  static override summary = 'choose when blocks are made'
  static override description =
    'on: a block for each transaction. off: only by `0g chain mine`. An interval such as 2s: by the clock. Without MODE it says whether automining is on.'
  static override examples = [
    { description: 'Keep transactions pending', command: '<%= config.bin %> chain automine off' },
    { description: 'A block every two seconds', command: '<%= config.bin %> chain automine 2s' },
    { description: 'Back to a block per transaction', command: '<%= config.bin %> chain automine on' },
  ]
  static override args = { mode: Args.string({ description: 'on, off or an interval' }) }

  protected async execute(): Promise<MiningMode> {
    const { args, flags } = await this.parse(ChainAutomine)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { setMining } = await import('../../client/chain/mining.ts')
    return await setMining(args.mode, { profile: await resolveProfile(flags), signal: this.abort })
  }

  protected render({ automine, intervalMs }: MiningMode): string {
    if (automine) return 'a block for each transaction'
    return intervalMs === null ? 'automining is off' : `a block every ${intervalMs / 1000} s`
  }

  protected override primary({ automine }: MiningMode): string {
    return automine ? 'on' : 'off'
  }

  protected override next({ automine, intervalMs }: MiningMode): string[] {
    return automine || intervalMs !== null ? [] : ['0g chain mine', '0g chain automine on']
  }
}
