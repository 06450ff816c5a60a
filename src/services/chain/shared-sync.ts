import { AsyncLocalStorage } from 'node:async_hooks'

type Owed = { settles: Set<() => Promise<void>>; isOver: boolean }

const scope = new AsyncLocalStorage<Owed>()

/**
 * Runs `work`, inside which a change is answered before it is on the disk; the result of `work` is held back until all of them are.
 * The requests of a batch share a sync in this way, and clients still learn of nothing that a crash takes back.
 */
export async function sharingSync<T>(work: () => Promise<T>): Promise<T> {
  const owed: Owed = { settles: new Set(), isOver: false }
  try {
    return await scope.run(owed, work)
  } finally {
    // What `work` leaves behind (a timer) is on its own from here on.
    owed.isOver = true
    for (const settle of owed.settles) await settle()
  }
}

/** Leaves waiting for the disk to whoever shares a sync here. @returns whether somebody does */
export function leaveToShare(settle: () => Promise<void>): boolean {
  const owed = scope.getStore()
  if (!owed || owed.isOver) return false
  owed.settles.add(settle)
  return true
}
