import { Args } from '@oclif/core'
import { OgCommand } from '../../../cli/og-command.ts'
import type { ChainRevert } from '../../../client/chain/chain-snapshots.ts'

export default class ChainSnapshotRevert extends OgCommand<ChainRevert> {
  static override summary = 'put the chain back to a snapshot'
  static override description =
    'It can be gone back to again; snapshots taken after it end. Only the chain goes back: other services keep what they have seen.'
  static override examples = [
    { description: 'After an experiment', command: '<%= config.bin %> chain snapshot revert before' },
  ]
  static override args = { name: Args.string({ description: 'name of the snapshot', required: true }) }

  protected async execute(): Promise<ChainRevert> {
    const { args, flags } = await this.parse(ChainSnapshotRevert)
    const { resolveProfile } = await import('../../../client/connect.ts')
    const { revertToChainSnapshot } = await import('../../../client/chain/chain-snapshots.ts')
    return await revertToChainSnapshot(args.name, { profile: await resolveProfile(flags), signal: this.abort })
  }

  protected render({ name, blockNumber, droppedBlocks, ended }: ChainRevert): string {
    const lost = ended.length === 0 ? '' : `; ended with it: ${ended.join(', ')}`
    return `the chain is back at ${name}: block ${blockNumber}, ${droppedBlocks} blocks are gone${lost}`
  }

  protected override primary({ blockNumber }: ChainRevert): string {
    return String(blockNumber)
  }
}
