import { Args, Flags } from '@oclif/core'
import { decryptionFlags, openDecrypted } from '../../cli/decryption.ts'
import { OgCommand } from '../../cli/og-command.ts'

type Result = { root: string; sizeBytes: number }

export default class StorageCat extends OgCommand<Result> {
  static override summary = 'print a stored file, every segment proven'
  static override examples = [
    { description: 'Print a file', command: '<%= config.bin %> storage cat 0x9ccb…51f2' },
    { description: 'Print a file of a directory', command: '<%= config.bin %> storage cat 0x1a06…2c68/docs/readme.md' },
    { description: 'Print its first kilobyte', command: '<%= config.bin %> storage cat 0x9ccb…51f2 --range 0-1023' },
  ]
  static override args = {
    root: Args.string({ description: 'root, or ROOT/path inside a directory', required: true }),
  }
  static override flags = {
    ...decryptionFlags,
    range: Flags.string({ description: 'bytes FIRST-LAST, both included', helpValue: 'FIRST-LAST' }),
  }
  static override rawOutput = true
  static override exitCodes = { 4: 'no such root', 5: 'a node served wrong data' }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(StorageCat)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { openPath } = await import('../../client/storage/open-path.ts')
    const { ogError } = await import('../../errors/og-error.ts')
    const { parseRange } = await import('../../client/storage/byte-range.ts')
    const range = flags.range === undefined ? undefined : parseRange(flags.range)
    const options = { profile: await resolveProfile(flags), signal: this.abort }
    const opened = await openDecrypted(await openPath(args.root, options), flags, options, this.sink)
    if (opened.kind === 'directory') throw ogError('NOT_A_FILE', { root: args.root })
    for await (const part of opened.read({ signal: this.abort, range })) {
      if (!(await this.writeRaw(part))) break
    }
    return { root: opened.root, sizeBytes: opened.sizeBytes }
  }

  protected render(): string {
    return ''
  }
}
