import { Args, Flags } from '@oclif/core'
import { formatSize } from '../../cli/format-progress.ts'
import { OgCommand } from '../../cli/og-command.ts'
import { storageProgress } from '../../cli/storage-progress.ts'
import { formatAmount } from '../../client/chain/amount.ts'
import type { PutPlan } from '../../client/storage/plan-put.ts'
import type { PutPathResult } from '../../client/storage/put.ts'

type Stored = Omit<PutPathResult, 'path'>
type Planned = Omit<PutPlan, 'items'>
/** `encryption`: version of the encryption of a file, null when it is stored as it is. Several paths come as `items`. */
type Result = { encryption: 1 | 2 | null } & (
  | ({ dryRun: true } & Planned & Omit<PutPlan['items'][number], 'path'>)
  | ({ dryRun: true } & PutPlan)
  | ({ dryRun: false } & Stored)
  | { dryRun: false; items: PutPathResult[]; costWei: bigint }
)

const OUTCOMES = { stored: 'stored', resumed: 'completed an earlier upload of', 'already-stored': 'already stored:' }

export default class StoragePut extends OgCommand<Result> {
  static override summary = 'store files and directories; prints their roots'
  static override description = [
    'The file is submitted to the chain, sent to the storage shards with proofs, and final when the command ends.',
    'Storing the same content again costs nothing. After an interruption run the same command: only what is missing is sent.',
    'Several paths, and the files of a directory, share transactions: that is much faster than one command for each.',
    'An encrypted file has another root each time: it can neither be resumed nor recognised. Its size and root are public, its content is not.',
  ].join('\n')
  static override examples = [
    { description: 'Store a file', command: '<%= config.bin %> storage put model.onnx' },
    { description: 'Store a directory, keep only the root', command: '<%= config.bin %> storage put ./site --quiet' },
    { description: 'Store many files, each under its own root', command: '<%= config.bin %> storage put *.jpg' },
    { description: 'Store what another program prints', command: 'tar c . | <%= config.bin %> storage put -' },
    { description: 'Only for your own eyes', command: '<%= config.bin %> storage put diary.txt --encrypt' },
    { description: 'Only for the eyes of bob', command: '<%= config.bin %> storage put letter.txt --to bob' },
    { description: 'See segments and fee first', command: '<%= config.bin %> storage put model.onnx --dry-run' },
  ]
  static override args = {
    path: Args.string({ description: 'files, directories, or - for standard input', required: true, multiple: true }),
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
    replicas: Flags.integer({ description: 'put each segment on so many nodes before it ends', min: 1, default: 1 }),
    'dry-run': Flags.boolean({ description: 'show root, segments and fee; send nothing' }),
  }
  static override exitCodes = { 4: 'no such file, an empty file, not enough funds or not enough nodes' }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(StoragePut)
    const { resolveProfile } = await import('../../client/connect.ts')
    const profile = await resolveProfile(flags)
    const { sealingFor } = await import('../../client/storage/encryption-keys.ts')
    const sealing = sealingFor(profile, { ...flags, encryptionKey: flags['encryption-key'] })
    const { replicas } = flags
    const common = { profile, sealing, replicas, signal: this.abort, onProgress: storageProgress(this.sink) }
    const encryption = sealing?.header.version ?? null
    await using input = await this.#input(args.path)
    if (sealing && input.paths.length > 1) {
      const { ogError } = await import('../../errors/og-error.ts')
      // One header, with its nonce, must never encrypt two contents.
      throw ogError('FLAG_CONFLICT', { first: 'encryption', second: 'several paths', command: 'storage put' })
    }
    if (flags['dry-run']) {
      const { planPut } = await import('../../client/storage/plan-put.ts')
      const plan = await planPut(input.paths, common)
      if (plan.items.length > 1) return { dryRun: true, encryption, ...plan }
      const { items, ...rest } = plan
      const { path: _, ...item } = items[0] as PutPlan['items'][number]
      return { dryRun: true, encryption, ...rest, ...item }
    }
    const { resolveWallet } = await import('../../client/chain/wallet.ts')
    const { putPaths } = await import('../../client/storage/put.ts')
    const items = await putPaths(input.paths, { ...common, wallet: resolveWallet(profile, flags.from) })
    if (items.length > 1) {
      return { dryRun: false, encryption, items, costWei: items.reduce((sum, { costWei }) => sum + costWei, 0n) }
    }
    const { path: _, ...stored } = items[0] as PutPathResult
    return { dryRun: false, encryption, ...stored }
  }

  async #input(paths: string[]): Promise<{ paths: string[] } & AsyncDisposable> {
    if (!paths.includes('-')) return { paths, [Symbol.asyncDispose]: async () => {} }
    const { spool } = await import('../../client/storage/spool.ts')
    const spooled = await spool(process.stdin, this.abort)
    return {
      paths: paths.map((path) => (path === '-' ? spooled.path : path)),
      [Symbol.asyncDispose]: () => spooled[Symbol.asyncDispose](),
    }
  }

  protected render(result: Result): string {
    if (result.dryRun) return renderPlan(result)
    if ('items' in result) {
      return [
        ...result.items.map(({ root, path }) => `${root}  ${path}`),
        `cost  ${costOf(result.costWei)} for ${result.items.length} paths`,
      ].join('\n')
    }
    const { outcome, isDirectory, files, contentBytes, segments, root, txHash, txSeq, costWei, encryption } = result
    const what = isDirectory ? `directory of ${files} files, ` : ''
    return [
      `${OUTCOMES[outcome]} ${what}${formatSize(contentBytes)} in ${segments} ${segments === 1 ? 'segment' : 'segments'}${encryption ? ', encrypted' : ''}`,
      `root  ${root}`,
      `tx    ${txHash} (sequence ${txSeq})`,
      `cost  ${costOf(costWei)}`,
    ].join('\n')
  }

  protected override primary(result: Result): string[] {
    return 'items' in result ? result.items.map(({ root }) => root) : [result.root]
  }

  protected override next(result: Result): string[] {
    if (result.dryRun || 'items' in result) return []
    const target = result.isDirectory ? 'DIR' : 'FILE'
    const key = { none: '', 1: ' --encryption-key env', 2: ' --decrypt' }[result.encryption ?? 'none']
    return [`0g storage get ${result.root} -o ${target}${key}`, `0g verify ${result.root}`]
  }
}

function costOf(costWei: bigint): string {
  return costWei === 0n ? 'nothing to pay' : `${formatAmount(costWei)} 0G`
}

function renderPlan(plan: Extract<Result, { dryRun: true }>): string {
  const items = 'items' in plan ? plan.items : [{ ...plan, path: '' }]
  const what = items.map(({ files, isDirectory }) => (isDirectory ? `${files} files and their directory` : '1 file'))
  const fee =
    plan.feeWei === 0n
      ? 'nothing to pay: the chain has it already'
      : `${formatAmount(plan.feeWei)} 0G, plus gas (${plan.sectors} sectors${plan.submittedFiles > 0 ? `, ${plan.submittedFiles} files paid for earlier` : ''})`
  return [
    `would store ${items.length === 1 ? what[0] : `${items.length} paths`}: ${formatSize(plan.sizeBytes)} in ${plan.segments} segments`,
    ...items.map(({ root, path }) => `root  ${root}${path ? `  ${path}` : ''}`),
    `fee   ${fee}`,
  ].join('\n')
}
