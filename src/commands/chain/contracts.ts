import { Args } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import type { ContractItem, ContractRow, ContractView } from '../../client/chain/list-contracts.ts'

type Result = { contracts: ContractRow[] } | ContractView

export default class ChainContracts extends OgCommand<Result> {
  static override summary = 'list the contracts of the network, or show one'
  static override description =
    'Those of the network, and those deployed with `0g chain deploy`. For one of them: every function, event and error; --json has its whole ABI.'
  static override examples = [
    { description: 'All contracts', command: '<%= config.bin %> chain contracts' },
    { description: 'What one can do', command: '<%= config.bin %> chain contracts LedgerManager' },
  ]
  static override args = { contract: Args.string({ description: 'contract name or address' }) }

  protected async execute(): Promise<Result> {
    const { args, flags } = await this.parse(ChainContracts)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { describeContract, listContracts } = await import('../../client/chain/list-contracts.ts')
    const profile = await resolveProfile(flags)
    if (args.contract !== undefined) return describeContract(profile, args.contract)
    return { contracts: listContracts(profile) }
  }

  protected render(result: Result): string {
    if (!('contracts' in result)) return renderContract(result)
    const width = Math.max(...result.contracts.map(({ name }) => name.length))
    return result.contracts
      .map(({ name, address, origin }) => `${name.padEnd(width)}  ${address}  ${origin}`)
      .join('\n')
  }

  protected override primary(result: Result): string[] {
    return 'contracts' in result ? result.contracts.map(({ address }) => address) : [result.address]
  }

  protected override next(result: Result): string[] {
    if ('contracts' in result) return ['0g chain contracts Flow']
    const view = result.functions.find(
      ({ signature, stateMutability }) => stateMutability === 'view' && signature.endsWith('()'),
    )
    return view ? [`0g chain call ${result.name} ${view.signature.replace('()', '')}`] : []
  }
}

function renderContract({ name, address, functions, events, errors }: ContractView): string {
  const isView = ({ stateMutability }: ContractItem) => stateMutability === 'view' || stateMutability === 'pure'
  const sections: [string, ContractItem[]][] = [
    ['views', functions.filter(isView)],
    ['functions', functions.filter((item) => !isView(item))],
    ['events', events],
    ['errors', errors],
  ]
  const lines = sections
    .filter(([, items]) => items.length > 0)
    .flatMap(([title, items]) => [`${title}:`, ...items.map((item) => `  ${lineOf(item)}`)])
  return [`${name}  ${address}`, ...lines].join('\n')
}

function lineOf({ signature, outputs, stateMutability }: ContractItem): string {
  return `${signature}${stateMutability === 'payable' ? ' payable' : ''}${outputs ? ` → ${outputs}` : ''}`
}
