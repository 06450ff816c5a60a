import { Args, Flags } from '@oclif/core'
import { formatSize } from '../../cli/format-progress.ts'
import { OgCommand } from '../../cli/og-command.ts'
import type { AgentDetails } from '../../client/agent/show.ts'

export default class AgentShow extends OgCommand<AgentDetails> {
  static override summary = 'show an agent: owner, model, data, and its files if you can decrypt it'
  static override description =
    'ID is the number `0g agent ls` shows, agent:ID, or CONTRACT:ID. What only the owner can read is shown to the owner.'
  static override examples = [
    { description: 'Show an agent', command: '<%= config.bin %> agent show 0' },
    { description: 'As bob sees it', command: '<%= config.bin %> agent show 0 --from bob' },
  ]
  static override args = { id: Args.string({ description: 'agent id', required: true }) }
  static override flags = {
    from: Flags.string({ description: 'account to decrypt with (default alice)', helpValue: 'ACCOUNT' }),
  }
  static override exitCodes = { 4: 'there is no such agent', 5: 'its data is not what the chain says' }

  protected async execute(): Promise<AgentDetails> {
    const { args, flags } = await this.parse(AgentShow)
    const [{ resolveProfile }, { resolveWallet }, { requireAgentId }, { showAgent }] = await Promise.all([
      import('../../client/connect.ts'),
      import('../../client/chain/wallet.ts'),
      import('../../client/agent/agent-contract.ts'),
      import('../../client/agent/show.ts'),
    ])
    const profile = await resolveProfile(flags)
    const hasKey = profile.mnemonic !== undefined || process.env['OG_PRIVATE_KEY'] !== undefined
    const wallet = hasKey || flags.from !== undefined ? resolveWallet(profile, flags.from) : undefined
    return await showAgent({ profile, wallet, id: requireAgentId(args.id), signal: this.abort })
  }

  protected render(agent: AgentDetails): string {
    const lines = [
      `agent ${agent.agentId}${agent.name ? ` (${agent.name})` : ''}`,
      `  owner     ${agent.owner}`,
      `  contract  ${agent.contract}`,
      `  model     ${agent.model ? `${agent.model.name} ${agent.model.root ?? '(no root published)'}` : '-'}`,
      ...agent.datas.map(({ role, root }) => `  data      ${root}${role ? `  ${role}` : ''}`),
      ...agent.authorizedUsers.map((user) => `  may use   ${user}`),
    ]
    if (!agent.content) return [...lines, `  content   encrypted (${agent.locked})`].join('\n')
    const { persona, memory, createdAt } = agent.content
    return [
      ...lines,
      `  created   ${createdAt}`,
      ...(persona ? [`  persona   ${persona.path}  ${formatSize(persona.sizeBytes)}  ${persona.root}`] : []),
      ...memory.map(({ path, sizeBytes, root }) => `  memory    ${path}  ${formatSize(sizeBytes)}  ${root}`),
    ].join('\n')
  }

  protected override primary({ agentId }: AgentDetails): string {
    return agentId
  }

  protected override next({ agentId, content }: AgentDetails): string[] {
    return [...(content ? [`0g agent run ${agentId} "what do you remember?"`] : []), `0g verify agent:${agentId}`]
  }
}
