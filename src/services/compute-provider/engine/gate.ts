import { ogError } from '../../../errors/og-error.ts'

export type Gate = {
  /** Resolves with the function that lets the next one in. Throws ENGINE_BUSY when too many wait already; an abort leaves the line. */
  enter(signal?: AbortSignal): Promise<() => void>
  readonly waiting: number
}

/** Lets one in at a time, first come first served, and refuses once `maxWaiting` stand in line. */
export function createGate({ maxWaiting }: { maxWaiting: number }): Gate {
  let isTaken = false
  const line: (() => void)[] = []

  const release = (): void => {
    const next = line.shift()
    if (next) next()
    else isTaken = false
  }
  const once = (): (() => void) => {
    let isReleased = false
    return () => {
      if (isReleased) return
      isReleased = true
      release()
    }
  }

  return {
    async enter(signal) {
      signal?.throwIfAborted()
      if (!isTaken) {
        isTaken = true
        return once()
      }
      if (line.length >= maxWaiting) throw ogError('ENGINE_BUSY', { waiting: line.length })
      await new Promise<void>((resolve, reject) => {
        const leave = (): void => {
          const at = line.indexOf(enter)
          if (at < 0) return
          line.splice(at, 1)
          reject(signal?.reason)
        }
        const enter = (): void => {
          signal?.removeEventListener('abort', leave)
          resolve()
        }
        line.push(enter)
        signal?.addEventListener('abort', leave, { once: true })
      })
      return once()
    },
    get waiting() {
      return line.length
    },
  }
}
