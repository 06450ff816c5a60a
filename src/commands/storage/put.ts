import { Args, Flags } from '@oclif/core'
import { formatSize } from '../../cli/format-progress.ts'
import { OgCommand } from '../../cli/og-command.ts'
import { storageProgress } from '../../cli/storage-progress.ts'
import { formatAmount } from '../../client/chain/amount.ts'
import type { PutPlan } from '../../client/storage/plan-put.ts'
import type { PutResult } from '../../client/storage/put-sources.ts'

type Stored = PutResult & { isDirectory: boolean; files: number; contentBytes: number }
/** `encryption`: version of the encryption of a file, null when it is stored as it is */
type Result = { encryption: 1 | 2 | null } & (({ dryRun: true } & PutPlan) | ({ dryRun: false } & Stored))

const OUTCOMES = { stored: 'stored', resumed: 'completed an earlier upload of', 'already-stored': 'already stored:' }

export default class StoragePut extends OgCommand<Result> {
  static override summary = 'store a file or a directory; prints its root'
  static override description = [
    'The file is submitted to the chain, sent to the storage shards with proofs, and final when the command ends.',
    'Storing the same content again costs nothing. After an interruption run the same command: only what is missing is sent.',
    'An encrypted file has another root each time, so neither holds for it. Its size and its root are public, its content is not.',
  ].join('\n')
  static override examples = [
    { description: 'Store a file', command: '<%= config.bin %> storage put model.onnx' },
    { description: 'Store a directory, keep only the root', command: '<%= config.bin %> storage put ./site --quiet' },
    { description: 'Store what another program prints', command: 'tar c . | <%= config.bin %> storage put -' },
    { description: 'Only for your own eyes', command: '<%= config.bin %> storage put diary.txt --encrypt' },
    { description: 'Only for the eyes of bob', command: '<%= config.bin %> storage put letter.txt --to bob' },
    { description: 'See segments and fee first', command: '<%= config.bin %> storage put model.onnx --dry-run' },
  ]
  static override args = {
    path: Args.string({ description: 'file, directory, or - for standard input', required: true }),
  }
  static override flags = {
    from: Flags.string({ description: 'who pays (default alice on a devnet)', helpValue: 'ACCOUNT' }),
    encrypt: Flags.boolean({ description: 'encrypt the file to the key of the account that pays', exclusive: ['to'] }),
    to: Flags.string({
      description: 'encrypt the file to a secp256k1 public key, on a devnet also to an account',
      helpValue: 'PUBKEY',
    }),
    'encryption-key': Flags.string({
      description: 'encrypt the file with a key of your own: 32 bytes of hex, or env for OG_ENCRYPTION_KEY',
      helpValue: 'HEX',
      exclusive: ['encrypt', 'to'],
    }),
    'dry-run': Flags.boolean({ description: 'show root, segments and fee; send nothing' }),
  }
  static override exitCodes = { 4: 'no such file, an empty file, or not enough funds' }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(StoragePut)
    const { resolveProfile } = await import('../../client/connect.ts')
    const profile = await resolveProfile(flags)
    const { sealingFor } = await import('../../client/storage/encryption-keys.ts')
    const sealing = sealingFor(profile, { ...flags, encryptionKey: flags['encryption-key'] })
    const common = { profile, sealing, signal: this.abort, onProgress: storageProgress(this.sink) }
    const encryption = sealing?.header.version ?? null
    await using input = await this.#input(args.path)
    if (flags['dry-run']) {
      const { planPut } = await import('../../client/storage/plan-put.ts')
      return { dryRun: true, encryption, ...(await planPut(input.path, common)) }
    }
    const { resolveWallet } = await import('../../client/chain/wallet.ts')
    const { putPath } = await import('../../client/storage/put.ts')
    const wallet = resolveWallet(profile, flags.from)
    return { dryRun: false, encryption, ...(await putPath(input.path, { ...common, wallet })) }
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
    const { outcome, isDirectory, files, contentBytes, segments, root, txHash, txSeq, costWei, encryption } = result
    const what = isDirectory ? `directory of ${files} files, ` : ''
    const cost = costWei === 0n ? 'nothing to pay' : `${formatAmount(costWei)} 0G`
    return [
      `${OUTCOMES[outcome]} ${what}${formatSize(contentBytes)} in ${segments} ${segments === 1 ? 'segment' : 'segments'}${encryption ? ', encrypted' : ''}`,
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
    const key = { none: '', 1: ' --encryption-key env', 2: ' --decrypt' }[result.encryption ?? 'none']
    return [`0g storage get ${result.root} -o ${target}${key}`, `0g verify ${result.root}`]
  }
}
