import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { formatAmount } from '../../client/chain/amount.ts'
import type { SendResult } from '../../client/chain/contract-call.ts'

export default class ChainSend extends OgCommand<SendResult> {
  static override summary = 'send 0G or call a contract in a transaction'
  static override description = [
    'TO is a label, an index, a contract name or an address. FUNCTION is a name, when the contract is one of the network, or a whole signature.',
    'Addresses among the arguments may be labels; arrays and tuples are JSON. Waits for the receipt.',
    'On a public network the key is read from OG_PRIVATE_KEY.',
  ].join('\n')
  static override examples = [
    { description: 'Send 1.5 0G', command: '<%= config.bin %> chain send bob --value 1.5' },
    {
      description: 'Call a function of a contract of the network',
      command: '<%= config.bin %> chain send LedgerManager addLedger my-ledger --value 3 --from carol',
    },
    {
      description: 'Call any contract by signature',
      command:
        "<%= config.bin %> chain send 0x5fbdb2315678afecb367f032d93f642f64180aa3 'transfer(address,uint256)' bob 5",
    },
  ]
  static override args = {
    to: Args.string({ description: 'label, index, contract name or address', required: true }),
    function: Args.string({ description: 'function name or signature' }),
  }
  static override strict = false
  static override flags = {
    from: Flags.string({ description: 'who signs (default alice on a devnet)', helpValue: 'ACCOUNT' }),
    value: Flags.string({ description: 'how much to send along, in 0G', default: '0', helpValue: '0G' }),
    data: Flags.string({ description: 'raw call data, instead of a function', helpValue: 'HEX' }),
    gas: Flags.integer({ description: 'gas limit (default: estimated)', min: 21_000 }),
  }

  protected async execute(): Promise<SendResult> {
    const { argv, args, flags } = await this.parse(ChainSend)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { parseAmount } = await import('../../client/chain/amount.ts')
    const { send } = await import('../../client/chain/contract-call.ts')
    const { gasWarnings } = await import('../../client/chain/gas-lint.ts')
    const sent = await send(
      { target: args.to, functionText: args.function, args: argv.slice(2).map(String), data: flags.data },
      {
        profile: await resolveProfile(flags),
        from: flags.from,
        valueWei: parseAmount(flags.value),
        gas: flags.gas === undefined ? undefined : BigInt(flags.gas),
        signal: this.abort,
      },
    )
    this.warnings.push(...gasWarnings(sent.gasLint, sent.gasUsed))
    return sent
  }

  protected render(result: SendResult): string {
    const { txHash, to, toName, valueWei, blockNumber, gasUsed, feeWei } = result
    const what = result.function ? `called ${result.function.replace(/^function /, '')} of` : 'sent to'
    const lines = [`${what} ${toName ?? to} in block ${blockNumber}`]
    if (valueWei > 0n) lines.push(`value  ${formatAmount(valueWei)} 0G`)
    return [...lines, `fee    ${formatAmount(feeWei)} 0G (${gasUsed} gas)`, `hash   ${txHash}`].join('\n')
  }

  protected override primary({ txHash }: SendResult): string {
    return txHash
  }

  protected override next({ txHash }: SendResult): string[] {
    return [`0g chain tx ${txHash}`, `0g verify ${txHash}`]
  }
}
