import { Args, Flags } from '@oclif/core'
import { formatAmount } from '../client/chain/amount.ts'
import type { AccessChange } from '../client/storage/kv.ts'
import type { AccessOp } from '../protocol/storage/kv/access-ops.ts'
import { OgCommand } from './og-command.ts'
import { storageProgress } from './storage-progress.ts'

/** A change of rights that was carried out. */
export type AccessResult = {
  streamId: string
  op: AccessOp
  /** whose right it is; the sender for what is given up, null for what concerns a key alone */
  account: string | null
  key: string | null
  version: number
  txHash: string
  costWei: bigint
}

export const streamArg = Args.string({ description: 'id of the stream: 0x and up to 64 hex digits', required: true })
export const keyFlag = Flags.string({ description: 'only for this key, as text', helpValue: 'KEY' })
export const adminFlag = Flags.boolean({ description: 'the right to change rights, too', exclusive: ['key'] })
export const accessFlags = {
  from: Flags.string({ description: 'who changes it and pays (default alice on a devnet)', helpValue: 'ACCOUNT' }),
  node: Flags.string({ description: 'KV node to wait for (default that of the devnet)', helpValue: 'URL' }),
}

type Change = { op: AccessOp; account?: string | undefined; key?: string | undefined }
type Flagged = {
  from?: string | undefined
  node?: string | undefined
  devnet?: string | undefined
  network?: string | undefined
}

/** Base of the commands that change rights of a stream: each is a submission, replayed by the KV node like any write. */
export abstract class KvAccessCommand extends OgCommand<AccessResult> {
  static override exitCodes = { 4: 'no such account, or not enough funds' }

  /** Carries out one change and returns once the KV node has it. */
  protected async change(stream: string, change: Change, flags: Flagged): Promise<AccessResult> {
    const { resolveProfile } = await import('../client/connect.ts')
    const { resolveAddress, resolveWallet } = await import('../client/chain/wallet.ts')
    const { changeAccess, kvNodeOf, parseKey, parseStreamId } = await import('../client/storage/kv.ts')
    const { hasAccount, hasKey } = await import('../protocol/storage/kv/access-ops.ts')
    const streamId = parseStreamId(stream)
    const { op } = change
    const key = change.key === undefined ? undefined : parseKey(change.key)
    const profile = await resolveProfile(flags)
    const wallet = resolveWallet(profile, flags.from)
    const account = change.account === undefined ? wallet.address : resolveAddress(profile, change.account)
    const encoded: AccessChange = { op, ...(key ? { key } : {}), ...(hasAccount(op) ? { account } : {}) }
    const { txSeq, txHash, costWei } = await changeAccess(kvNodeOf(profile, flags.node), streamId, [encoded], {
      profile,
      wallet,
      signal: this.abort,
      onProgress: storageProgress(this.sink),
    })
    const concernsKey = hasKey(op) && !hasAccount(op) && !op.startsWith('RENOUNCE_')
    return {
      streamId,
      op,
      account: concernsKey ? null : account,
      key: change.key ?? null,
      version: txSeq,
      txHash,
      costWei,
    }
  }

  protected render({ op, account, key, version, txHash, costWei }: AccessResult): string {
    return [
      [op, account, key === null ? undefined : `key ${key}`].filter(Boolean).join('  '),
      `version ${version}`,
      `tx      ${txHash}`,
      `cost    ${formatAmount(costWei)} 0G`,
    ].join('\n')
  }

  protected override primary({ version }: AccessResult): string {
    return String(version)
  }

  protected override next({ streamId, account }: AccessResult): string[] {
    return account === null ? [] : [`0g storage kv rights 0x${streamId.replace(/^0x0*(?=.)/, '')} ${account}`]
  }
}
