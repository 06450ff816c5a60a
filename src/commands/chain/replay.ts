import { Args } from '@oclif/core'
import { formatDuration } from '../../cli/format-progress.ts'
import { OgCommand } from '../../cli/og-command.ts'
import { RECHECK_EXIT_CODES, recheckedProfile, recheckFlags } from '../../cli/recheck-flags.ts'
import { renderEvidence } from '../../cli/render-evidence.ts'
import { toJson } from '../../cli/to-json.ts'
import type { ReplayedBlock, ReplayResult } from '../../client/chain/replay.ts'

const VERDICTS = { true: 'proven', false: 'FALSE', unchecked: 'NOT CHECKED' } as const
/** Blocks that a person reads about one by one. */
const MAX_SHOWN = 20

export default class ChainReplay extends OgCommand<ReplayResult> {
  static override summary = 'execute blocks again in a second EVM and compare'
  static override description = [
    'Checks every block of the range without trusting the node: hashes, roots, signatures, links to the parents; then executes it in an EVM',
    'of other authors on proven state, and compares status, gas, logs and the root of the state after it. The first difference is named.',
    'BLOCKS is a number, a hash, latest, finalized, or FROM..TO; an open end means the latest block. One transaction: `0g verify tx HASH`.',
  ].join('\n')
  static override examples = [
    { description: 'The latest block, with all evidence', command: '<%= config.bin %> chain replay latest' },
    { description: 'A whole devnet', command: '<%= config.bin %> chain replay 0..' },
    {
      description: 'Blocks of another chain, as JSON',
      command: '<%= config.bin %> chain replay 100..120 --rpc http://127.0.0.1:8545 --json',
    },
  ]
  static override args = {
    blocks: Args.string({ description: 'block, tag, hash, or FROM..TO', default: 'latest' }),
  }
  static override flags = recheckFlags
  static override exitCodes = RECHECK_EXIT_CODES

  protected async execute(): Promise<ReplayResult> {
    const { args, flags } = await this.parse(ChainReplay)
    const { replay } = await import('../../client/chain/replay.ts')
    return await replay(args.blocks, {
      profile: await recheckedProfile(flags, this.abort),
      hardfork: flags.hardfork,
      keepEvidence: this.outputMode === 'json',
      onBlock: (block, done, total) => this.#report(block, done, total),
      signal: this.abort,
    })
  }

  /** Every block as it is done: progress for people, and in a stream of JSON lines the block itself. */
  #report(block: ReplayedBlock, done: number, total: number): void {
    if (this.outputMode === 'ndjson') {
      const data = { block: toJson(block) }
      this.sink.emit({ type: 'output', chunk: '', data })
    } else if (total > 1) {
      this.sink.emit({ type: 'progress', id: 'replay', title: 'replaying', done, total, unit: 'blocks' })
    }
  }

  protected render({ from, to, replayed, proven, transactions, verdict, durationMs, blocks }: ReplayResult): string {
    const what = from === to ? `block ${from}` : `blocks ${from} to ${to}`
    const amount = `${transactions} ${transactions === 1 ? 'transaction' : 'transactions'}`
    const counted = replayed === 1 ? '' : `, ${proven} of ${replayed} proven`
    const shown = blocks.slice(0, MAX_SHOWN).map(({ evidence }) => renderEvidence(evidence))
    const more = blocks.length > MAX_SHOWN ? [`and ${blocks.length - MAX_SHOWN} more blocks, see --json`] : []
    return [
      ...shown,
      ...more,
      `${what}: ${VERDICTS[verdict]} (${amount}${counted}, ${formatDuration(durationMs)})`,
    ].join('\n\n')
  }

  protected override primary({ verdict }: ReplayResult): string {
    return verdict
  }

  protected override exitCodeFor({ verdict }: ReplayResult): number {
    return { true: 0, false: 5, unchecked: 6 }[verdict]
  }
}
