import { Args } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { RECHECK_EXIT_CODES, recheckedProfile, recheckFlags } from '../../cli/recheck-flags.ts'
import { renderEvidence } from '../../cli/render-evidence.ts'
import type { Hex } from '../../client/chain/rpc.ts'
import type { Evidence } from '../../client/verify/evidence.ts'
import { ogError } from '../../errors/og-error.ts'

export default class VerifyTx extends OgCommand<Evidence> {
  static override summary = 'prove a transaction: hashes, state proofs, a second EVM'
  static override description = [
    'Computes every hash and root between the signed bytes and the block again, then executes the block in an EVM of other authors,',
    'on state that is proven against the block before, and compares status, gas, logs, created address, returned data and state root.',
    'Works with any node; what a node does not give (proofs, old state, traces) is said, not guessed.',
  ].join('\n')
  static override examples = [
    {
      description: 'A transaction of the running devnet',
      command: '<%= config.bin %> verify tx 0x7c0d8f3c1b6f0a3d6a0a3c56d33b8e0a1f7f9c0d5c5b4e3a2f1e0d9c8b7a6f5e',
    },
    {
      description: 'One of any other chain',
      command:
        '<%= config.bin %> verify tx 0x7c0d8f3c1b6f0a3d6a0a3c56d33b8e0a1f7f9c0d5c5b4e3a2f1e0d9c8b7a6f5e --rpc https://evmrpc-testnet.0g.ai',
    },
  ]
  static override args = { hash: Args.string({ description: 'transaction hash', required: true }) }
  static override flags = recheckFlags
  static override exitCodes = RECHECK_EXIT_CODES

  protected async execute(): Promise<Evidence> {
    const { args, flags } = await this.parse(VerifyTx)
    const hash = args.hash.trim().toLowerCase()
    if (!/^0x[0-9a-f]{64}$/.test(hash)) {
      const example = 'for example 0xcb34…ac93 in full'
      throw ogError('VALUE_INVALID', {
        value: JSON.stringify(args.hash),
        expected: 'a transaction hash: 0x and 64 hex digits',
        example,
      })
    }
    const { verifyTx } = await import('../../client/chain/verify-tx.ts')
    const profile = await recheckedProfile(flags, this.abort)
    return await verifyTx(hash as Hex, { profile, hardfork: flags.hardfork, signal: this.abort })
  }

  protected render(evidence: Evidence): string {
    return renderEvidence(evidence)
  }

  protected override primary({ verdict }: Evidence): string {
    return verdict
  }

  protected override exitCodeFor({ verdict }: Evidence): number {
    return { true: 0, false: 5, unchecked: 6 }[verdict]
  }
}
