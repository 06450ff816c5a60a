import { Args } from '@oclif/core'
import { OgCommand } from '../../../cli/og-command.ts'

type RemovedData = { name: string }

export default class DevnetSnapshotRm extends OgCommand<RemovedData> {
  static override summary = 'remove a snapshot'
  static override description = 'Deletes what was saved under the name. The state of the network is not touched.'
  static override examples = [{ description: 'One snapshot', command: '<%= config.bin %> devnet snapshot rm before' }]
  static override args = { name: Args.string({ required: true, description: 'name of the snapshot' }) }
  static override exitCodes = { 3: 'there is no devnet here', 4: 'there is no such snapshot' }

  protected async execute(): Promise<RemovedData> {
    const { args, flags } = await this.parse(DevnetSnapshotRm)
    const { removeDevnetSnapshot } = await import('../../../cli/snapshots/save-devnet-snapshot.ts')
    await removeDevnetSnapshot(flags.devnet, args.name)
    return { name: args.name }
  }

  protected render({ name }: RemovedData): string {
    return `removed ${name}`
  }

  protected override primary({ name }: RemovedData): string {
    return name
  }

  protected override next(): string[] {
    return ['0g devnet snapshot ls']
  }
}
