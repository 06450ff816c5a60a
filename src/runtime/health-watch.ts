/** How a service that runs is watched. */
export type HealthPolicy = {
  /** pause between two probes */
  everyMs: number
  /** probes in a row that must fail before the service is called degraded */
  unhealthyAfter: number
  /** probes in a row that must fail before its process is ended and started again */
  restartAfter: number
}

/** Half a minute without an answer, and no sign that the machine itself is the reason, is what a restart takes. */
export const DEFAULT_HEALTH: HealthPolicy = { everyMs: 5_000, unhealthyAfter: 3, restartAfter: 6 }

/** A probe that does not end is one that failed. */
const PROBE_MS = 10_000

export type WatchOptions = {
  policy: HealthPolicy
  probe: () => Promise<void>
  /** whether a failure would be the service's own: not while it is held, nor while what it depends on is not well */
  mayBlame: () => boolean
  onHealthy: () => void
  onUnhealthy: (error: unknown) => void
  onHung: (error: unknown, misses: number) => void
}

/** Asks a service again and again whether it still works: one probe at a time, at its own pace, whatever the answers. */
export class HealthWatch {
  readonly #options: WatchOptions
  #timer: NodeJS.Timeout | undefined
  #misses = 0
  /** counts starts, so that a probe that outlives a stop has no effect */
  #run = 0

  constructor(options: WatchOptions) {
    this.#options = options
  }

  start(): void {
    this.stop()
    this.#schedule(this.#run)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#run += 1
    this.#misses = 0
  }

  #schedule(run: number): void {
    const { everyMs } = this.#options.policy
    const dueMs = performance.now() + everyMs
    this.#timer = setTimeout(() => {
      // A timer that comes this late says that this process did not run either: a laptop that slept, a machine out of breath.
      const wasAsleep = performance.now() - dueMs > everyMs
      void this.#round(run, wasAsleep)
    }, everyMs)
  }

  async #round(run: number, wasAsleep: boolean): Promise<void> {
    const { policy, mayBlame } = this.#options
    const failure = wasAsleep || !mayBlame() ? undefined : await this.#failure()
    if (run !== this.#run) return
    if (failure === undefined || !mayBlame()) {
      this.#misses = 0
      if (!wasAsleep && mayBlame()) this.#options.onHealthy()
    } else {
      this.#misses += 1
      if (this.#misses >= policy.restartAfter) return this.#options.onHung(failure.error, this.#misses)
      if (this.#misses >= policy.unhealthyAfter) this.#options.onUnhealthy(failure.error)
    }
    this.#schedule(run)
  }

  async #failure(): Promise<{ error: unknown } | undefined> {
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${PROBE_MS} ms`)), PROBE_MS)
    try {
      await Promise.race([this.#options.probe(), late.promise])
      return undefined
    } catch (error) {
      return { error }
    } finally {
      clearTimeout(timer)
    }
  }
}
