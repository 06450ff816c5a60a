import { Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import type { AccountRow } from '../../client/chain/accounts.ts'

export default class ChainAccounts extends OgCommand<{ accounts: AccountRow[] }> {
  static override summary = 'list the accounts of the devnet with their balances'
  static override description =
    'Labels, indexes and addresses name an account wherever a command takes one. Private keys are printed only with --show-keys.'
  static override examples = [
    { description: 'List accounts', command: '<%= config.bin %> chain accounts' },
    { description: 'With private keys, as JSON', command: '<%= config.bin %> chain accounts --show-keys --json' },
  ]
  static override flags = {
    'show-keys': Flags.boolean({ description: 'print private keys as well' }),
  }

  protected async execute(): Promise<{ accounts: AccountRow[] }> {
    const { flags } = await this.parse(ChainAccounts)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { listAccounts } = await import('../../client/chain/accounts.ts')
    const profile = await resolveProfile(flags)
    const showKeys = flags['show-keys']
    if (showKeys)
      this.warnings.push('these keys are public knowledge: never send anything of value to them on a real network')
    return { accounts: await listAccounts({ profile, showKeys, signal: this.abort }) }
  }

  protected render({ accounts }: { accounts: AccountRow[] }): string {
    const labelWidth = Math.max(...accounts.map(({ label }) => label.length), 5)
    const balanceWidth = Math.max(...accounts.map(({ balance }) => balance.length), 7)
    return accounts
      .map(({ index, label, address, balance, privateKey }) =>
        [
          String(index).padStart(2),
          label.padEnd(labelWidth),
          address,
          `${balance.padStart(balanceWidth)} 0G`,
          privateKey,
        ]
          .filter((cell) => cell !== undefined)
          .join('  '),
      )
      .join('\n')
  }

  protected override primary({ accounts }: { accounts: AccountRow[] }): string[] {
    return accounts.map(({ address }) => address)
  }
}
