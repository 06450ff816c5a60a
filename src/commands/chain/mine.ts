import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import type { ChainHead } from '../../client/chain/mining.ts'

type Result = ChainHead & { mined: number }

export default class ChainMine extends OgCommand<Result> {
  static override summary = 'mine blocks now'
  static override description =
    'Blocks hold whatever transactions are pending. A hundred thousand of them take a moment.'
  static override examples = [
    { description: 'One block', command: '<%= config.bin %> chain mine' },
    {
      description: 'A hundred blocks, a minute apart on the clock of the chain',
      command: '<%= config.bin %> chain mine 100 --interval 1m',
    },
  ]
  static override args = { blocks: Args.integer({ description: 'how many', default: 1, min: 1, max: 10_000_000 }) }
  static override flags = {
    interval: Flags.string({ description: 'time between the blocks on the clock of the chain', helpValue: 'DURATION' }),
  }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(ChainMine)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { parseDuration } = await import('../../client/chain/duration.ts')
    const { mineBlocks } = await import('../../client/chain/mining.ts')
    const intervalSeconds = flags.interval === undefined ? undefined : parseDuration(flags.interval)
    return await mineBlocks(args.blocks, { profile: await resolveProfile(flags), intervalSeconds, signal: this.abort })
  }

  protected render({ mined, blockNumber, time }: Result): string {
    return `mined ${mined} ${mined === 1 ? 'block' : 'blocks'}: now at block ${blockNumber}, ${time}`
  }

  protected override primary({ blockNumber }: Result): string {
    return String(blockNumber)
  }
}
