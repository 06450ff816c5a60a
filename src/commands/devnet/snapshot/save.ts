import { Args, Flags } from '@oclif/core'
import { formatSize } from '../../../cli/format-progress.ts'
import { OgCommand } from '../../../cli/og-command.ts'
import type { SavedSnapshot } from '../../../cli/snapshots/save-devnet-snapshot.ts'

export default class DevnetSnapshotSave extends OgCommand<SavedSnapshot> {
  static override summary = 'save the state of the whole network under a name'
  static override description =
    'Chain, storage, compute, keystore and receipts of one moment: a network that runs stands still while its files are copied and then goes on. ' +
    'With --output the snapshot is also written to one file with a checksum, which another machine can restore. The file holds what the devnet ' +
    'holds: encrypted keys of agents, receipts and the development mnemonic. It is readable by its owner only; share it as you would share those.'
  static override examples = [
    { description: 'Before an experiment', command: '<%= config.bin %> devnet snapshot save before' },
    { description: 'For a colleague', command: '<%= config.bin %> devnet snapshot save demo --output demo.0gsnap' },
  ]
  static override args = { name: Args.string({ required: true, description: 'name of the snapshot' }) }
  static override flags = {
    output: Flags.string({ char: 'o', description: 'also write it to this file', helpValue: 'FILE' }),
  }
  static override exitCodes = {
    3: 'there is no devnet here, or a service cannot stand still',
    4: 'the name or the file exists',
  }
  static override abortGraceMs = Number.POSITIVE_INFINITY

  protected async execute(): Promise<SavedSnapshot> {
    const { args, flags } = await this.parse(DevnetSnapshotSave)
    const { saveDevnetSnapshot } = await import('../../../cli/snapshots/save-devnet-snapshot.ts')
    return await saveDevnetSnapshot({ devnet: flags.devnet, name: args.name, output: flags.output, sink: this.sink })
  }

  protected render({ name, sizeBytes, fileCount, states, output, outputBytes }: SavedSnapshot): string {
    const height = states['chain']?.['blockNumber']
    const at = typeof height === 'number' ? ` at block ${height}` : ''
    const file = output === null ? '' : `\nwritten to ${output} (${formatSize(outputBytes ?? 0)})`
    return `saved ${name}${at}: ${fileCount} files, ${formatSize(sizeBytes)}${file}`
  }

  protected override primary({ name, output }: SavedSnapshot): string {
    return output ?? name
  }

  protected override next({ name }: SavedSnapshot): string[] {
    return [`0g devnet snapshot diff ${name}`, `0g devnet snapshot restore ${name}`]
  }
}
