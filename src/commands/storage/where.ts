import { Args } from '@oclif/core'
import { formatSize } from '../../cli/format-progress.ts'
import { OgCommand } from '../../cli/og-command.ts'
import { formatRanges, segmentGrid } from '../../cli/segment-grid.ts'
import type { FileLocation } from '../../client/storage/locate-file.ts'

export default class StorageWhere extends OgCommand<FileLocation> {
  static override summary = 'show which node has which segment of a file, and what is missing'
  static override description = [
    'Asks every node for every segment of its shard. In the grid # is there, - is missing, x belongs to a node that is down,',
    'and blank belongs to another shard. Only presence is asked: `0g storage verify` checks every byte.',
  ].join('\n')
  static override examples = [
    { description: 'Where a file is', command: '<%= config.bin %> storage where 0x9ccb…51f2' },
    { description: 'Its holes, for a script', command: '<%= config.bin %> storage where 0x9ccb…51f2 --quiet' },
  ]
  static override args = { root: Args.string({ description: 'root of the file', required: true }) }
  static override exitCodes = {
    0: 'every segment is on a node that answers',
    4: 'no such root',
    6: 'segments are on no node that answers',
  }

  protected async execute(): Promise<FileLocation> {
    const { args, flags } = await this.parse(StorageWhere)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { locateFile } = await import('../../client/storage/locate-file.ts')
    return await locateFile(args.root, { profile: await resolveProfile(flags), signal: this.abort })
  }

  protected render(location: FileLocation): string {
    const { root, sizeBytes, segments, nodes, holes } = location
    const width = Math.max(...nodes.map(({ url }) => url.length))
    const grid = segmentGrid(location)
    const rows = nodes.map(({ url, shard, own, missing, state }, i) => {
      const has = state === 'down' || state === 'absent' ? 'down' : `${own.length - missing.length}/${own.length}`
      return `${url.padEnd(width)}  ${`${shard.shardId}/${shard.numShard}`.padEnd(5)}  ${has.padEnd(9)}  |${grid[i]}|`
    })
    const end =
      holes.length === 0
        ? 'every segment is there'
        : `${holes.length} of ${segments} segments are on no node that answers: ${formatRanges(holes)}`
    return [
      `${root}  ${formatSize(sizeBytes)} in ${segments} ${segments === 1 ? 'segment' : 'segments'}`,
      ...rows,
      end,
    ].join('\n')
  }

  /** The holes, so that a complete file prints nothing. */
  protected override primary({ holes }: FileLocation): string[] {
    return holes.map(String)
  }

  protected override next({ root, holes }: FileLocation): string[] {
    return holes.length === 0 ? [`0g storage verify ${root}`] : ['0g storage put FILE', '0g devnet status']
  }

  protected override exitCodeFor({ holes }: FileLocation): number {
    return holes.length === 0 ? 0 : 6
  }
}
