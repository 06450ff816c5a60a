import { OgCommand } from '../../../cli/og-command.ts'
import type { ChainSnapshot } from '../../../client/chain/chain-snapshots.ts'

type Result = { snapshots: ChainSnapshot[] }

export default class ChainSnapshotLs extends OgCommand<Result> {
  static override summary = 'list the snapshots of the chain'
  static override examples = [{ description: 'List them', command: '<%= config.bin %> chain snapshot ls' }]

  protected async execute(): Promise<Result> {
    const { flags } = await this.parse(ChainSnapshotLs)
    const { resolveProfile } = await import('../../../client/connect.ts')
    const { listChainSnapshots } = await import('../../../client/chain/chain-snapshots.ts')
    return { snapshots: listChainSnapshots(await resolveProfile(flags)) }
  }

  protected render({ snapshots }: Result): string {
    return snapshots.map(({ name, blockNumber, takenAt }) => `${name}  block ${blockNumber}  ${takenAt}`).join('\n')
  }

  protected override primary({ snapshots }: Result): string[] {
    return snapshots.map(({ name }) => name)
  }

  protected override next({ snapshots }: Result): string[] {
    return snapshots.length === 0 ? ['0g chain snapshot take before'] : []
  }
}
