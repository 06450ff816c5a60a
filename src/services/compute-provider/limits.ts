import { HttpError } from './http-reply.ts'
import type { ProviderLimits } from './provider-config.ts'

export type Limits = {
  /** Counts one request of an IP address; throws 429 when it comes too fast. */
  countRequest(ip: string): void
  /** Takes one of the provider's places; throws 503 when all are taken. Call the result to give it back. */
  enter(): () => void
  /** Takes one of a user's places; throws 429 when all are taken. Call the result to give it back. */
  enterAs(user: string): () => void
}

/** How many requests above the steady rate one address may send at once (0G compute spec §4.10). */
const BURST = 20
const MAX_TRACKED_ADDRESSES = 10_000

/** Concurrency and rate limits of a provider, with the statuses and texts of the network. */
export function createLimits(limits: ProviderLimits, now: () => number = () => Date.now()): Limits {
  let active = 0
  const activeOf = new Map<string, number>()
  const buckets = new Map<string, { tokens: number; atMs: number }>()

  return {
    countRequest(ip) {
      const rate = limits.requestsPerSecond
      if (rate === 0) return
      const atMs = now()
      const bucket = buckets.get(ip) ?? { tokens: BURST, atMs }
      const tokens = Math.min(BURST, bucket.tokens + ((atMs - bucket.atMs) / 1000) * rate)
      if (buckets.size >= MAX_TRACKED_ADDRESSES) buckets.clear()
      buckets.set(ip, { tokens: Math.max(0, tokens - 1), atMs })
      if (tokens < 1) throw new HttpError(429, 'Too many requests. Please try again later.')
    },
    enter() {
      if (active >= limits.maxConcurrent) {
        throw new HttpError(503, 'Server is currently processing too many requests. Please try again later.')
      }
      active++
      return once(() => {
        active--
      })
    },
    enterAs(user) {
      const count = activeOf.get(user) ?? 0
      const max = limits.maxConcurrentPerUser
      if (count >= max) {
        const text = `Too many concurrent requests. You have ${count} active requests (limit: ${max}). Please wait for some to complete.`
        throw new HttpError(429, text)
      }
      activeOf.set(user, count + 1)
      return once(() => {
        const rest = (activeOf.get(user) ?? 1) - 1
        if (rest > 0) activeOf.set(user, rest)
        else activeOf.delete(user)
      })
    },
  }
}

function once(action: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    action()
  }
}
