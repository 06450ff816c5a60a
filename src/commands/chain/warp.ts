import { Args } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import type { ChainHead } from '../../client/chain/mining.ts'

type Result = ChainHead & { movedSeconds: number }

export default class ChainWarp extends OgCommand<Result> {
  static override summary = 'move the clock of the chain forward'
  static override description = 'By a duration or to a moment; one block is mined so that contracts see the new time.'
  static override examples = [
    { description: 'An hour ahead', command: '<%= config.bin %> chain warp +1h' },
    { description: 'To a moment', command: '<%= config.bin %> chain warp 2030-01-01T00:00Z' },
  ]
  static override args = { time: Args.string({ description: 'duration or ISO time', required: true }) }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(ChainWarp)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { warp } = await import('../../client/chain/mining.ts')
    return await warp(args.time, { profile: await resolveProfile(flags), signal: this.abort })
  }

  protected render({ movedSeconds, blockNumber, time }: Result): string {
    return `the chain is ${movedSeconds} s further: block ${blockNumber}, ${time}`
  }

  protected override primary({ timestamp }: Result): string {
    return String(timestamp)
  }
}
