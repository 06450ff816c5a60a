import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { showDecoded } from '../../cli/show-decoded.ts'
import { showValue } from '../../cli/show-value.ts'
import type { CallResult } from '../../client/chain/contract-call.ts'

export default class ChainCall extends OgCommand<CallResult> {
  static override summary = 'call a contract without sending a transaction'
  static override description = [
    'FUNCTION is a name, when the contract is one of the network, or a signature with its outputs.',
    'Addresses among the arguments may be labels; arrays and tuples are JSON. A revert is decoded.',
  ].join('\n')
  static override examples = [
    { description: 'Ask a contract of the network', command: '<%= config.bin %> chain call Market pricePerSector' },
    {
      description: 'Ask any contract by signature',
      command:
        "<%= config.bin %> chain call 0x5fbdb2315678afecb367f032d93f642f64180aa3 'balanceOf(address)(uint256)' alice",
    },
  ]
  static override args = {
    contract: Args.string({ description: 'contract name or address', required: true }),
    function: Args.string({ description: 'function name or signature', required: true }),
  }
  static override strict = false
  static override flags = {
    from: Flags.string({ description: 'as whom to call', helpValue: 'ACCOUNT' }),
  }

  protected async execute(): Promise<CallResult> {
    const { argv, args, flags } = await this.parse(ChainCall)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { callFunction } = await import('../../client/chain/contract-call.ts')
    return await callFunction(
      { target: args.contract, functionText: args.function, args: argv.slice(2).map(String) },
      { profile: await resolveProfile(flags), from: flags.from, signal: this.abort },
    )
  }

  protected render({ outputs, raw }: CallResult): string {
    if (outputs.length === 0) return raw
    return outputs.map((output) => (output.name ? `${output.name}: ` : '') + showOutput(output)).join('\n')
  }

  protected override primary({ outputs, raw }: CallResult): string[] {
    return outputs.length === 0 ? [raw] : outputs.map(({ value }) => showValue(value))
  }
}

/** A text is printed as it is; an address comes with its label. */
function showOutput(output: CallResult['outputs'][number]): string {
  const { type, value, label } = output
  if (type === 'string') return showValue(value)
  return type === 'address' && label !== undefined ? `${showValue(value)}  ${label}` : showDecoded(output)
}
