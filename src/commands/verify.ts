import { Args, Flags } from '@oclif/core'
import { OgCommand } from '../cli/og-command.ts'
import { renderEvidence } from '../cli/render-evidence.ts'
import type { VerifyResult } from '../client/verify/verify.ts'

export default class Verify extends OgCommand<VerifyResult> {
  static override summary = 'check anything: a root, file, receipt, agent or transaction'
  static override description = [
    'Finds out what SUBJECT is and checks every link behind it, without trusting whoever served it. A link that cannot be',
    'checked (a node is down, a key is not here) is never counted as true. What is simulated on a devnet is marked.',
  ].join('\n')
  static override examples = [
    { description: 'An agent, by its id', command: '<%= config.bin %> verify agent:0' },
    { description: 'A local file against the network', command: '<%= config.bin %> verify ./model.onnx' },
    {
      description: 'Say what a hash is',
      command: '<%= config.bin %> verify 0xcb3431af0d66bd9388df171d3489b2423cdb173eed7984a12491b22c19b1ac93 --as root',
    },
  ]
  static override args = {
    subject: Args.string({
      description: 'root, file, receipt id or file, agent id, or transaction hash',
      required: true,
    }),
  }
  static override flags = {
    as: Flags.option({ options: ['root', 'file', 'receipt', 'agent', 'tx'] as const })({
      description: 'what SUBJECT is, when it could be several things',
    }),
    from: Flags.string({
      description: 'account that claims the agent: it must own it and decrypt it',
      helpValue: 'ACCOUNT',
    }),
  }
  static override exitCodes = {
    0: 'every link holds',
    4: 'the file, agent or receipt named does not exist',
    5: 'a link was checked and does not hold',
    6: 'a link could not be checked, or nothing here is known by this hash',
  }

  protected async execute(): Promise<VerifyResult> {
    const { args, flags } = await this.parse(Verify)
    const [{ resolveProfile }, { verifySubject }] = await Promise.all([
      import('../client/connect.ts'),
      import('../client/verify/verify.ts'),
    ])
    const profile = await resolveProfile(flags)
    return await verifySubject(args.subject, { profile, as: flags.as, from: flags.from, signal: this.abort })
  }

  protected render({ evidence }: VerifyResult): string {
    return evidence.map(renderEvidence).join('\n\n')
  }

  protected override primary({ verdict }: VerifyResult): string {
    return verdict
  }

  protected override exitCodeFor({ verdict }: VerifyResult): number {
    return { true: 0, false: 5, unchecked: 6 }[verdict]
  }
}
