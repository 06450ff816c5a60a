import { Args } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { formatRanges } from '../../cli/segment-grid.ts'
import { storageProgress } from '../../cli/storage-progress.ts'
import type { HealReport } from '../../client/storage/heal.ts'

export default class StorageHeal extends OgCommand<HealReport> {
  static override summary = 'check every segment on every node and repair what is damaged'
  static override description = [
    'Reads each segment from each node that should have it, with its proof. What a node lacks, lost to its disk or serves wrongly',
    'is fetched from another node, proven, and sent to it. Nodes do this among themselves too; this does it now, and counts.',
  ].join('\n')
  static override examples = [
    { description: 'Heal everything', command: '<%= config.bin %> storage heal' },
    { description: 'Heal one file', command: '<%= config.bin %> storage heal 0x9ccb…51f2' },
  ]
  static override args = { root: Args.string({ description: 'root of a file; all files by default' }) }
  static override exitCodes = {
    0: 'every segment is on every node that should have it',
    4: 'no such root',
    6: 'segments are missing still, or a shard has no node that answers',
  }

  protected async execute(): Promise<HealReport> {
    const { args, flags } = await this.parse(StorageHeal)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { healStorage } = await import('../../client/storage/heal.ts')
    return await healStorage({
      profile: await resolveProfile(flags),
      ...(args.root === undefined ? {} : { roots: [args.root] }),
      signal: this.abort,
      onProgress: storageProgress(this.sink),
    })
  }

  protected render({ files, nodes, holes }: HealReport): string {
    const width = Math.max(4, ...nodes.map(({ url }) => url.length))
    const rows = nodes.map(({ url, shard, segments, whole, repaired, lost, state }) =>
      [
        url.padEnd(width),
        `${shard.shardId}/${shard.numShard}`.padEnd(5),
        `${segments} segments, ${whole} whole, ${repaired} repaired, ${lost} missing${state === 'down' ? ' (does not answer)' : ''}`,
      ].join('  '),
    )
    const gone = holes.map(
      ({ root, segments }) => `${root}: no node has ${segments.length} of its segments (${formatRanges(segments)})`,
    )
    return [`${files} ${files === 1 ? 'file' : 'files'} on ${nodes.length} nodes`, ...rows, ...gone].join('\n')
  }

  /** Roots of files that are not whole anywhere, so that nothing is printed when all is well. */
  protected override primary({ holes }: HealReport): string[] {
    return holes.map(({ root }) => root)
  }

  protected override next({ holes }: HealReport): string[] {
    return holes.length === 0 ? ['0g devnet status'] : ['0g storage put FILE', '0g devnet status']
  }

  protected override exitCodeFor({ nodes, holes }: HealReport): number {
    return holes.length === 0 && nodes.every(({ lost }) => lost === 0) ? 0 : 6
  }
}
