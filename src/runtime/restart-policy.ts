const DELAYS_MS = [50, 200, 500, 1_000, 2_000] as const
const WINDOW_MS = 60_000
const MAX_CRASHES = 5
const HEALTHY_MS = 30_000

/** Decides when a crashed service is tried again, from the times of its crashes. Times are of one monotonic clock, in ms. */
export class RestartPolicy {
  #crashesMs: number[] = []
  #attempt = 0

  /**
   * Records a crash and returns the delay before the next attempt: 50, 200, 500, 1000, then 2000 ms.
   * Undefined when it crashed more than 5 times within 60 s: leave it alone. 30 s of health start the delays anew.
   */
  crashed(nowMs: number, healthySinceMs: number | undefined): number | undefined {
    if (healthySinceMs !== undefined && nowMs - healthySinceMs >= HEALTHY_MS) this.#attempt = 0
    this.#crashesMs = [...this.#crashesMs.filter((atMs) => nowMs - atMs < WINDOW_MS), nowMs]
    if (this.#crashesMs.length > MAX_CRASHES) return undefined
    const delayMs = DELAYS_MS[Math.min(this.#attempt, DELAYS_MS.length - 1)]
    this.#attempt += 1
    return delayMs
  }

  /** Forgets everything: a user started the service by hand. */
  reset(): void {
    this.#crashesMs = []
    this.#attempt = 0
  }
}
