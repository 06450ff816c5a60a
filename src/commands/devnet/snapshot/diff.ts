import { Args } from '@oclif/core'
import { OgCommand } from '../../../cli/og-command.ts'
import type { SnapshotDiff } from '../../../cli/snapshots/diff-snapshots.ts'
import { diffText } from '../../../cli/snapshots/diff-text.ts'

export default class DevnetSnapshotDiff extends OgCommand<SnapshotDiff> {
  static override summary = 'show what differs between two snapshots, or one and now'
  static override description =
    'Head block, accounts (balance, nonce, code, storage slots), files in 0G Storage, and what each service keeps on disk. The chain of a ' +
    'snapshot is run from a copy meanwhile; neither the snapshot nor the network is touched.'
  static override examples = [
    { description: 'What happened since', command: '<%= config.bin %> devnet snapshot diff before' },
    { description: 'Between two', command: '<%= config.bin %> devnet snapshot diff before after' },
  ]
  static override args = {
    from: Args.string({ required: true, description: 'name of a snapshot' }),
    to: Args.string({ description: 'name of another; the network as it is when left out' }),
  }
  static override exitCodes = {
    3: 'there is no devnet here',
    4: 'there is no such snapshot',
    5: 'a snapshot is damaged',
  }

  protected async execute(): Promise<SnapshotDiff> {
    const { args, flags } = await this.parse(DevnetSnapshotDiff)
    const { diffSnapshots } = await import('../../../cli/snapshots/diff-snapshots.ts')
    return await diffSnapshots({ devnet: flags.devnet, ...args, to: args.to, signal: this.abort, sink: this.sink })
  }

  protected render(diff: SnapshotDiff): string {
    return diffText(diff)
  }

  protected override primary({ chain }: SnapshotDiff): string {
    return chain.relation
  }

  protected override next({ from }: SnapshotDiff): string[] {
    return [`0g devnet snapshot restore ${from.name}`]
  }
}
