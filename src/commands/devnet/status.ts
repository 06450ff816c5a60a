import { Flags } from '@oclif/core'
import type { DevnetSummary } from '../../cli/devnet-view/devnet-summary.ts'
import { fidelityText } from '../../cli/devnet-view/fidelity-text.ts'
import { statusText } from '../../cli/devnet-view/status-text.ts'
import { OgCommand } from '../../cli/og-command.ts'
import type { FidelityRow } from '../../topology/fidelity.ts'

type StatusData = DevnetSummary | { fidelity: readonly FidelityRow[] }

export default class DevnetStatus extends OgCommand<StatusData> {
  static override summary = 'show whether the network is well, service by service'
  static override description =
    'One sentence, then a row per service. A network whose daemon died is reported as crashed. With --fidelity: what is real, simplified and simulated.'
  static override examples = [
    { description: 'This directory', command: '<%= config.bin %> devnet status' },
    { description: 'For scripts', command: '<%= config.bin %> devnet status --json' },
    { description: 'How honest it is', command: '<%= config.bin %> devnet status --fidelity' },
  ]
  static override flags = {
    fidelity: Flags.boolean({ description: 'show what is real, simplified and simulated' }),
  }
  static override exitCodes = { 0: 'ready', 3: 'not ready: starting, degraded, stopped, crashed or absent' }

  protected async execute(): Promise<StatusData> {
    const { flags } = await this.parse(DevnetStatus)
    if (flags.fidelity) return { fidelity: (await import('../../topology/fidelity.ts')).FIDELITY }
    const { selectDevnet } = await import('../../cli/devnet-view/select-devnet.ts')
    const { summarize } = await import('../../cli/devnet-view/devnet-summary.ts')
    return summarize(await selectDevnet(flags.devnet))
  }

  protected render(result: StatusData): string {
    return 'fidelity' in result ? fidelityText(result.fidelity) : statusText(result)
  }

  protected override primary(result: StatusData): string {
    return 'fidelity' in result ? '' : result.status
  }

  protected override exitCodeFor(result: StatusData): number {
    return 'fidelity' in result || result.status === 'ready' ? 0 : 3
  }
}
