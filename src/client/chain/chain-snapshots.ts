import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { writeFileAtomic } from '../../utils/write-file-atomic.ts'
import type { NetworkProfile } from '../profile.ts'
import { devnetRpc, readHead } from './mining.ts'
import type { Hex } from './rpc.ts'

/** A state of the chain to come back to. */
export type ChainSnapshot = { name: string; id: Hex; blockNumber: number; blockHash: Hex; takenAt: string }

type Options = { profile: NetworkProfile; signal?: AbortSignal | undefined }

function pathOf({ stateDir }: NetworkProfile): string {
  return join(stateDir, 'chain-snapshots.json')
}

/** Named snapshots, oldest first. */
export function listChainSnapshots(profile: NetworkProfile): ChainSnapshot[] {
  try {
    return (JSON.parse(readFileSync(pathOf(profile), 'utf8')) as { snapshots: ChainSnapshot[] }).snapshots
  } catch {
    return []
  }
}

async function save(profile: NetworkProfile, snapshots: readonly ChainSnapshot[]): Promise<void> {
  mkdirSync(profile.stateDir, { recursive: true })
  await writeFileAtomic(pathOf(profile), JSON.stringify({ schemaVersion: 1, snapshots }))
}

/** Takes a snapshot of the chain under a name; one of that name is replaced. @throws OgError DEVNET_ONLY, VALUE_INVALID */
export async function takeChainSnapshot(name: string, { profile, signal }: Options): Promise<ChainSnapshot> {
  if (!/^[\w][\w.-]{0,63}$/.test(name)) {
    throw ogError('VALUE_INVALID', {
      value: JSON.stringify(name),
      expected: 'a name for a snapshot',
      example: 'letters, digits, dots and dashes, for example before-upgrade',
    })
  }
  const snapshot = await snapshotNow(name, { profile, signal })
  await save(profile, [...listChainSnapshots(profile).filter((entry) => entry.name !== name), snapshot])
  return snapshot
}

async function snapshotNow(name: string, { profile, signal }: Options): Promise<ChainSnapshot> {
  const rpc = devnetRpc(profile, 'taking a snapshot of the chain')
  const head = await readHead(rpc, signal)
  const id = await rpc.request<Hex>('evm_snapshot', [], { signal })
  return { name, id, blockNumber: head.blockNumber, blockHash: head.blockHash, takenAt: new Date().toISOString() }
}

export type ChainRevert = { name: string; blockNumber: number; blockHash: Hex; droppedBlocks: number; ended: string[] }

/**
 * Puts the chain back to a snapshot, which can be gone back to again. Snapshots taken after it end. Other services keep what they have
 * seen, so this is for chain work; `0g devnet snapshot` restores everything.
 * @throws OgError DEVNET_ONLY, CHAIN_SNAPSHOT_UNKNOWN
 */
export async function revertToChainSnapshot(name: string, { profile, signal }: Options): Promise<ChainRevert> {
  const rpc = devnetRpc(profile, 'going back to a snapshot of the chain')
  const snapshots = listChainSnapshots(profile)
  const found = snapshots.find((entry) => entry.name === name)
  if (!found) throw ogError('CHAIN_SNAPSHOT_UNKNOWN', { name })
  const before = await readHead(rpc, signal)
  const isDone = await rpc.request<boolean>('evm_revert', [found.id], { signal })
  if (!isDone) {
    await save(
      profile,
      snapshots.filter((entry) => entry !== found),
    )
    throw ogError('CHAIN_SNAPSHOT_UNKNOWN', { name })
  }
  const isOlder = (entry: ChainSnapshot) => BigInt(entry.id) < BigInt(found.id)
  // A node uses a snapshot up by going back to it: the same state gets another one at once.
  const again = { ...(await snapshotNow(name, { profile, signal })), takenAt: found.takenAt }
  await save(profile, [...snapshots.filter(isOlder), again])
  return {
    name,
    blockNumber: again.blockNumber,
    blockHash: again.blockHash,
    droppedBlocks: before.blockNumber - again.blockNumber,
    ended: snapshots.filter((entry) => entry !== found && !isOlder(entry)).map((entry) => entry.name),
  }
}
