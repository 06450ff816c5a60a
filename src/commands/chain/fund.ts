import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import type { Funding } from '../../client/chain/accounts.ts'

export default class ChainFund extends OgCommand<Funding> {
  static override summary = 'send 0G from the faucet of the devnet'
  static override description = 'Works for any address. The faucet never runs dry.'
  static override examples = [
    {
      description: 'Ten 0G for an address',
      command: '<%= config.bin %> chain fund 0x000000000000000000000000000000000000dead',
    },
    { description: 'A given amount', command: '<%= config.bin %> chain fund bob --amount 2.5' },
  ]
  static override args = { account: Args.string({ description: 'label, index or address', required: true }) }
  static override flags = {
    amount: Flags.string({ description: 'how much, in 0G', default: '10', helpValue: '0G' }),
  }

  protected async execute(): Promise<Funding> {
    const { args, flags } = await this.parse(ChainFund)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { fundAccount } = await import('../../client/chain/accounts.ts')
    const { parseAmount } = await import('../../client/chain/amount.ts')
    const amountWei = parseAmount(flags.amount)
    return await fundAccount(args.account, amountWei, { profile: await resolveProfile(flags), signal: this.abort })
  }

  protected render({ account, balance, txHash }: Funding): string {
    return `${account} now has ${balance} 0G\ntransaction ${txHash}`
  }

  protected override primary({ txHash }: Funding): string {
    return txHash
  }
}
