import { Args } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { storageProgress } from '../../cli/storage-progress.ts'
import type { DirectoryDiff } from '../../client/storage/diff-directory.ts'

type Result = DirectoryDiff & { root: string; path: string; equal: boolean }

export default class StorageDiff extends OgCommand<Result> {
  static override summary = 'compare a local directory with a stored one'
  static override description =
    'Files are compared by root, so nothing is downloaded. + is only in DIR, - only in ROOT, ~ in both and not the same.'
  static override examples = [
    { description: 'What changed since it was stored', command: '<%= config.bin %> storage diff 0x1a06…2c68 ./site' },
    { description: 'One part of it', command: '<%= config.bin %> storage diff 0x1a06…2c68/docs ./site/docs' },
  ]
  static override args = {
    root: Args.string({ description: 'root of a directory, or ROOT/path', required: true }),
    dir: Args.string({ description: 'local directory', required: true }),
  }
  static override exitCodes = { 0: 'the same', 4: 'no such root or directory', 5: 'they differ' }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(StorageDiff)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { diffDirectory } = await import('../../client/storage/diff-directory.ts')
    const { openPath } = await import('../../client/storage/open-path.ts')
    const { ogError } = await import('../../errors/og-error.ts')
    const options = { profile: await resolveProfile(flags), signal: this.abort, onProgress: storageProgress(this.sink) }
    const opened = await openPath(args.root, options)
    if (opened.kind === 'file') throw ogError('NOT_A_STORED_DIRECTORY', { root: opened.root })
    const diff = await diffDirectory(opened.directory, args.dir, options)
    const { added, removed, changed } = diff
    return { root: args.root, path: args.dir, equal: [...added, ...removed, ...changed].length === 0, ...diff }
  }

  protected render(result: Result): string {
    if (result.equal) return `the same: ${result.same} entries`
    return lines(result).join('\n')
  }

  protected override primary(result: Result): string[] {
    return lines(result)
  }

  protected override next({ equal, path }: Result): string[] {
    return equal ? [] : [`0g storage put ${path}`]
  }

  protected override exitCodeFor({ equal }: Result): number {
    return equal ? 0 : 5
  }
}

function lines({ added, removed, changed }: DirectoryDiff): string[] {
  return [
    ...removed.map((path) => `- ${path}`),
    ...added.map((path) => `+ ${path}`),
    ...changed.map((path) => `~ ${path}`),
  ]
}
