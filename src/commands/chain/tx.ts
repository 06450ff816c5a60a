import { Args } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { showArgs } from '../../cli/show-decoded.ts'
import { formatAmount } from '../../client/chain/amount.ts'
import type { TransactionView } from '../../client/chain/describe-transaction.ts'

export default class ChainTx extends OgCommand<TransactionView> {
  static override summary = 'show a transaction, decoded'
  static override description =
    'Names accounts and contracts, decodes the call, its events and, if it failed, the reason. Warns of a gas limit that costs extra on 0G Chain, where 80 % of it is charged at least.'
  static override examples = [
    {
      description: 'Show one',
      command: '<%= config.bin %> chain tx 0x7c0d8f3c1b6f0a3d6a0a3c56d33b8e0a1f7f9c0d5c5b4e3a2f1e0d9c8b7a6f5e',
    },
    {
      description: 'As JSON',
      command: '<%= config.bin %> chain tx 0x7c0d8f3c1b6f0a3d6a0a3c56d33b8e0a1f7f9c0d5c5b4e3a2f1e0d9c8b7a6f5e --json',
    },
  ]
  static override args = { hash: Args.string({ description: 'transaction hash', required: true }) }

  protected async execute(): Promise<TransactionView> {
    const { args, flags } = await this.parse(ChainTx)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { describeTransaction } = await import('../../client/chain/describe-transaction.ts')
    const { gasWarnings } = await import('../../client/chain/gas-lint.ts')
    const tx = await describeTransaction(args.hash, { profile: await resolveProfile(flags), signal: this.abort })
    this.warnings.push(...gasWarnings(tx.gasLint, tx.gasUsed))
    return tx
  }

  protected render(tx: TransactionView): string {
    const rows: [string, string | null][] = [
      ['hash', tx.hash],
      ['status', tx.reason === null ? tx.status : `${tx.status}: ${tx.reason}`],
      ['block', tx.blockNumber === null ? null : `${tx.blockNumber}  ${tx.time ?? ''}`],
      ['from', tx.fromName === null ? tx.from : `${tx.fromName}  ${tx.from}`],
      ['to', tx.to === null ? `creates ${tx.contractAddress ?? 'a contract'}` : `${tx.toName ?? ''}  ${tx.to}`.trim()],
      ['value', tx.valueWei > 0n ? `${formatAmount(tx.valueWei)} 0G` : null],
      ['gas', tx.gasUsed === null ? null : `${tx.gasUsed} of ${tx.gasLimit}`],
      ['fee', tx.feeWei === null ? null : `${formatAmount(tx.feeWei)} 0G`],
      ['call', tx.call && `${tx.call.function}(${showArgs(tx.call.args)})`],
      ...tx.events.map(({ contract, event, args }): [string, string] => [
        'event',
        `${contract} ${event}(${showArgs(args)})`,
      ]),
    ]
    return rows.flatMap(([name, value]) => (value === null ? [] : [`${name.padEnd(7)}${value}`])).join('\n')
  }

  protected override primary({ status }: TransactionView): string {
    return status
  }

  protected override next({ hash, status }: TransactionView): string[] {
    return status === 'pending' ? ['0g chain mine'] : [`0g chain trace ${hash}`, `0g verify ${hash}`]
  }
}
