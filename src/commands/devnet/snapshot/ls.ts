import { textTable } from '../../../cli/devnet-view/text-table.ts'
import { formatSize } from '../../../cli/format-progress.ts'
import { OgCommand } from '../../../cli/og-command.ts'
import type { SnapshotEntry } from '../../../runtime/snapshot/snapshot-store.ts'

type ListData = { root: string; snapshots: SnapshotEntry[]; unreadable: string[] }

export default class DevnetSnapshotLs extends OgCommand<ListData> {
  static override summary = 'list the snapshots of the network'
  static override description =
    'Oldest first, with the block the chain stood at where the network ran when it was saved.'
  static override examples = [{ description: 'This devnet', command: '<%= config.bin %> devnet snapshot ls' }]
  static override exitCodes = { 3: 'there is no devnet here' }

  protected async execute(): Promise<ListData> {
    const { flags } = await this.parse(DevnetSnapshotLs)
    const { selectDevnet } = await import('../../../cli/devnet-view/select-devnet.ts')
    const { listSnapshots } = await import('../../../runtime/snapshot/snapshot-store.ts')
    const { root } = await selectDevnet(flags.devnet)
    const { snapshots, unreadable } = await listSnapshots(root)
    for (const name of unreadable)
      this.warnings.push(`${name} is damaged or of another version: \`0g devnet snapshot rm ${name}\``)
    return { root, snapshots, unreadable }
  }

  protected render({ snapshots }: ListData): string {
    if (snapshots.length === 0) return 'no snapshots'
    const rows = snapshots.map(({ name, createdAt, states, sizeBytes, fileCount }) => [
      name,
      String(states['chain']?.['blockNumber'] ?? '-'),
      formatSize(sizeBytes),
      String(fileCount),
      createdAt,
    ])
    return textTable(['NAME', 'BLOCK', 'SIZE', 'FILES', 'CREATED'], rows, [1, 2, 3])
  }

  protected override primary({ snapshots }: ListData): string[] {
    return snapshots.map(({ name }) => name)
  }

  protected override next({ snapshots }: ListData): string[] {
    const last = snapshots.at(-1)
    return [last ? `0g devnet snapshot restore ${last.name}` : '0g devnet snapshot save NAME']
  }
}
