import { Flags } from '@oclif/core'
import { OgCommand } from '../../cli/og-command.ts'
import { oneLine, shellWord } from '../../cli/terminal-text.ts'
import type { OfferStatus } from '../../client/compute/offer-status.ts'

type LsResult = { offers: OfferStatus[] }

export default class ComputeLs extends OgCommand<LsResult> {
  static override summary = 'list the models on offer, with provider and price'
  static override description =
    'Reads the offers from the chain, cheapest first, and asks each provider whether it answers. Prices are 0G per million tokens.'
  static override examples = ['<%= config.bin %> <%= command.id %>', '<%= config.bin %> <%= command.id %> --json']
  static override flags = {
    all: Flags.boolean({ description: 'also offers whose signer the network has not acknowledged' }),
  }

  protected async execute(): Promise<LsResult> {
    const { flags } = await this.parse(ComputeLs)
    const { resolveProfile } = await import('../../client/connect.ts')
    const { listOfferStatus } = await import('../../client/compute/offer-status.ts')
    const profile = await resolveProfile(flags)
    return { offers: await listOfferStatus({ profile, all: flags.all, signal: this.abort }) }
  }

  protected render({ offers }: LsResult): string {
    if (offers.length === 0) return 'no models on offer'
    const rows = offers.map((offer) => [
      oneLine(offer.model),
      offer.provider,
      offer.inputPricePerMillion,
      offer.outputPricePerMillion,
      offer.teeSimulated ? `${offer.verifiability} (simulated)` : offer.verifiability,
      offer.isUp ? 'up' : 'down',
    ])
    return table(['MODEL', 'PROVIDER', 'IN/1M', 'OUT/1M', 'TEE', 'STATUS'], rows)
  }

  protected override primary({ offers }: LsResult): string[] {
    return [...new Set(offers.map((offer) => offer.model))]
  }

  protected override next({ offers }: LsResult): string[] {
    const first = offers.find((offer) => offer.isUp)
    return first ? [`0g compute run ${shellWord(first.model)} "hello"`] : ['0g devnet status']
  }
}

function table(head: string[], rows: string[][]): string {
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
