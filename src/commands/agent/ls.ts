import { Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { oneLine } from '../../cli/terminal-text.ts'
import type { AgentSummary } from '../../client/agent/list.ts'

type Result = { agents: (AgentSummary & { ownerLabel: string | null })[] }

export default class AgentLs extends OgCommand<Result> {
  static override summary = 'list the agents on this network'
  static override description = 'Names and models are what minters published; owners come from the chain.'
  static override examples = [
    { description: 'All agents', command: '<%= config.bin %> agent ls' },
    { description: 'Only those of one account', command: '<%= config.bin %> agent ls --owner alice' },
  ]
  static override flags = {
    owner: Flags.string({ description: 'only agents of this account', helpValue: 'ACCOUNT' }),
  }

  protected async execute(): Promise<Result> {
    const { flags } = await this.parse(AgentLs)
    const [{ resolveProfile }, { resolveAddress }, { listAgents }] = await Promise.all([
      import('../../client/connect.ts'),
      import('../../client/chain/wallet.ts'),
      import('../../client/agent/list.ts'),
    ])
    const profile = await resolveProfile(flags)
    const owner = flags.owner === undefined ? undefined : resolveAddress(profile, flags.owner)
    const agents = await listAgents({ profile, owner, signal: this.abort })
    const labels = new Map(profile.accounts.map(({ address, role }) => [address.toLowerCase(), role]))
    return { agents: agents.map((agent) => ({ ...agent, ownerLabel: labels.get(agent.owner) ?? null })) }
  }

  protected render({ agents }: Result): string {
    if (agents.length === 0) return 'no agents yet'
    const rows = [
      ['ID', 'NAME', 'MODEL', 'OWNER', 'KEY', 'DATA'],
      ...agents.map((agent) => [
        agent.agentId,
        oneLine(agent.name ?? '-'),
        oneLine(agent.model ?? '-'),
        agent.ownerLabel ?? agent.owner,
        agent.canDecrypt ? 'here' : '-',
        agent.root ? `${agent.root.slice(0, 18)}…` : '-',
      ]),
    ]
    const widths = (rows[0] as string[]).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
    return rows
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n')
  }

  protected override primary({ agents }: Result): string[] {
    return agents.map(({ agentId }) => agentId)
  }

  protected override next({ agents }: Result): string[] {
    const first = agents[0]
    return first ? [`0g agent show ${first.agentId}`] : ['0g agent mint --name scout --model og-tiny --memory ./notes']
  }
}
