import { stat } from 'node:fs/promises'
import { Args } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { renderEvidence } from '../../cli/render-evidence.ts'
import type { Evidence } from '../../client/verify/evidence.ts'

export default class StorageVerify extends OgCommand<Evidence> {
  static override summary = 'check a stored file: chain, every node, every proof, every byte'
  static override description = [
    'Reads every segment from every node that should hold it and checks it against the root; recomputes the root from the bytes;',
    'checks the submission and the root of the whole flow on the chain. A local file is checked against what the network holds.',
  ].join('\n')
  static override examples = [
    { description: 'A stored file', command: '<%= config.bin %> storage verify 0x9ccb…51f2' },
    { description: 'A local file against the network', command: '<%= config.bin %> storage verify ./model.onnx' },
  ]
  static override args = { subject: Args.string({ description: 'root, or local file', required: true }) }
  static override exitCodes = {
    0: 'every link holds',
    4: 'no such root or file',
    5: 'a link was checked and does not hold',
    6: 'a link could not be checked',
  }

  protected async execute(): Promise<Evidence> {
    const { args, flags } = await this.parse(StorageVerify)
    const { resolveProfile } = await import('../../client/connect.ts')
    const profile = await resolveProfile(flags)
    const isFile = await stat(args.subject).then(
      () => true,
      () => false,
    )
    if (isFile) {
      const { verifyFile } = await import('../../client/verify/verify-file.ts')
      return await verifyFile(args.subject, { profile, signal: this.abort })
    }
    const { verifyRoot } = await import('../../client/storage/verify-root.ts')
    return await verifyRoot(args.subject, { profile, signal: this.abort })
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
