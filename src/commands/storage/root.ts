import { Args } from '@oclif/core'
import { formatSize } from '../../cli/format-progress.ts'
import { OgCommand } from '../../cli/og-command.ts'
import { storageProgress } from '../../cli/storage-progress.ts'

type Result = { root: string; path: string; isDirectory: boolean; files: number; sizeBytes: number; segments: number }

export default class StorageRoot extends OgCommand<Result> {
  static override summary = 'compute the root of a file or directory; needs no network'
  static override examples = [
    { description: 'Root of a file', command: '<%= config.bin %> storage root model.onnx' },
    { description: 'Root of what a program prints', command: 'date | <%= config.bin %> storage root - --quiet' },
  ]
  static override args = {
    path: Args.string({ description: 'file, directory, or - for standard input', required: true }),
  }
  static override exitCodes = { 4: 'no such file, or an empty one' }

  protected async execute(): Promise<Result> {
    const { args } = await this.parse(StorageRoot)
    const { localTree } = await import('../../client/storage/plan-put.ts')
    const options = { signal: this.abort, onProgress: storageProgress(this.sink) }
    await using input = await this.#input(args.path)
    const { trees, ...local } = await localTree(input.path, options)
    return { ...local, path: args.path, segments: trees.reduce((sum, { layout }) => sum + layout.segments, 0) }
  }

  async #input(path: string): Promise<{ path: string } & AsyncDisposable> {
    if (path !== '-') return { path, [Symbol.asyncDispose]: async () => {} }
    const { spool } = await import('../../client/storage/spool.ts')
    return await spool(process.stdin, this.abort)
  }

  protected render({ root, isDirectory, files, sizeBytes, segments }: Result): string {
    const what = isDirectory ? `${files} files, ` : ''
    return `${root}\n${what}${formatSize(sizeBytes)} in ${segments} ${segments === 1 ? 'segment' : 'segments'}`
  }

  protected override primary({ root }: Result): string {
    return root
  }

  protected override next({ path }: Result): string[] {
    return path === '-' ? [] : [`0g storage put ${path}`]
  }
}
