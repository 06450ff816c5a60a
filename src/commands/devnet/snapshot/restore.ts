import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../../cli/og-command.ts'
import type { RestoredSnapshot } from '../../../cli/snapshots/restore-devnet-snapshot.ts'
import { ogError } from '../../../errors/og-error.ts'

export default class DevnetSnapshotRestore extends OgCommand<RestoredSnapshot> {
  static override summary = 'put a snapshot in the place of the state of the network'
  static override description =
    'Checks every file of the snapshot first. A network that runs is stopped and started again; ports and name stay. Killed anywhere, the network has ' +
    'its old state or the new one, never a mixture. With --input the snapshot comes from a file that `save --output` wrote, on this machine or another.'
  static override examples = [
    { description: 'Go back', command: '<%= config.bin %> devnet snapshot restore before --yes' },
    { description: 'From a file', command: '<%= config.bin %> devnet snapshot restore --input demo.0gsnap' },
  ]
  static override args = { name: Args.string({ description: 'name of the snapshot; not with --input' }) }
  static override flags = {
    input: Flags.string({ char: 'i', description: 'read it from this file', helpValue: 'FILE' }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask' }),
  }
  static override exitCodes = {
    2: 'not confirmed',
    3: 'there is no devnet here, or the snapshot is of another genesis',
    4: 'there is no such snapshot or file',
    5: 'the snapshot is damaged; nothing was changed',
  }
  static override abortGraceMs = Number.POSITIVE_INFINITY

  protected async execute(): Promise<RestoredSnapshot> {
    const { args, flags } = await this.parse(DevnetSnapshotRestore)
    const { restoreDevnetSnapshot } = await import('../../../cli/snapshots/restore-devnet-snapshot.ts')
    return await restoreDevnetSnapshot({
      devnet: flags.devnet,
      source: sourceOf(args.name, flags.input),
      isConfirmed: flags.yes,
      mayAsk: this.outputMode === 'human',
      version: this.config.version,
      signal: this.abort,
      sink: this.sink,
    })
  }

  protected render({ name, createdAt, states, isRunning }: RestoredSnapshot): string {
    const height = states['chain']?.['blockNumber']
    const at = typeof height === 'number' ? `, block ${height}` : ''
    return `restored ${name} (${createdAt}${at}); the network ${isRunning ? 'is ready' : 'is stopped'}`
  }

  protected override primary({ root }: RestoredSnapshot): string {
    return root
  }

  protected override next({ isRunning }: RestoredSnapshot): string[] {
    return [isRunning ? '0g devnet status' : '0g devnet up -d']
  }
}

function sourceOf(name: string | undefined, input: string | undefined): { name: string } | { input: string } {
  if (name !== undefined && input !== undefined) {
    throw ogError('FLAG_INVALID', { reason: 'give a name or --input, not both', command: 'devnet snapshot restore' })
  }
  if (input !== undefined) return { input }
  if (name !== undefined) return { name }
  throw ogError('FLAG_INVALID', {
    reason: 'give the name of a snapshot or --input FILE',
    command: 'devnet snapshot restore',
  })
}
