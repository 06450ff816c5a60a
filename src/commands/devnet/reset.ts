import { Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'

type ResetData = { name: string; root: string; isRunning: boolean }

export default class DevnetReset extends OgCommand<ResetData> {
  static override summary = 'start over with a new genesis, same accounts and ports'
  static override description =
    'Deletes chain, storage, receipts and keystore of the devnet. Accounts, ports and settings stay. A network that runs is stopped and started again in the background.'
  static override examples = [
    { description: 'Ask first', command: '<%= config.bin %> devnet reset' },
    { description: 'In a script', command: '<%= config.bin %> devnet reset --yes' },
  ]
  static override flags = {
    yes: Flags.boolean({ char: 'y', description: 'do not ask' }),
  }
  static override exitCodes = { 2: 'not confirmed', 3: 'there is no devnet here, or it could not be started again' }
  static override abortGraceMs = Number.POSITIVE_INFINITY

  protected async execute(): Promise<ResetData> {
    const { flags } = await this.parse(DevnetReset)
    const { resetDevnet } = await import('../../cli/devnet-view/reset-devnet.ts')
    return await resetDevnet({
      devnet: flags.devnet,
      isConfirmed: flags.yes,
      mayAsk: this.outputMode === 'human',
      version: this.config.version,
      signal: this.abort,
      sink: this.sink,
    })
  }

  protected render({ name, isRunning }: ResetData): string {
    return isRunning ? `${name} starts from a new genesis and is ready` : `${name} was reset`
  }

  protected override primary({ root }: ResetData): string {
    return root
  }

  protected override next({ isRunning }: ResetData): string[] {
    return [isRunning ? '0g devnet status' : '0g devnet up']
  }
}
