import { Args, Flags } from '@oclif/core'
import { formatSize } from '../../cli/format-progress.ts'
import { OgCommand } from '../../cli/og-command.ts'
import { storageProgress } from '../../cli/storage-progress.ts'
import { formatAmount } from '../../client/chain/amount.ts'
import type { PutPlan } from '../../client/storage/plan-put.ts'
import type { PutResult } from '../../client/storage/put-sources.ts'

type Stored = PutResult & { isDirectory: boolean; files: number; contentBytes: number }
type Result = ({ dryRun: true } & PutPlan) | ({ dryRun: false } & Stored)

const OUTCOMES = { stored: 'stored', resumed: 'completed an earlier upload of', 'already-stored': 'already stored:' }

export default class StoragePut extends OgCommand<Result> {
  static override summary = 'store a file or a directory; prints its root'
  static override description = [
    'The file is submitted to the chain, sent to the storage shards with proofs, and final when the command ends.',
    'Storing the same content again costs nothing. After an interruption run the same command: only what is missing is sent.',
  ].join('\n')
  static override examples = [
    { description: 'Store a file', command: '<%= config.bin %> storage put model.onnx' },
    { description: 'Store a directory, keep only the root', command: '<%= config.bin %> storage put ./site --quiet' },
    { description: 'Store what another program prints', command: 'tar c . | <%= config.bin %> storage put -' },
    { description: 'See segments and fee first', command: '<%= config.bin %> storage put model.onnx --dry-run' },
  ]
  static override args = {
    path: Args.string({ description: 'file, directory, or - for standard input', required: true }),
  }
  static override flags = {
    from: Flags.string({ description: 'who pays (default alice on a devnet)', helpValue: 'ACCOUNT' }),
    'dry-run': Flags.boolean({ description: 'show root, segments and fee; send nothing' }),
  }
  static override exitCodes = { 4: 'no such file, an empty file, or not enough funds' }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(StoragePut)
    const { resolveProfile } = await import('../../client/connect.ts')
    const profile = await resolveProfile(flags)
    const common = { profile, signal: this.abort, onProgress: storageProgress(this.sink) }
    await using input = await this.#input(args.path)
    if (flags['dry-run']) {
      const { planPut } = await import('../../client/storage/plan-put.ts')
      return { dryRun: true, ...(await planPut(input.path, common)) }
    }
    const { resolveWallet } = await import('../../client/chain/wallet.ts')
    const { putPath } = await import('../../client/storage/put.ts')
    return { dryRun: false, ...(await putPath(input.path, { ...common, wallet: resolveWallet(profile, flags.from) })) }
  }

  async #input(path: string): Promise<{ path: string } & AsyncDisposable> {
    if (path !== '-') return { path, [Symbol.asyncDispose]: async () => {} }
    const { spool } = await import('../../client/storage/spool.ts')
    return await spool(process.stdin, this.abort)
  }

  protected render(result: Result): string {
    if (result.dryRun) {
      const what = result.isDirectory ? `${result.files} files and their directory` : '1 file'
      return [
        `would store ${what}: ${formatSize(result.sizeBytes)} in ${result.segments} segments`,
        `root  ${result.root}`,
        `fee   ${formatAmount(result.feeWei)} 0G for ${result.sectors} sectors, plus gas`,
      ].join('\n')
    }
    const { outcome, isDirectory, files, contentBytes, segments, root, txHash, txSeq, costWei } = result
    const what = isDirectory ? `directory of ${files} files, ` : ''
    const cost = costWei === 0n ? 'nothing to pay' : `${formatAmount(costWei)} 0G`
    return [
      `${OUTCOMES[outcome]} ${what}${formatSize(contentBytes)} in ${segments} ${segments === 1 ? 'segment' : 'segments'}`,
      `root  ${root}`,
      `tx    ${txHash} (sequence ${txSeq})`,
      `cost  ${cost}`,
    ].join('\n')
  }

  protected override primary({ root }: Result): string {
    return root
  }

  protected override next(result: Result): string[] {
    if (result.dryRun) return []
    const target = result.isDirectory ? 'DIR' : 'FILE'
    return [`0g storage get ${result.root} -o ${target}`, `0g verify ${result.root}`]
  }
}
