import { Flags } from '@oclif/core'
import type { DevnetSummary } from '../../cli/devnet-view/devnet-summary.ts'
import { verdictLine } from '../../cli/devnet-view/status-text.ts'
import { durationFlag } from '../../cli/duration-flag.ts'
import { OgCommand } from '../../cli/og-command.ts'

export default class DevnetWait extends OgCommand<DevnetSummary> {
  static override summary = 'wait until the network, or some of its services, are ready'
  static override examples = [
    { description: 'Everything', command: '<%= config.bin %> devnet wait' },
    {
      description: 'Storage only, half a minute',
      command: '<%= config.bin %> devnet wait --for storage --timeout 30s',
    },
  ]
  static override flags = {
    for: Flags.string({
      description: 'services to wait for: names, or the beginning of names such as storage',
      multiple: true,
      delimiter: ',',
      helpValue: 'SERVICE,…',
    }),
    timeout: durationFlag({ description: 'how long to wait', default: 60_000 }),
  }
  static override exitCodes = { 0: 'ready', 3: 'not ready in time, or failed' }

  protected async execute(): Promise<DevnetSummary> {
    const { flags } = await this.parse(DevnetWait)
    const { waitUntilReady } = await import('../../cli/devnet-view/wait-until-ready.ts')
    return await waitUntilReady({
      devnet: flags.devnet,
      services: flags.for ?? [],
      timeoutMs: flags.timeout,
      signal: this.abort,
    })
  }

  protected render(result: DevnetSummary): string {
    return verdictLine(result)
  }

  protected override primary(result: DevnetSummary): string {
    return result.chain?.rpc ?? ''
  }
}
