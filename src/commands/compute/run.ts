import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { formatAmount } from '../../client/chain/amount.ts'
import type { InferenceResult } from '../../client/compute/run.ts'
import type { Usage } from '../../protocol/compute/fee.ts'
import type { Receipt } from '../../protocol/compute/receipt.ts'

type RunResult = {
  text: string
  finishReason: string
  usage: Usage
  feeWei: string
  receipt: Receipt
  receiptFile: string
}

export default class ComputeRun extends OgCommand<RunResult> {
  static override summary = 'ask a model and pay for the answer'
  static override description =
    'Finds a provider of the model on chain, funds it when needed (devnets do so by themselves), streams the answer, checks its signature against the signer on chain and keeps a receipt. A prompt of `-` is read from stdin.'
  static override examples = [
    '<%= config.bin %> <%= command.id %> og-tiny "What is a storage root?"',
    'echo "Hello" | <%= config.bin %> <%= command.id %> og-tiny -',
    '<%= config.bin %> <%= command.id %> og-tiny "Hello" --max-tokens 20 --json',
  ]
  static override exitCodes = {
    4: 'unknown model or provider, or too little money',
    5: 'the answer is not validly signed',
  }
  static override args = {
    model: Args.string({ required: true, description: 'model name, as in `0g compute ls`' }),
    prompt: Args.string({ required: true, description: 'what to ask, or - for stdin' }),
  }
  static override flags = {
    'max-tokens': Flags.integer({ description: 'end the answer after this many tokens', min: 1 }),
    temperature: Flags.string({ description: '0 is greedy and repeatable; up to 2', default: '0' }),
    system: Flags.string({ description: 'system message before the prompt' }),
    provider: Flags.string({ description: 'address of the provider; the cheapest otherwise', helpValue: 'ADDRESS' }),
    from: Flags.string({ description: 'account that pays: label, index or address', helpValue: 'ACCOUNT' }),
  }

  #streamed = false

  protected async execute(): Promise<RunResult> {
    const { args, flags } = await this.parse(ComputeRun)
    const { runInference } = await import('../../client/compute/run.ts')
    const { resolveProfile } = await import('../../client/connect.ts')
    const { resolveAddress, resolveWallet } = await import('../../client/chain/wallet.ts')
    const { readPrompt, parseTemperature } = await import('../../client/compute/prompt.ts')
    const temperature = parseTemperature(flags.temperature)
    const content = await readPrompt(args.prompt, process.stdin)
    const profile = await resolveProfile(flags)
    const system = flags.system === undefined ? [] : [{ role: 'system' as const, content: flags.system }]
    const result = await runInference({
      profile,
      wallet: resolveWallet(profile, flags.from),
      model: args.model,
      messages: [...system, { role: 'user', content }],
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
    return this.#report(result)
  }

  #report({ text, finishReason, usage, receipt, receiptFile }: InferenceResult): RunResult {
    if (this.#streamed) this.sink.emit({ type: 'output', chunk: '\n' })
    const tokens = `${usage.promptTokens} + ${usage.completionTokens} tokens`
    this.sink.emit({ type: 'note', message: `${tokens}, ${formatAmount(BigInt(receipt.feeWei))} 0G` })
    this.sink.emit({ type: 'note', message: `receipt ${receipt.id}` })
    return { text, finishReason, usage, feeWei: receipt.feeWei, receipt, receiptFile }
  }

  protected render({ text }: RunResult): string {
    return this.#streamed ? '' : text
  }

  protected override primary({ text }: RunResult): string {
    return text
  }

  protected override next({ receipt }: RunResult): string[] {
    return [`0g verify ${receipt.id}`]
  }
}
