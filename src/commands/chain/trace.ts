import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { renderTrace } from '../../cli/render-trace.ts'
import type { Trace } from '../../client/chain/trace.ts'

type Result = Trace | { txHash: string; tracer: object }

export default class ChainTrace extends OgCommand<Result> {
  static override summary = 'show every call a transaction made'
  static override description =
    'A tree with contract and function names, arguments, results, values, gas and events; what failed says why, and console.log lines stand where they were written.'
  static override examples = [
    {
      description: 'The call tree',
      command: '<%= config.bin %> chain trace 0x7c0d8f3c1b6f0a3d6a0a3c56d33b8e0a1f7f9c0d5c5b4e3a2f1e0d9c8b7a6f5e',
    },
    {
      description: "The tracer's own answer",
      command:
        '<%= config.bin %> chain trace 0x7c0d8f3c1b6f0a3d6a0a3c56d33b8e0a1f7f9c0d5c5b4e3a2f1e0d9c8b7a6f5e --raw --json',
    },
  ]
  static override args = { hash: Args.string({ description: 'transaction hash', required: true }) }
  static override flags = { raw: Flags.boolean({ description: 'what the call tracer of the node answers, undecoded' }) }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(ChainTrace)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { traceRaw, traceTransaction } = await import('../../client/chain/trace.ts')
    const options = { profile: await resolveProfile(flags), signal: this.abort }
    if (flags.raw) return { txHash: args.hash, tracer: await traceRaw(args.hash, options) }
    return await traceTransaction(args.hash, options)
  }

  protected render(result: Result): string {
    return 'tracer' in result ? JSON.stringify(result.tracer, null, 2) : renderTrace(result)
  }

  protected override primary(result: Result): string {
    return 'tracer' in result ? JSON.stringify(result.tracer) : result.status
  }

  protected override next({ txHash }: Result): string[] {
    return [`0g chain tx ${txHash}`]
  }
}
