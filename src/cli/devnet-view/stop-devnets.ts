import { basename } from 'node:path'
import { ogError } from '../../errors/og-error.ts'
import { bringDown, type DownResult } from '../../runtime/bring-down.ts'
import { indexedDevnets } from '../../runtime/devnet-index.ts'
import { devnetRoot } from '../../runtime/find-devnet.ts'
import { inspectDevnet, liveDaemon } from '../../runtime/inspect-devnet.ts'
import type { Sink } from '../sink.ts'

export type StoppedDevnet = DownResult & { name: string }

async function rootsToStop(options: { devnet: string | undefined; all: boolean; remove: boolean }): Promise<string[]> {
  if (!options.all) {
    const root = devnetRoot({ devnet: options.devnet })
    // A state that cannot be read can still be stopped, and has to be deletable.
    const found = await inspectDevnet(root).catch(() => ({ state: 'unreadable' }))
    if (found.state === 'absent' && !(await liveDaemon(root))) throw ogError('NOT_RUNNING', { path: root })
    return [root]
  }
  const roots = await indexedDevnets()
  if (options.remove) return roots
  const states = await Promise.all(roots.map(async (root) => inspectDevnet(root).catch(() => undefined)))
  return roots.filter((_, index) => states[index]?.state === 'running' || states[index]?.state === 'crashed')
}

/** Stops one devnet or all of this user, side by side. @throws NOT_RUNNING when the one asked for does not exist */
export async function stopDevnets(options: {
  devnet: string | undefined
  all: boolean
  remove: boolean
  sink: Sink
}): Promise<StoppedDevnet[]> {
  const roots = await rootsToStop(options)
  const { sink, remove } = options
  return await Promise.all(
    roots.map(async (root) => {
      const name = basename(root)
      const title = `stop ${name}${options.all ? ` (${root})` : ''}`
      const startedMs = performance.now()
      sink.emit({ type: 'step', id: root, status: 'started', title })
      try {
        const result = await bringDown({ root, remove })
        sink.emit({ type: 'step', id: root, status: 'done', title, durationMs: performance.now() - startedMs })
        return { ...result, name }
      } catch (error) {
        sink.emit({ type: 'step', id: root, status: 'failed', title })
        throw error
      }
    }),
  )
}
