import { Flags } from '@oclif/core'
import { chainFlags, chainSettings } from '../../cli/chain-flags.ts'
import { durationFlag } from '../../cli/duration-flag.ts'
import { OgCommand } from '../../cli/og-command.ts'
import type { ServiceRun } from '../../cli/run-service.ts'

export default class ChainNode extends OgCommand<ServiceRun> {
  static override summary = 'run just the chain, in the foreground, until Ctrl-C'
  static override description =
    'The same chain as in a devnet, with the same contracts at genesis and the same journal on disk, but nothing around it. ' +
    'It listens on loopback unless --host says otherwise; its development keys are public knowledge.'
  static override examples = [
    { description: 'A chain in this directory', command: '<%= config.bin %> chain node' },
    {
      description: 'Elsewhere, a block per second',
      command: '<%= config.bin %> chain node --data-dir /var/lib/0g-chain --port 9545 --block-time 1s',
    },
  ]
  static override flags = {
    port: Flags.integer({ description: 'port of JSON-RPC and WebSocket (8545, or a free one)', min: 1, max: 65_535 }),
    host: Flags.string({ description: 'address to listen on', default: '127.0.0.1' }),
    'data-dir': Flags.string({ description: 'directory of its state', default: '.0g/chain-node', helpValue: 'DIR' }),
    ...chainFlags,
    timeout: durationFlag({ description: 'how long it may take to become ready', default: 60_000 }),
    'log-level': Flags.option({ options: ['trace', 'debug', 'info', 'warn', 'error'] as const })({
      description: 'how much it logs',
      default: 'info',
    }),
  }
  static override exitCodes = { 0: 'stopped by Ctrl-C', 3: 'it could not be started, or crashed too often' }
  static override endsBySignal = true
  static override abortGraceMs = Number.POSITIVE_INFINITY

  protected async execute(): Promise<ServiceRun> {
    const { flags } = await this.parse(ChainNode)
    if (flags['download-engine']) {
      const { downloadAnvil } = await import('../../cli/download-anvil.ts')
      await downloadAnvil(this.sink)
    }
    const { runServiceInForeground } = await import('../../cli/run-service.ts')
    const { chainService } = await import('../../topology/chain-service.ts')
    const { readSettings } = await import('../../topology/topology-settings.ts')
    const { genesisFilePath } = await import('../../contracts/genesis.ts')
    return await runServiceInForeground({
      definition: chainService(genesisFilePath(), readSettings(chainSettings(flags))),
      dataDir: flags['data-dir'],
      host: flags.host,
      ports: flags.port === undefined ? {} : { rpc: flags.port },
      timeoutMs: flags.timeout,
      logLevel: flags['log-level'],
      signal: this.abort,
      sink: this.sink,
    })
  }

  protected render(): string {
    return ''
  }

  protected override primary({ endpoints }: ServiceRun): string {
    return endpoints['rpc'] ?? ''
  }
}
