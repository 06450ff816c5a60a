import { Args } from '@oclif/core'
import { formatSize } from '../../cli/format-progress.ts'
import { OgCommand } from '../../cli/og-command.ts'
import type { FileStat } from '../../client/storage/stat-file.ts'

export default class StorageStat extends OgCommand<FileStat> {
  static override summary = 'show a stored file: size, transaction, and which node holds what'
  static override examples = [
    { description: 'Look at a file', command: '<%= config.bin %> storage stat 0x9ccb…51f2' },
    { description: 'As JSON', command: '<%= config.bin %> storage stat 0x9ccb…51f2 --json' },
  ]
  static override args = { root: Args.string({ description: 'root of the file', required: true }) }
  static override exitCodes = { 4: 'no such root' }

  protected async execute(): Promise<FileStat> {
    const { args, flags } = await this.parse(StorageStat)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { statFile } = await import('../../client/storage/stat-file.ts')
    return await statFile(args.root, { profile: await resolveProfile(flags), signal: this.abort })
  }

  protected render(stat: FileStat): string {
    const holdings = stat.nodes.map(
      ({ url, shard, segments, state }) =>
        `  ${url}  shard ${shard.shardId}/${shard.numShard}  ${segments} segments  ${state}`,
    )
    return [
      `root       ${stat.root}`,
      `size       ${formatSize(stat.sizeBytes)} (${stat.sizeBytes} bytes) in ${stat.segments} segments`,
      `state      ${stat.isFinalized ? 'finalized' : 'incomplete'}`,
      `tx         ${stat.txHash} (sequence ${stat.txSeq}, block ${stat.blockNumber})`,
      `submitter  ${stat.submitter}`,
      'nodes',
      ...holdings,
    ].join('\n')
  }

  protected override primary({ root }: FileStat): string {
    return root
  }

  protected override next({ root, isFinalized }: FileStat): string[] {
    return isFinalized ? [`0g storage get ${root} -o FILE`, `0g verify ${root}`] : [`0g storage put FILE`]
  }
}
