import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { formatAmount } from '../../client/chain/amount.ts'
import type { Deployment } from '../../client/chain/deploy.ts'

export default class ChainDeploy extends OgCommand<Deployment> {
  static override summary = 'deploy a contract and remember it by name'
  static override description = [
    'ARTIFACT is the JSON that Hardhat, Foundry or solc wrote, a file of hex, or the creation code itself. Constructor arguments follow;',
    'addresses among them may be labels, arrays and tuples are JSON. Afterwards its name stands for it in every command.',
    'On a public network the key is read from OG_PRIVATE_KEY.',
  ].join('\n')
  static override examples = [
    {
      description: 'From Hardhat, with a constructor argument',
      command: '<%= config.bin %> chain deploy artifacts/contracts/Counter.sol/Counter.json 100',
    },
    {
      description: 'From Foundry, under another name',
      command: '<%= config.bin %> chain deploy out/Token.sol/Token.json alice --name Gold --from alice',
    },
    { description: 'Bare creation code', command: '<%= config.bin %> chain deploy 0x67602a5f5260205ff35f5260086018f3' },
  ]
  static override args = {
    artifact: Args.string({ description: 'artifact file, hex file or hex', required: true }),
  }
  static override strict = false
  static override flags = {
    name: Flags.string({ description: 'name to remember it by (default that of the artifact)', helpValue: 'NAME' }),
    from: Flags.string({ description: 'who deploys (default alice on a devnet)', helpValue: 'ACCOUNT' }),
    value: Flags.string({ description: 'how much to send along, in 0G', default: '0', helpValue: '0G' }),
    gas: Flags.integer({ description: 'gas limit (default: estimated)', min: 21_000 }),
    library: Flags.string({
      description: 'address of a library the code needs; may be given several times',
      helpValue: 'NAME=ADDRESS',
      multiple: true,
      multipleNonGreedy: true,
    }),
  }

  protected async execute(): Promise<Deployment> {
    const { argv, args, flags } = await this.parse(ChainDeploy)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { parseAmount } = await import('../../client/chain/amount.ts')
    const { deployContract } = await import('../../client/chain/deploy.ts')
    const { gasWarnings } = await import('../../client/chain/gas-lint.ts')
    const deployment = await deployContract(
      { source: args.artifact, args: argv.slice(1).map(String), libraries: flags.library ?? [], name: flags.name },
      {
        profile: await resolveProfile(flags),
        from: flags.from,
        valueWei: parseAmount(flags.value),
        gas: flags.gas === undefined ? undefined : BigInt(flags.gas),
        signal: this.abort,
      },
    )
    this.warnings.push(...gasWarnings(deployment.gasLint, deployment.gasUsed))
    return deployment
  }

  protected render({ name, address, blockNumber, gasUsed, feeWei, txHash }: Deployment): string {
    return [
      `${name ?? 'the contract'} is at ${address} since block ${blockNumber}`,
      `fee    ${formatAmount(feeWei)} 0G (${gasUsed} gas)`,
      `hash   ${txHash}`,
    ].join('\n')
  }

  protected override primary({ address }: Deployment): string {
    return address
  }

  protected override next({ name, address }: Deployment): string[] {
    return name === null ? [`0g chain balance ${address}`] : [`0g chain contracts ${name}`]
  }
}
