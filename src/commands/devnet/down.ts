import { Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'

type DownData = {
  devnets: { name: string; root: string; wasRunning: boolean; isRemoved: boolean; killedProcesses: number }[]
}

export default class DevnetDown extends OgCommand<DownData> {
  static override summary = 'stop the network and keep its state'
  static override description =
    'Stops every service in good order and waits until no process is left. The next `devnet up` continues where it was. --rm deletes the state.'
  static override examples = [
    { description: 'Stop, keep everything', command: '<%= config.bin %> devnet down' },
    { description: 'Stop and delete', command: '<%= config.bin %> devnet down --rm' },
    { description: 'Stop all networks of this user', command: '<%= config.bin %> devnet down --all' },
  ]
  static override flags = {
    rm: Flags.boolean({ description: 'delete the state as well' }),
    all: Flags.boolean({ description: 'every devnet of this user, in all projects', exclusive: ['devnet'] }),
  }
  static override exitCodes = { 0: 'nothing runs any more', 3: 'there is no devnet here' }
  static override abortGraceMs = Number.POSITIVE_INFINITY

  protected async execute(): Promise<DownData> {
    const { flags } = await this.parse(DevnetDown)
    const { stopDevnets } = await import('../../cli/devnet-view/stop-devnets.ts')
    const { devnet, all, rm } = flags
    return { devnets: await stopDevnets({ devnet, all, remove: rm, sink: this.sink }) }
  }

  protected render({ devnets }: DownData): string {
    if (devnets.length === 0) return 'no devnet was running'
    return devnets
      .map(({ name, root, wasRunning, isRemoved }) => {
        const what = wasRunning ? 'stopped' : 'was not running'
        return `${name} ${what}; ${isRemoved ? `${root} deleted` : `state kept in ${root}`}`
      })
      .join('\n')
  }

  protected override primary({ devnets }: DownData): string[] {
    return devnets.map(({ root }) => root)
  }

  protected override next(): string[] {
    return ['0g devnet up']
  }
}
