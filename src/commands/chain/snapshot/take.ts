import { Args } from '@oclif/core'
import { OgCommand } from '../../../cli/og-command.ts'
import type { ChainSnapshot } from '../../../client/chain/chain-snapshots.ts'

export default class ChainSnapshotTake extends OgCommand<ChainSnapshot> {
  static override summary = 'remember the state of the chain under a name'
  static override description =
    'Only the chain: files, receipts and models of other services are not part of it. A snapshot survives restarts; one of the same name is replaced.'
  static override examples = [
    { description: 'Before an experiment', command: '<%= config.bin %> chain snapshot take before' },
  ]
  static override args = { name: Args.string({ description: 'name of the snapshot', required: true }) }

  protected async execute(): Promise<ChainSnapshot> {
    const { args, flags } = await this.parse(ChainSnapshotTake)
    const { resolveProfile } = await import('../../../client/connect.ts')
    const { takeChainSnapshot } = await import('../../../client/chain/chain-snapshots.ts')
    return await takeChainSnapshot(args.name, { profile: await resolveProfile(flags), signal: this.abort })
  }

  protected render({ name, blockNumber }: ChainSnapshot): string {
    return `${name} is the chain at block ${blockNumber}`
  }

  protected override primary({ id }: ChainSnapshot): string {
    return id
  }

  protected override next({ name }: ChainSnapshot): string[] {
    return [`0g chain snapshot revert ${name}`]
  }
}
