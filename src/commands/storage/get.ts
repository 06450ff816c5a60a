import { Args, Flags } from '@oclif/core'
import { decryptionFlags, openDecrypted } from '../../cli/decryption.ts'
import { formatSize } from '../../cli/format-progress.ts'
import { OgCommand } from '../../cli/og-command.ts'
import { storageProgress } from '../../cli/storage-progress.ts'

type Result = { root: string; path: string; files: number; sizeBytes: number; isDirectory: boolean }

export default class StorageGet extends OgCommand<Result> {
  static override summary = 'fetch a file or a directory by its root, every segment proven'
  static override description = [
    'The target appears whole or not at all. ROOT/path fetches one file of a stored directory. -o - writes to standard output.',
    'After an interruption run the same command: it goes on where it was.',
  ].join('\n')
  static override examples = [
    { description: 'Fetch a file', command: '<%= config.bin %> storage get 0x9ccb…51f2 -o model.onnx' },
    { description: 'Fetch a directory', command: '<%= config.bin %> storage get 0x1a06…2c68 -o ./site' },
    {
      description: 'Fetch what was encrypted to bob',
      command: '<%= config.bin %> storage get 0x9ccb…51f2 --decrypt --from bob',
    },
    { description: 'Into a pipe', command: '<%= config.bin %> storage get 0x1a06…2c68 -o - | tar x' },
  ]
  static override args = {
    root: Args.string({ description: 'root, or ROOT/path inside a directory', required: true }),
  }
  static override flags = {
    out: Flags.string({
      char: 'o',
      description: 'target file or directory, - for standard output (default: the root)',
    }),
    ...decryptionFlags,
    force: Flags.boolean({ description: 'replace a file that is there' }),
    'outside-links': Flags.boolean({ description: 'also restore links that lead out of the directory' }),
  }
  static override exitCodes = { 4: 'no such root, or the target exists', 5: 'a node served wrong data' }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(StorageGet)
    if (flags.out === '-') this.requireRawOutput()
    const { resolveProfile } = await import('../../client/connect.ts')
    const { openPath } = await import('../../client/storage/open-path.ts')
    const options = { profile: await resolveProfile(flags), signal: this.abort, onProgress: storageProgress(this.sink) }
    const opened = await openDecrypted(await openPath(args.root, options), flags, options, this.sink)
    const { root } = opened
    if (opened.kind === 'directory') {
      const { requireNotStdout, restoreDirectory } = await import('../../client/storage/restore-directory.ts')
      const target = requireNotStdout(flags.out ?? args.root.replaceAll('/', '-'), root)
      const restored = await restoreDirectory(opened.directory, target, {
        ...options,
        outsideLinks: flags['outside-links'],
      })
      return { root, path: target, ...restored, isDirectory: true }
    }
    const path = flags.out ?? args.root.split('/').at(-1) ?? root
    if (path === '-') await this.#print(opened.read(options))
    else {
      const { requireFree, writeFile } = await import('../../client/storage/write-file.ts')
      await requireFree(path, flags.force)
      await writeFile(path, opened, options)
    }
    return { root, path, files: 1, sizeBytes: opened.sizeBytes, isDirectory: false }
  }

  async #print(parts: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const part of parts) if (!(await this.writeRaw(part))) return
  }

  protected render({ path, files, sizeBytes, isDirectory }: Result): string {
    if (path === '-') return ''
    const what = isDirectory ? `${files} files, ` : ''
    return `wrote ${what}${formatSize(sizeBytes)} to ${path}, every segment proven`
  }

  protected override primary({ path }: Result): string | undefined {
    return path === '-' ? undefined : path
  }
}
