import { Flags } from '@oclif/core'
import { textTable } from '../../cli/devnet-view/text-table.ts'
import { OgCommand } from '../../cli/og-command.ts'

type AccountsData = { accounts: { index: number; role: string; address: string; privateKey?: string }[] }

export default class DevnetAccounts extends OgCommand<AccountsData> {
  static override summary = 'list the development accounts and their roles'
  static override description =
    'Roles, indexes and addresses name an account wherever a command takes one. The network need not run. `chain accounts` adds balances.'
  static override examples = [
    { description: 'Addresses', command: '<%= config.bin %> devnet accounts' },
    { description: 'With private keys', command: '<%= config.bin %> devnet accounts --show-keys' },
  ]
  static override flags = {
    'show-keys': Flags.boolean({ description: 'print private keys as well' }),
  }

  protected async execute(): Promise<AccountsData> {
    const { flags } = await this.parse(DevnetAccounts)
    const { selectDevnet } = await import('../../cli/devnet-view/select-devnet.ts')
    const { manifest } = await selectDevnet(flags.devnet)
    const accounts = manifest?.accounts ?? []
    if (!flags['show-keys'] || !manifest) return { accounts }
    const { walletFromMnemonic } = await import('../../client/chain/wallet.ts')
    this.warnings.push('these keys are public knowledge: never send anything of value to them on a real network')
    const keyOf = (index: number) => walletFromMnemonic(manifest.mnemonic, index).privateKey
    return { accounts: accounts.map((account) => ({ ...account, privateKey: keyOf(account.index) })) }
  }

  protected render({ accounts }: AccountsData): string {
    const withKeys = accounts.some(({ privateKey }) => privateKey !== undefined)
    const rows = accounts.map(({ index, role, address, privateKey }) => [
      String(index),
      role,
      address,
      privateKey ?? '',
    ])
    return textTable(withKeys ? ['#', 'ROLE', 'ADDRESS', 'PRIVATE KEY'] : ['#', 'ROLE', 'ADDRESS'], rows, [0])
  }

  protected override primary({ accounts }: AccountsData): string[] {
    return accounts.map(({ address }) => address)
  }
}
