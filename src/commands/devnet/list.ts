import type { DevnetRow } from '../../cli/devnet-view/list-devnets.ts'
import { textTable } from '../../cli/devnet-view/text-table.ts'
import { OgCommand } from '../../cli/og-command.ts'

type ListData = { devnets: DevnetRow[] }

export default class DevnetList extends OgCommand<ListData> {
  static override summary = 'list the devnets of this user, in all projects'
  static override examples = [
    { description: 'All of them', command: '<%= config.bin %> devnet list' },
    { description: 'Their directories', command: '<%= config.bin %> devnet list --quiet' },
  ]

  protected async execute(): Promise<ListData> {
    await this.parse(DevnetList)
    const { listDevnets } = await import('../../cli/devnet-view/list-devnets.ts')
    return { devnets: await listDevnets() }
  }

  protected render({ devnets }: ListData): string {
    if (devnets.length === 0) return 'no devnets yet'
    const rows = devnets.map(({ name, status, rpc, root }) => [name, status, rpc ?? '-', root])
    return textTable(['NAME', 'STATUS', 'RPC', 'STATE'], rows)
  }

  protected override primary({ devnets }: ListData): string[] {
    return devnets.map(({ root }) => root)
  }

  protected override next({ devnets }: ListData): string[] {
    return devnets.length === 0 ? ['0g devnet up'] : ['0g devnet status --devnet PATH']
  }
}
