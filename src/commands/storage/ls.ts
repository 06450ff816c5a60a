import { Args, Flags } from '@oclif/core'
import { formatSize } from '../../cli/format-progress.ts'
import { OgCommand } from '../../cli/og-command.ts'
import type { ListedFile } from '../../client/storage/list-files.ts'
import type { FindOptions } from '../../client/storage/stored-file.ts'
import type { DirectoryNode } from '../../protocol/storage/directory.ts'

type Entry = { path: string; type: DirectoryNode['type']; sizeBytes: number; root: string | null }
type Result =
  | { kind: 'files'; total: number; files: ListedFile[] }
  | { kind: 'directory'; root: string; entries: Entry[] }

const DEFAULT_LIMIT = 20

export default class StorageLs extends OgCommand<Result> {
  static override summary = 'list the files stored on this network, or a stored directory'
  static override description =
    'Without ROOT: what the chain knows, newest first (the chain knows no names). With ROOT or ROOT/path: what is in that directory.'
  static override examples = [
    { description: 'Newest files', command: '<%= config.bin %> storage ls' },
    { description: 'Files that bob stored', command: '<%= config.bin %> storage ls --by bob --limit 100' },
    { description: 'A stored directory', command: '<%= config.bin %> storage ls 0x1a06…2c68/docs' },
  ]
  static override args = { root: Args.string({ description: 'root of a directory, or ROOT/path' }) }
  static override flags = {
    by: Flags.string({ description: 'only files of this account', helpValue: 'ACCOUNT' }),
    limit: Flags.integer({ description: 'how many at most', default: DEFAULT_LIMIT, min: 1 }),
  }
  static override exitCodes = { 4: 'no such root' }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(StorageLs)
    const { resolveProfile } = await import('../../client/connect.ts')
    const profile = await resolveProfile(flags)
    const signal = this.abort
    if (args.root !== undefined) return await listDirectory(args.root, { profile, signal })
    const { resolveAddress } = await import('../../client/chain/wallet.ts')
    const { listFiles } = await import('../../client/storage/list-files.ts')
    const submitter = flags.by === undefined ? undefined : resolveAddress(profile, flags.by)
    const files = await listFiles({ profile, submitter, signal })
    return { kind: 'files', total: files.length, files: files.slice(0, flags.limit) }
  }

  protected render(result: Result): string {
    if (result.kind === 'directory') {
      return result.entries
        .map(({ path, type, sizeBytes }) =>
          type === 'file' ? `${formatSize(sizeBytes).padStart(10)}  ${path}` : `${`<${type}>`.padStart(10)}  ${path}`,
        )
        .join('\n')
    }
    const rows = result.files.map(
      ({ txSeq, sizeBytes, root, blockNumber }) =>
        `${String(txSeq).padStart(5)}  ${formatSize(sizeBytes).padStart(10)}  ${root}  block ${blockNumber}`,
    )
    const rest = result.total - result.files.length
    return (
      [...rows, ...(rest > 0 ? [`… and ${rest} more (--limit ${result.total})`] : [])].join('\n') ||
      'nothing stored yet'
    )
  }

  protected override primary(result: Result): string[] {
    if (result.kind === 'files') return result.files.map(({ root }) => root)
    return result.entries.map(({ path }) => path)
  }

  protected override next(result: Result): string[] {
    if (result.kind === 'directory') return []
    const [newest] = result.files
    return newest ? [`0g storage stat ${newest.root}`] : ['0g storage put FILE']
  }
}

async function listDirectory(root: string, options: FindOptions): Promise<Result> {
  const { openPath } = await import('../../client/storage/open-path.ts')
  const { ogError } = await import('../../errors/og-error.ts')
  const { walkDirectory } = await import('../../protocol/storage/directory.ts')
  const opened = await openPath(root, options)
  if (opened.kind === 'file') throw ogError('NOT_A_STORED_DIRECTORY', { root: opened.root })
  const entries = [...walkDirectory(opened.directory)].map(({ path, node }) => ({
    path,
    type: node.type,
    sizeBytes: node.size ?? 0,
    root: node.roots?.[0] ?? null,
  }))
  return { kind: 'directory', root: opened.root, entries }
}
