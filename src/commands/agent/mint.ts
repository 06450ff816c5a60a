import { Flags } from '@oclif/core'
import { formatSize } from '../../cli/format-progress.ts'
import { OgCommand } from '../../cli/og-command.ts'
import type { MintResult } from '../../client/agent/mint.ts'
import type { MintPlan } from '../../client/agent/mint-plan.ts'

type Result = { dryRun: true; plan: MintPlan } | ({ dryRun: false } & MintResult)

export default class AgentMint extends OgCommand<Result> {
  static override summary = 'mint an agent: encrypt its memory, store it, and own it as a token'
  static override description = [
    'Persona and memory are encrypted with a new data key, stored in 0G Storage, and bound to an ERC-7857 token by hash.',
    'The data key is sealed to the owner and kept in the keystore of this network. Minting is resumable: run the same',
    'command again after an interruption. The same content is minted once per owner.',
  ].join('\n')
  static override examples = [
    {
      description: 'Mint an agent from a folder of notes',
      command: '<%= config.bin %> agent mint --name scout --model og-tiny --memory ./notes',
    },
    {
      description: 'See what it would do and cost',
      command: '<%= config.bin %> agent mint --name scout --model og-tiny --memory ./notes --dry-run',
    },
    {
      description: 'With a persona, owned by bob',
      command: '<%= config.bin %> agent mint --name scout --model og-tiny --persona ./persona.md --from bob',
    },
  ]
  static override flags = {
    name: Flags.string({ description: 'public name of the agent', required: true }),
    model: Flags.string({ description: 'model it runs on, as `0g compute ls` lists them', required: true }),
    memory: Flags.string({ description: 'directory whose files become its memory', helpValue: 'DIR' }),
    persona: Flags.string({ description: 'file that becomes its system prompt', helpValue: 'FILE' }),
    from: Flags.string({ description: 'account that owns and pays (default alice)', helpValue: 'ACCOUNT' }),
    'dry-run': Flags.boolean({ description: 'print the plan and do nothing' }),
    yes: Flags.boolean({ char: 'y', description: 'do not ask before spending on a public network' }),
  }
  static override exitCodes = { 4: 'a file, the model or the money is missing' }

  protected async execute(): Promise<Result> {
    const { flags } = await this.parse(AgentMint)
    const [{ resolveProfile }, { resolveWallet }, { mintAgent }, { planMint }] = await Promise.all([
      import('../../client/connect.ts'),
      import('../../client/chain/wallet.ts'),
      import('../../client/agent/mint.ts'),
      import('../../client/agent/mint-plan.ts'),
    ])
    const profile = await resolveProfile(flags)
    const wallet = resolveWallet(profile, flags.from)
    const { name, model, memory, persona } = flags
    const options = { profile, wallet, name, model, memory, persona, signal: this.abort }
    if (flags['dry-run']) return { dryRun: true, plan: await planMint(options) }
    if (profile.mnemonic === undefined && !flags.yes) {
      const { ogError } = await import('../../errors/og-error.ts')
      const plan = describePlan(await planMint(options))
      throw ogError('CONFIRMATION_REQUIRED', { what: `minting on ${profile.name} (${plan})` })
    }
    const result = await mintAgent({
      ...options,
      onPlan: (plan) => this.sink.emit({ type: 'note', message: describePlan(plan) }),
      onStep: (step) => this.sink.emit(step),
    })
    return { dryRun: false, ...result }
  }

  protected render(result: Result): string {
    if (result.dryRun) return `${describePlan(result.plan)}\nnothing was done (--dry-run)`
    const { agentId, name, root, txHash, owner, isNew, costWei, contract, model } = result
    return [
      isNew
        ? `minted agent ${agentId} (${name})`
        : `agent ${agentId} (${name}) was minted before from the same content`,
      `  owner     ${owner}`,
      `  model     ${model.name}${model.root ? ` ${model.root}` : ''}`,
      `  contract  ${contract}`,
      `  data      ${root}`,
      ...(txHash ? [`  tx        ${txHash}`, `  cost      ${formatWei(costWei)} 0G`] : []),
    ].join('\n')
  }

  protected override primary(result: Result): string | undefined {
    return result.dryRun ? undefined : result.agentId
  }

  protected override next(result: Result): string[] {
    if (result.dryRun) return []
    return [`0g agent run ${result.agentId} "what do you remember?"`, `0g verify agent:${result.agentId}`]
  }
}

function describePlan(plan: MintPlan): string {
  const content = [count(plan.memoryFiles, 'memory file'), ...(plan.personaBytes > 0 ? ['a persona'] : [])].join(
    ' and ',
  )
  return [
    `will encrypt ${formatSize(plan.encryptBytes)} (${content})`,
    `put ${count(plan.filesStored, 'file')}`,
    `mint on ${plan.contract} for ${plan.owner}`,
    `cost ≈ ${formatWei(plan.costWei)} 0G`,
  ].join(', ')
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`
}

/** Wei in 0G to six significant digits: an estimate does not deserve eighteen. */
function formatWei(wei: bigint): string {
  return String(Number((Number(wei) / 1e18).toPrecision(6)))
}
