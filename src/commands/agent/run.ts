import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import type { AgentRunResult } from '../../client/agent/run.ts'
import { formatAmount } from '../../client/chain/amount.ts'

export default class AgentRun extends OgCommand<AgentRunResult> {
  static override summary = 'run an agent on a task, with its persona and memory'
  static override description = [
    'Decrypts the agent on this machine, puts persona and memory before the task, and asks its model through a provider',
    'found on chain. The answer streams to stdout; its signature is checked before a receipt is written.',
  ].join('\n')
  static override examples = [
    { description: 'Ask an agent', command: '<%= config.bin %> agent run 0 "what do you remember?"' },
    { description: 'A short answer', command: '<%= config.bin %> agent run 0 "say hello" --max-tokens 16' },
  ]
  static override args = {
    id: Args.string({ description: 'agent id', required: true }),
    task: Args.string({ description: 'what it should do', required: true }),
  }
  static override flags = {
    from: Flags.string({ description: 'account that owns it and pays (default alice)', helpValue: 'ACCOUNT' }),
    'max-tokens': Flags.integer({ description: 'longest answer, in tokens', min: 1 }),
    temperature: Flags.string({
      description: '0 gives the same answer every time',
      default: '0',
      helpValue: 'NUMBER',
    }),
    provider: Flags.string({ description: 'address of the provider to use', helpValue: 'ADDRESS' }),
  }
  static override exitCodes = { 4: 'no such agent, model or money', 5: 'the agent or the answer is not what it claims' }

  #streamed = false

  protected async execute(): Promise<AgentRunResult> {
    const { args, flags } = await this.parse(AgentRun)
    const [
      { resolveProfile },
      { resolveAddress, resolveWallet },
      { requireAgentId },
      { runAgent },
      { parseTemperature },
    ] = await Promise.all([
      import('../../client/connect.ts'),
      import('../../client/chain/wallet.ts'),
      import('../../client/agent/agent-contract.ts'),
      import('../../client/agent/run.ts'),
      import('../../client/compute/prompt.ts'),
    ])
    const temperature = parseTemperature(flags.temperature)
    const profile = await resolveProfile(flags)
    const result = await runAgent({
      profile,
      wallet: resolveWallet(profile, flags.from),
      id: requireAgentId(args.id),
      task: args.task,
      maxTokens: flags['max-tokens'],
      temperature,
      provider: flags.provider === undefined ? undefined : resolveAddress(profile, flags.provider),
      onToken: (chunk) => {
        this.#streamed = true
        this.sink.emit({ type: 'output', chunk })
      },
      onStep: (step) => this.sink.emit(step),
      signal: this.abort,
    })
    this.#report(result)
    return result
  }

  /** What came with the answer goes to stderr: stdout is the answer alone. */
  #report({ usage, receipt, memoryUsed, memoryLeftOut }: AgentRunResult): void {
    if (this.#streamed) this.sink.emit({ type: 'output', chunk: '\n' })
    const memory = memoryUsed.length > 0 ? `memory: ${memoryUsed.join(', ')}` : 'no memory'
    const leftOut = memoryLeftOut.length > 0 ? `; left out: ${memoryLeftOut.join(', ')}` : ''
    const tokens = `${usage.promptTokens} + ${usage.completionTokens} tokens`
    this.sink.emit({ type: 'note', message: `${memory}${leftOut}` })
    this.sink.emit({ type: 'note', message: `${tokens}, ${formatAmount(BigInt(receipt.feeWei))} 0G` })
    this.sink.emit({ type: 'note', message: `receipt ${receipt.id}` })
  }

  protected render({ text }: AgentRunResult): string {
    return this.#streamed ? '' : text
  }

  protected override primary({ text }: AgentRunResult): string {
    return text
  }

  protected override next({ receipt }: AgentRunResult): string[] {
    return [`0g verify ${receipt.id}`]
  }
}
