import { Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'

type EnvData = { variables: Record<string, string>; format: 'shell' | 'dotenv' | 'json' }

export default class DevnetEnv extends OgCommand<EnvData> {
  static override summary = 'print the addresses of the network as environment variables'
  static override examples = [
    { description: 'Into this shell', command: 'eval "$(<%= config.bin %> devnet env)"' },
    { description: 'Into a file', command: '<%= config.bin %> devnet env --format dotenv > .env' },
  ]
  static override flags = {
    format: Flags.option({ options: ['shell', 'dotenv', 'json'] as const })({
      description: 'export lines, KEY=value lines, or one JSON object',
      default: 'shell',
    }),
  }
  static override exitCodes = { 3: 'no devnet is running here' }

  protected async execute(): Promise<EnvData> {
    const { flags } = await this.parse(DevnetEnv)
    const { selectRunningDevnet } = await import('../../cli/devnet-view/select-devnet.ts')
    const { environmentOf } = await import('../../cli/devnet-view/environment.ts')
    const { manifest, root } = await selectRunningDevnet(flags.devnet)
    return { variables: manifest ? environmentOf(manifest, root) : {}, format: flags.format }
  }

  protected render({ variables, format }: EnvData): string {
    if (format === 'json') return JSON.stringify(variables, null, 2)
    const prefix = format === 'shell' ? 'export ' : ''
    // Values are URLs, numbers, addresses and paths: single quotes keep the shell from reading anything into a path.
    return Object.entries(variables)
      .map(([name, value]) => `${prefix}${name}='${value.replaceAll("'", "'\\''")}'`)
      .join('\n')
  }

  protected override primary({ variables }: EnvData): string[] {
    return Object.entries(variables).map(([name, value]) => `${name}=${value}`)
  }
}
