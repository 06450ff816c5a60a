import { Flags } from '@oclif/core'
import { durationFlag } from '../../cli/duration-flag.ts'
import { OgCommand } from '../../cli/og-command.ts'
import type { ServiceRun } from '../../cli/run-service.ts'

export default class StorageNode extends OgCommand<ServiceRun> {
  static override summary = 'run a storage node that joins a network, until Ctrl-C'
  static override description = [
    'The node follows the chain and fetches what its shard should have from its peers, every segment proven against the chain.',
    'It introduces itself to them, so the indexer lists it as discovered. Its state is kept: started again it goes on where it was.',
    'Without --chain and --peer it joins the devnet of this directory.',
  ].join('\n')
  static override examples = [
    { description: 'A third node of the devnet here', command: '<%= config.bin %> storage node --shard 1/2' },
    {
      description: 'On another machine',
      command:
        '<%= config.bin %> storage node --shard 3/4 --chain http://10.0.0.5:8545 --peer http://10.0.0.5:5678 --host 0.0.0.0',
    },
  ]
  static override flags = {
    shard: Flags.string({
      description: 'which segments it keeps: i of every n, n a power of two',
      default: '0/1',
      helpValue: 'I/N',
    }),
    chain: Flags.string({ description: 'JSON-RPC of the chain (default: that of the network here)', helpValue: 'URL' }),
    peer: Flags.string({
      description: 'a node, or an indexer that lists nodes; repeatable',
      multiple: true,
      helpValue: 'URL',
    }),
    flow: Flags.string({ description: 'Flow contract (default: the one the peers use)', helpValue: 'ADDRESS' }),
    port: Flags.integer({ description: 'port of JSON-RPC (5678, or a free one)', min: 1, max: 65_535 }),
    host: Flags.string({ description: 'address to listen on', default: '127.0.0.1' }),
    'data-dir': Flags.string({
      description: 'directory of its state (default: .0g/storage-node-I-of-N)',
      helpValue: 'DIR',
    }),
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
    const { flags } = await this.parse(StorageNode)
    const { parseShard } = await import('../../client/storage/parse-shard.ts')
    const { runServiceInForeground } = await import('../../cli/run-service.ts')
    const { storageNode } = await import('../../topology/storage-services.ts')
    const shard = parseShard(flags.shard)
    const { chain, flow, peers } = await this.#network(flags)
    return await runServiceInForeground({
      definition: storageNode({
        name: 'storage-node',
        shard,
        port: 5678,
        config: { peerUrls: peers, ...(flow === undefined ? {} : { flow }) },
      }),
      dataDir: flags['data-dir'] ?? `.0g/storage-node-${shard.shardId}-of-${shard.numShard}`,
      peers: { chain: { rpc: chain } },
      host: flags.host,
      ports: flags.port === undefined ? {} : { node: flags.port },
      timeoutMs: flags.timeout,
      logLevel: flags['log-level'],
      signal: this.abort,
      sink: this.sink,
    })
  }

  /** Chain, peers and Flow contract as named; the rest from the network here. */
  async #network(flags: {
    chain?: string | undefined
    peer?: string[] | undefined
    flow?: string | undefined
    devnet?: string | undefined
    network?: string | undefined
  }): Promise<{ chain: string; flow: string | undefined; peers: string[] }> {
    if (flags.chain === undefined) {
      const { resolveProfile } = await import('../../client/connect.ts')
      const { rpc, storage, contracts } = await resolveProfile(flags)
      return { chain: rpc, flow: flags.flow ?? contracts['Flow'], peers: flags.peer ?? [storage.indexer] }
    }
    const peers = flags.peer ?? []
    if (flags.flow !== undefined || peers.length === 0) return { chain: flags.chain, flow: flags.flow, peers }
    const { findFlow } = await import('../../client/storage/find-flow.ts')
    return { chain: flags.chain, flow: await findFlow(peers, this.abort), peers }
  }

  protected render(): string {
    return ''
  }

  protected override primary({ endpoints }: ServiceRun): string {
    return endpoints['node'] ?? ''
  }
}
