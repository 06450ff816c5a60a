import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { showArgs } from '../../cli/show-decoded.ts'
import { formatAmount } from '../../client/chain/amount.ts'
import type { Reading } from '../../client/chain/decode.ts'

type Result = { readings: Reading[] }

export default class ChainDecode extends OgCommand<Result> {
  static override summary = 'decode call data, reverts, logs and raw transactions'
  static override description = [
    'DATA is call data, revert data, a four-byte selector, an event topic, a signed transaction, or a log as JSON; - reads it from standard',
    'input. Works offline, by the ABIs of the network, of what you deployed, and of common standards. Where several fit, all are shown.',
  ].join('\n')
  static override examples = [
    { description: 'A selector', command: '<%= config.bin %> chain decode 0xa9059cbb' },
    {
      description: 'Revert data',
      command:
        '<%= config.bin %> chain decode 0x08c379a0000000000000000000000000000000000000000000000000000000000000002000000000000000000000000000000000000000000000000000000000000000026e6f000000000000000000000000000000000000000000000000000000000000',
    },
    {
      description: 'By the ABI of an artifact',
      command: '<%= config.bin %> chain decode 0x60fe47b1 --abi out/Counter.sol/Counter.json',
    },
  ]
  static override args = { data: Args.string({ description: 'hex, a log as JSON, or -', required: true }) }
  static override flags = {
    abi: Flags.string({ description: 'artifact or ABI file to decode by as well', helpValue: 'FILE' }),
  }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(ChainDecode)
    const { decodeBytes } = await import('../../client/chain/decode.ts')
    const { decodeContext } = await import('../../client/chain/decode-context.ts')
    const text = args.data === '-' ? (await import('node:fs')).readFileSync(0, 'utf8') : args.data
    return { readings: decodeBytes(text, await decodeContext(flags)) }
  }

  protected render({ readings }: Result): string {
    return readings.map(show).join('\n')
  }

  protected override primary({ readings }: Result): string[] {
    return readings.map((reading) => ('signature' in reading ? reading.signature : reading.hash))
  }
}

function show(reading: Reading): string {
  switch (reading.kind) {
    case 'transaction':
      return [
        `${reading.type} transaction ${reading.hash}`,
        `from   ${reading.from ?? 'nobody: it is not signed'}`,
        `to     ${reading.to ?? 'a new contract'}`,
        `value  ${formatAmount(reading.valueWei)} 0G`,
        `nonce  ${reading.nonce}, gas limit ${reading.gasLimit}, at most ${reading.maxFeePerGasWei} wei a gas`,
        `chain  ${reading.chainId ?? 'any'}`,
        ...(reading.call.length === 0 && reading.input !== '0x' ? [`data   ${reading.input}`] : []),
        ...reading.call.map(({ name, args, sources }) => `call   ${name}(${showArgs(args)})  ${sources.join(', ')}`),
      ].join('\n')
    case 'error':
      return `error  ${reading.name}(${showArgs(reading.args)})  ${reading.sources.join(', ')}\n       ${reading.sentence}\n       fix: ${reading.fix}`
    case 'call':
    case 'event':
      return `${reading.kind.padEnd(6)} ${reading.name}(${showArgs(reading.args)})  ${reading.sources.join(', ')}`
    default:
      return `${reading.kind.split('-')[0]}  ${reading.signature}  ${reading.sources.join(', ')}`
  }
}
