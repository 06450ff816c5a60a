import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { formatAmount } from '../../client/chain/amount.ts'
import type { Deposit } from '../../client/compute/account.ts'

export default class ComputeDeposit extends OgCommand<Deposit> {
  static override summary = 'put money into the compute ledger'
  static override description =
    'Opens the ledger on the first deposit, which must be at least 3 0G. With --provider the amount is also locked for that provider, at least 1 0G the first time.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> 5',
    '<%= config.bin %> <%= command.id %> 2 --provider 0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc',
  ]
  static override exitCodes = { 4: 'the account has too little' }
  static override args = { amount: Args.string({ required: true, description: 'amount in 0G' }) }
  static override flags = {
    provider: Flags.string({ description: 'lock the amount for this provider', helpValue: 'ADDRESS' }),
    from: Flags.string({ description: 'account that pays: label, index or address', helpValue: 'ACCOUNT' }),
  }

  protected async execute(): Promise<Deposit> {
    const { args, flags } = await this.parse(ComputeDeposit)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { resolveAddress, resolveWallet } = await import('../../client/chain/wallet.ts')
    const { parseAmount } = await import('../../client/chain/amount.ts')
    const { deposit } = await import('../../client/compute/account.ts')
    const amountWei = parseAmount(args.amount)
    const profile = await resolveProfile(flags)
    return await deposit({
      profile,
      wallet: resolveWallet(profile, flags.from),
      amountWei,
      provider: flags.provider === undefined ? undefined : resolveAddress(profile, flags.provider),
      onStep: (step) => this.sink.emit(step),
      signal: this.abort,
    })
  }

  protected render({ depositedWei, account, lockedFor, txHash }: Deposit): string {
    const lines = [`deposited  ${formatAmount(depositedWei)} 0G`, `available  ${formatAmount(account.availableWei)} 0G`]
    if (lockedFor) lines.push(`locked     ${formatAmount(depositedWei)} 0G more for ${lockedFor}`)
    return [...lines, `tx         ${txHash}`].join('\n')
  }

  protected override primary({ txHash }: Deposit): string {
    return txHash
  }

  protected override next(): string[] {
    return ['0g compute account', '0g compute ls']
  }
}
