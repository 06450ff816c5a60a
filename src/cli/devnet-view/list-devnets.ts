import { basename } from 'node:path'
import { toOgError } from '../../errors/og-error.ts'
import { indexedDevnets } from '../../runtime/devnet-index.ts'
import { inspectDevnet } from '../../runtime/inspect-devnet.ts'
import { type DevnetSummary, summarize } from './devnet-summary.ts'

export type DevnetRow = {
  name: string
  root: string
  status: DevnetSummary['status'] | 'unreadable'
  rpc: string | null
  since: string | null
  /** code of the error that made it unreadable */
  error: string | null
}

/** Every devnet of this user that still has a state directory, with what it does now. */
export async function listDevnets(): Promise<DevnetRow[]> {
  const roots = await indexedDevnets()
  const rows = roots.map(async (root): Promise<DevnetRow[]> => {
    try {
      const found = await inspectDevnet(root)
      if (found.state === 'absent') return []
      const { name, status, chain, since } = summarize(found)
      return [{ name, root, status, rpc: chain?.rpc ?? null, since, error: null }]
    } catch (error) {
      const { code } = toOgError(error)
      return [{ name: basename(root), root, status: 'unreadable', rpc: null, since: null, error: code }]
    }
  })
  return (await Promise.all(rows)).flat()
}
