import { formatAmount } from '../../client/chain/amount.ts'
import { textTable } from '../devnet-view/text-table.ts'
import { formatSize } from '../format-progress.ts'
import type { SnapshotDiff } from './diff-snapshots.ts'

const MAX_ROWS = 40

function chainLine({ from, to, chain }: SnapshotDiff): string {
  const heads = `${from.name} is at block ${from.blockNumber}, ${to.name} at block ${to.blockNumber}`
  switch (chain.relation) {
    case 'same':
      return `${heads}: the same chain`
    case 'ahead':
      return `${heads}: ${chain.blocks} blocks later`
    case 'behind':
      return `${heads}: ${-chain.blocks} blocks earlier`
    case 'forked':
      return `${heads}: two chains, equal up to block ${chain.commonBlock}`
  }
}

function accountRow({
  address,
  label,
  change,
  nonce,
  balanceWei,
  isCodeChanged,
  slotsChanged,
}: NonNullable<SnapshotDiff['accounts']>[number]) {
  return [
    label ?? address,
    change,
    nonce ? `${nonce.from} → ${nonce.to}` : '',
    balanceWei ? signed(balanceWei.to - balanceWei.from) : '',
    isCodeChanged ? 'yes' : '',
    slotsChanged === undefined ? '' : String(slotsChanged),
  ]
}

const signed = (wei: bigint): string => `${wei < 0n ? '-' : '+'}${formatAmount(wei < 0n ? -wei : wei)}`

function section<T>(title: string, items: readonly T[], render: (items: readonly T[]) => string): string[] {
  if (items.length === 0) return []
  const more = items.length > MAX_ROWS ? `\n… and ${items.length - MAX_ROWS} more (--json shows all)` : ''
  return [`${title}\n${render(items.slice(0, MAX_ROWS))}${more}`]
}

/** A diff for people: the chain in one sentence, then a table for each kind of difference there is. */
export function diffText(diff: SnapshotDiff): string {
  const { added, removed } = diff.storage
  const files = [...added.map((file) => ['+', file] as const), ...removed.map((file) => ['-', file] as const)]
  const parts = [
    chainLine(diff),
    ...(diff.accounts === null ? ['accounts: this chain does not know all of its own (a fork, or run by anvil)'] : []),
    ...section('accounts', diff.accounts ?? [], (rows) =>
      textTable(['ACCOUNT', 'CHANGE', 'NONCE', 'BALANCE', 'CODE', 'SLOTS'], rows.map(accountRow), [5]),
    ),
    ...section('files in storage', files, (rows) =>
      rows.map(([mark, { root, sizeBytes }]) => `${mark} ${root}  ${formatSize(sizeBytes)}`).join('\n'),
    ),
    ...section('on disk', diff.services, (rows) =>
      textTable(
        ['SERVICE', 'ADDED', 'REMOVED', 'CHANGED', 'BYTES'],
        rows.map((row) => [row.name, row.filesAdded, row.filesRemoved, row.filesChanged, row.bytesChanged].map(String)),
        [1, 2, 3, 4],
      ),
    ),
  ]
  return parts.join('\n\n')
}
