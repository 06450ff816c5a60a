import { Args } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import type { Balance } from '../../client/chain/accounts.ts'

export default class ChainBalance extends OgCommand<Balance> {
  static override summary = 'show the balance of an account or contract'
  static override description = 'ACCOUNT is a label, an index, the name of a contract of the network, or an address.'
  static override examples = [
    { description: 'By label', command: '<%= config.bin %> chain balance alice' },
    {
      description: 'By address, on the test network',
      command: '<%= config.bin %> chain balance 0x70997970c51812dc3a010c7d01b50e0d17dc79c8 --network galileo',
    },
  ]
  static override args = {
    account: Args.string({ description: 'label, index, contract name or address', required: true }),
  }

  protected async execute(): Promise<Balance> {
    const { args, flags } = await this.parse(ChainBalance)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { readBalance } = await import('../../client/chain/accounts.ts')
    return await readBalance(args.account, { profile: await resolveProfile(flags), signal: this.abort })
  }

  protected render({ balance }: Balance): string {
    return `${balance} 0G`
  }

  protected override primary({ balance }: Balance): string {
    return balance
  }
}
