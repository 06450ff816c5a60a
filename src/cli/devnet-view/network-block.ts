import type { DevnetSummary } from './devnet-summary.ts'
import { forkNote } from './status-text.ts'

/** First URL offered under an endpoint name. */
function endpoint(summary: DevnetSummary, name: string): string | undefined {
  return summary.services.map((service) => service.endpoints[name]).find((url) => url !== undefined)
}

/** `label   value` lines with aligned values; rows without a value are left out. */
function alignedLines(rows: readonly (readonly [label: string, value: string | undefined])[]): string {
  const shown = rows.filter(([, value]) => value !== undefined && value !== '')
  const width = Math.max(0, ...shown.map(([label]) => label.length))
  return shown.map(([label, value]) => `${label.padEnd(width)}  ${value}`).join('\n')
}

/** What a user needs after `devnet up`, in at most twelve aligned lines: where everything is and that it is kept. */
export function networkBlock(summary: DevnetSummary, note?: string): string {
  const broker = endpoint(summary, 'broker')
  return alignedLines([
    ['devnet', `${summary.name}  ${note ?? summary.status}`],
    ['state', `kept in ${summary.root}`],
    ['chain id', summary.chain ? String(summary.chain.id) : undefined],
    ['fork', forkNote(summary)],
    ['rpc', summary.chain?.rpc],
    ['ws', summary.chain?.ws],
    ['storage', endpoint(summary, 'indexer')],
    ['kv', endpoint(summary, 'kv')],
    ['compute', broker],
    ['oracle', endpoint(summary, 'oracle')],
    ['explorer', endpoint(summary, 'explorer')],
    ['accounts', '10 with 10,000 0G each: `0g devnet accounts`'],
    ['manifest', summary.manifest],
  ])
}
