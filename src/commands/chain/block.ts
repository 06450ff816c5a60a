import { Args } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { formatAmount } from '../../client/chain/amount.ts'
import type { BlockView } from '../../client/chain/describe-block.ts'

export default class ChainBlock extends OgCommand<BlockView> {
  static override summary = 'show a block and its transactions'
  static override examples = [
    { description: 'The latest', command: '<%= config.bin %> chain block' },
    { description: 'By number', command: '<%= config.bin %> chain block 12' },
  ]
  static override args = { block: Args.string({ description: 'number, hash or latest', default: 'latest' }) }

  protected async execute(): Promise<BlockView> {
    const { args, flags } = await this.parse(ChainBlock)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { describeBlock } = await import('../../client/chain/describe-block.ts')
    return await describeBlock(args.block, { profile: await resolveProfile(flags), signal: this.abort })
  }

  protected render(block: BlockView): string {
    const transactions = block.transactions.map(
      ({ hash, from, to, valueWei }) => `  ${hash}  ${from} → ${to ?? 'new contract'}  ${formatAmount(valueWei)} 0G`,
    )
    return [
      `block   ${block.number}  ${block.time}`,
      `hash    ${block.hash}`,
      `parent  ${block.parentHash}`,
      `gas     ${block.gasUsed} of ${block.gasLimit}`,
      `transactions: ${transactions.length}`,
      ...transactions,
    ].join('\n')
  }

  protected override primary({ hash }: BlockView): string {
    return hash
  }
}
