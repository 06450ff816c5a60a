import type { DevnetSummary } from '../../cli/devnet-view/devnet-summary.ts'
import { OgCommand } from '../../cli/og-command.ts'

export default class DevnetAttach extends OgCommand<DevnetSummary> {
  static override summary = 'watch a running network; Ctrl-C only detaches'
  static override examples = [{ description: 'Watch it', command: '<%= config.bin %> devnet attach' }]
  static override endsBySignal = true

  protected async execute(): Promise<DevnetSummary> {
    const { flags } = await this.parse(DevnetAttach)
    const { selectRunningDevnet } = await import('../../cli/devnet-view/select-devnet.ts')
    const { summarize } = await import('../../cli/devnet-view/devnet-summary.ts')
    const summary = summarize(await selectRunningDevnet(flags.devnet))
    const { watchAttached } = await import('../../cli/devnet-view/watch-network.ts')
    await watchAttached({ summary, signal: this.abort, sink: this.sink })
    return summary
  }

  protected render(): string {
    return ''
  }

  protected override primary(result: DevnetSummary): string {
    return result.name
  }
}
