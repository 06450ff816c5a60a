import { selectDevnet } from '../devnet-view/select-devnet.ts'
import { runStep } from '../run-step.ts'
import type { Sink } from '../sink.ts'
import { type AccountChange, compareStates } from './compare-states.ts'
import { currentSide, type Side, snapshotSide } from './open-side.ts'

export type SnapshotDiff = {
  from: { name: string; blockNumber: number; blockHash: string }
  to: { name: string; blockNumber: number; blockHash: string }
  /** same: one chain at one height · ahead and behind: one chain, `to` later or earlier than `from` · forked: two chains since `commonBlock` */
  chain: { relation: 'same' | 'ahead' | 'behind' | 'forked'; blocks: number; commonBlock: number }
  /** null where a chain does not know all its accounts: on a fork, or executed by anvil */
  accounts: (AccountChange & { label: string | null })[] | null
  /** files in 0G Storage, by root */
  storage: { added: { root: string; sizeBytes: number }[]; removed: { root: string; sizeBytes: number }[] }
  /** what the services keep on disk; services without a difference are left out */
  services: { name: string; filesAdded: number; filesRemoved: number; filesChanged: number; bytesChanged: number }[]
}

/**
 * What differs between two snapshots, or between a snapshot and the devnet as it is.
 * @throws NOT_RUNNING, SNAPSHOT_UNKNOWN, SNAPSHOT_CORRUPT, and what starting the chain of a snapshot throws
 */
export async function diffSnapshots(options: {
  devnet: string | undefined
  from: string
  /** the devnet as it is when left out */
  to: string | undefined
  signal: AbortSignal
  sink: Sink
}): Promise<SnapshotDiff> {
  const { from: fromName, to: toName, signal, sink } = options
  const found = await selectDevnet(options.devnet)
  const open = (name: string) => runStep(sink, `open ${name}`, () => snapshotSide(found.root, name, signal))
  await using from = await open(fromName)
  await using to = toName === undefined ? await currentSide(found, signal) : await open(toName)
  const labels = new Map<string, string>()
  for (const { address, role } of found.manifest?.accounts ?? []) labels.set(address.toLowerCase(), role)
  for (const [name, { address }] of Object.entries(found.manifest?.contracts ?? {}))
    labels.set(address.toLowerCase(), name)
  return {
    from: summary(from),
    to: summary(to),
    chain: await relation(from, to),
    accounts: labelled(from, to, labels),
    storage: { added: missingIn(from.files, to.files), removed: missingIn(to.files, from.files) },
    services: compareServices(from.stateFiles, to.stateFiles),
  }
}

function labelled(from: Side, to: Side, labels: ReadonlyMap<string, string>): SnapshotDiff['accounts'] {
  if (!from.accounts || !to.accounts) return null
  const changes = compareStates(from.accounts, to.accounts)
  return changes.map((change) => ({ ...change, label: labels.get(change.address) ?? null }))
}

const summary = ({ name, head }: Side) => ({ name, blockNumber: head.number, blockHash: head.hash })

/** Finds the last block both chains have, by halving: what differs at one height differs at every later one. */
async function relation(from: Side, to: Side): Promise<SnapshotDiff['chain']> {
  const blocks = to.head.number - from.head.number
  let common = Math.min(from.head.number, to.head.number)
  if ((await from.hashAt(common)) !== (await to.hashAt(common))) {
    let low = -1
    for (let high = common; high - low > 1; ) {
      const middle = Math.floor((low + high) / 2)
      if ((await from.hashAt(middle)) === (await to.hashAt(middle))) low = middle
      else high = middle
    }
    common = low
    return { relation: 'forked', blocks, commonBlock: common }
  }
  return { relation: blocks === 0 ? 'same' : blocks > 0 ? 'ahead' : 'behind', blocks, commonBlock: common }
}

function missingIn(one: ReadonlyMap<string, number>, other: ReadonlyMap<string, number>) {
  return [...other].flatMap(([root, sizeBytes]) => (one.has(root) ? [] : [{ root, sizeBytes }]))
}

/** By size only: what a service rewrites without changing its size is its own business. */
function compareServices(from: ReadonlyMap<string, number>, to: ReadonlyMap<string, number>): SnapshotDiff['services'] {
  const rows = new Map<string, SnapshotDiff['services'][number]>()
  for (const path of new Set([...from.keys(), ...to.keys()])) {
    const before = from.get(path)
    const after = to.get(path)
    if (before === after) continue
    const parts = path.split('/')
    const name = (parts[0] === 'services' ? parts[1] : parts[0]) ?? ''
    const row = rows.get(name) ?? { name, filesAdded: 0, filesRemoved: 0, filesChanged: 0, bytesChanged: 0 }
    if (before === undefined) row.filesAdded += 1
    else if (after === undefined) row.filesRemoved += 1
    else row.filesChanged += 1
    row.bytesChanged += (after ?? 0) - (before ?? 0)
    rows.set(name, row)
  }
  return [...rows.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
