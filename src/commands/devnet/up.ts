import { Flags } from '@oclif/core'
import { chainFlags, chainSettings } from '../../cli/chain-flags.ts'
import type { DevnetSummary } from '../../cli/devnet-view/devnet-summary.ts'
import { networkBlock } from '../../cli/devnet-view/network-block.ts'
import { durationFlag } from '../../cli/duration-flag.ts'
import { OgCommand } from '../../cli/og-command.ts'

/** The network as it came up; `ended` when it was watched in the foreground until it stopped. */
type UpData = DevnetSummary & { alreadyRunning: boolean; ended: boolean }

export default class DevnetUp extends OgCommand<UpData> {
  static override summary = 'start the whole network and wait until every service answers'
  static override description =
    'Starts chain, storage, compute and agent oracle of the devnet in this directory. In a terminal it stays and Ctrl-C stops the network; ' +
    'with --detach (implied by --json and --quiet) it returns when everything is ready. A network that runs already is left as it is.'
  static override examples = [
    { description: 'Start and watch', command: '<%= config.bin %> devnet up' },
    { description: 'Start in the background', command: '<%= config.bin %> devnet up --detach' },
    {
      description: 'Another network, a block per second',
      command: '<%= config.bin %> devnet up --devnet second --block-time 1s',
    },
    {
      description: 'Other rules, another chain id, finality three blocks back',
      command: '<%= config.bin %> devnet up --hardfork osaka --chain-id 4242 --finalized-lag 3',
    },
    {
      description: 'The chain of the testnet as it was at a block',
      command: '<%= config.bin %> devnet up --devnet fork --fork galileo@5000000',
    },
    { description: 'Two storage nodes for each shard', command: '<%= config.bin %> devnet up --replicas 2' },
  ]
  static override flags = {
    detach: Flags.boolean({ char: 'd', description: 'return when ready and leave the network running' }),
    restart: Flags.boolean({ description: 'stop a running network first' }),
    'strict-ports': Flags.boolean({ description: 'fail when a wanted port is taken instead of choosing another' }),
    ...chainFlags,
    replicas: Flags.integer({ description: 'storage nodes of each shard (1); remembered', min: 1, max: 8 }),
    timeout: durationFlag({ description: 'how long the services may take to become ready', default: 60_000 }),
    'log-level': Flags.option({ options: ['trace', 'debug', 'info', 'warn', 'error'] as const })({
      description: 'how much the services log',
      default: 'info',
    }),
  }
  static override exitCodes = {
    0: 'ready, or stopped by Ctrl-C',
    3: 'a service could not be started',
    130: 'interrupted while starting',
  }
  static override endsBySignal = true
  static override abortGraceMs = Number.POSITIVE_INFINITY

  protected async execute(): Promise<UpData> {
    const { flags } = await this.parse(DevnetUp)
    if (flags['download-engine']) {
      const { downloadAnvil } = await import('../../cli/download-anvil.ts')
      await downloadAnvil(this.sink)
    }
    const { startDevnet } = await import('../../cli/devnet-view/start-devnet.ts')
    const { summarize } = await import('../../cli/devnet-view/devnet-summary.ts')
    const isHuman = this.outputMode === 'human'
    const foreground = !flags.detach && (isHuman || this.outputMode === 'ndjson')
    const settings = { ...chainSettings(flags), ...(flags.replicas === undefined ? {} : { replicas: flags.replicas }) }
    const result = await startDevnet({
      devnet: flags.devnet,
      version: this.config.version,
      foreground,
      strictPorts: flags['strict-ports'],
      timeoutMs: flags.timeout,
      restart: flags.restart,
      logLevel: flags['log-level'],
      settings,
      signal: this.abort,
      sink: this.sink,
      plain: isHuman && process.stderr.isTTY !== true,
    })
    const { report, manifest, daemon } = result
    const summary = summarize({ state: 'running', root: report.root, report, manifest })
    if (result.isAlreadyRunning) {
      for (const [name, value] of Object.entries(settings)) {
        if (JSON.stringify(manifest.settings[name]) === JSON.stringify(value)) continue
        this.warnings.push(`the network runs already, with another ${name}: nothing was changed; see --restart`)
      }
    }
    if (!daemon) return { ...summary, alreadyRunning: result.isAlreadyRunning, ended: false }
    const { watchForeground } = await import('../../cli/devnet-view/watch-network.ts')
    await watchForeground({ summary, daemon, signal: this.abort, sink: this.sink })
    return { ...summary, status: 'stopped', alreadyRunning: false, ended: true }
  }

  protected render(result: UpData): string {
    if (result.ended) return ''
    return networkBlock(result, result.alreadyRunning ? 'already running' : undefined)
  }

  protected override primary(result: DevnetSummary): string {
    return result.chain?.rpc ?? ''
  }

  protected override next({ ended, chain }: UpData): string[] {
    if (ended) return ['0g devnet up']
    return [chain?.fork ? '0g chain accounts' : '0g storage put FILE']
  }
}
