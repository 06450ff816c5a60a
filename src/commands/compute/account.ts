import { Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { formatAmount } from '../../client/chain/amount.ts'
import type { ComputeAccount } from '../../client/compute/account.ts'

export default class ComputeAccountCommand extends OgCommand<ComputeAccount> {
  static override summary = 'show the ledger and what is locked for each provider'
  static override description =
    'Inference is paid from a ledger: money in it is free until it is locked for a provider. Providers settle fees from what is locked.'
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --from bob --json',
  ]
  static override flags = {
    from: Flags.string({ description: 'account: label, index or address', helpValue: 'ACCOUNT' }),
  }

  protected async execute(): Promise<ComputeAccount> {
    const { flags } = await this.parse(ComputeAccountCommand)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { resolveWallet } = await import('../../client/chain/wallet.ts')
    const { readComputeAccount } = await import('../../client/compute/account.ts')
    const profile = await resolveProfile(flags)
    const { address } = resolveWallet(profile, flags.from)
    return await readComputeAccount({ profile, address, signal: this.abort })
  }

  protected render(account: ComputeAccount): string {
    if (!account.hasLedger) return `${account.address} has no ledger yet`
    const lines = [
      `account    ${account.address}`,
      `ledger     ${formatAmount(account.totalWei)} 0G`,
      `available  ${formatAmount(account.availableWei)} 0G`,
    ]
    for (const { provider, lockedWei, returningWei, acknowledged } of account.providers) {
      const notes = [
        returningWei > 0n ? `${formatAmount(returningWei)} 0G on its way back` : '',
        acknowledged ? '' : 'signer not acknowledged',
      ].filter((note) => note !== '')
      lines.push(
        `locked     ${formatAmount(lockedWei)} 0G for ${provider}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`,
      )
    }
    return lines.join('\n')
  }

  protected override primary(account: ComputeAccount): string {
    return formatAmount(account.availableWei)
  }

  protected override next(account: ComputeAccount): string[] {
    return account.hasLedger ? ['0g compute ls'] : ['0g compute deposit 5']
  }
}
